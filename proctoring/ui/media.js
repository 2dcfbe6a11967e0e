// Cameras and microphones: what is asked of the browser, and what went wrong, in plain words.

const DEVICES_KEY = "openproctor:devices"; // the candidate's choice, kept in this browser

function chosenDevices() {
  try {
    return JSON.parse(localStorage.getItem(DEVICES_KEY)) ?? {};
  } catch {
    return {};
  }
}

function chooseDevice(medium, deviceId) {
  try {
    localStorage.setItem(DEVICES_KEY, JSON.stringify({ ...chosenDevices(), [medium]: deviceId }));
  } catch {
    // Storage is off: the choice holds for this page.
  }
}

// The constraints, with the chosen devices as a wish: one that was unplugged stops nobody.
function withChosenDevices(constraints) {
  const chosen = chosenDevices();
  const wish = (asked, deviceId) =>
    asked && deviceId ? { ...(asked === true ? {} : asked), deviceId: { ideal: deviceId } } : asked;
  return {
    ...constraints,
    video: wish(constraints.video, chosen.camera),
    audio: wish(constraints.audio, chosen.microphone),
  };
}

// Which of three sentences: of both, of the camera, of the microphone.
function saidOf(media, ofBoth, ofCamera, ofMicrophone) {
  if (media.length > 1) return ofBoth;
  return media[0] === "microphone" ? ofMicrophone : ofCamera;
}

function canCapture() {
  return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
}

function mediaOf(constraints) {
  const asked = { camera: constraints?.video, microphone: constraints?.audio };
  return Object.keys(asked).filter((medium) => asked[medium]);
}

// Opens what is asked for, or else the one of the two that works: half is measured then, not
// nothing. Gives {stream, failure, error}; with half a stream, the failure says what is missing.
async function openMedia(getUserMedia, constraints) {
  try {
    return { stream: await getUserMedia(withChosenDevices(constraints)), failure: null };
  } catch (error) {
    const media = mediaOf(constraints);
    const failure = await explainFailure(error, media);
    for (const medium of media.length > 1 ? media : []) {
      if (failure.isFinal && !(await isGranted(medium))) continue;
      const only = { ...constraints, [medium === "camera" ? "audio" : "video"]: false };
      try {
        return { stream: await getUserMedia(withChosenDevices(only)), failure };
      } catch {
        // Neither: the first failure stands.
      }
    }
    return { stream: null, failure, error };
  }
}

async function isGranted(medium) {
  try {
    return (await navigator.permissions.query({ name: medium })).state === "granted";
  } catch {
    return false; // this browser does not say
  }
}

// What failed and how to mend it: {title, advice, isFinal}. Final: asking again would not help
// before the candidate has changed something.
async function explainFailure(error, media) {
  if (!canCapture()) {
    return {
      title: t("This address cannot use a camera"),
      advice:
        t("Browsers give camera and microphone only to pages that begin with https:// (or to " +
        "localhost). Ask your exam office for the https link."),
      isFinal: true,
    };
  }
  switch (error?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return {
        title: saidOf(
          media,
          t("The browser does not allow camera and microphone"),
          t("The browser does not allow camera"),
          t("The browser does not allow microphone"),
        ),
        advice: [
          saidOf(
            media,
            t("Open the site settings beside the address (the camera or the lock), allow camera and microphone, then try again."),
            t("Open the site settings beside the address (the camera or the lock), allow camera, then try again."),
            t("Open the site settings beside the address (the camera or the lock), allow microphone, then try again."),
          ),
          t("On a Mac, also look in System Settings under Privacy & Security; on Windows, in Settings under Privacy."),
        ].join(" "),
        isFinal: true,
      };
    case "NotReadableError":
    case "AbortError":
      return {
        title: saidOf(
          media,
          t("Another program is using your camera or microphone"),
          t("Another program is using your camera"),
          t("Another program is using your microphone"),
        ),
        advice: t("Close other video programs and browser tabs that may use it, then try again."),
        isFinal: false,
      };
    case "NotFoundError":
    case "OverconstrainedError":
      return {
        title: saidOf(
          await missingDevices(media),
          t("No camera or microphone was found"),
          t("No camera was found"),
          t("No microphone was found"),
        ),
        advice: t("Plug it in or switch it on. If it has a cover or a switch, open it. Then try again."),
        isFinal: false,
      };
    default:
      return {
        title: saidOf(
          media,
          t("The camera and microphone did not start"),
          t("The camera did not start"),
          t("The microphone did not start"),
        ),
        advice: t("Try again. If that does not help, restart the browser, or use another one."),
        isFinal: false,
      };
  }
}

async function missingDevices(media) {
  const kinds = { camera: "videoinput", microphone: "audioinput" };
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const missing = media.filter((medium) => !devices.some((device) => device.kind === kinds[medium]));
  return missing.length ? missing : media;
}
