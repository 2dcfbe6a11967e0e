// Does this tab send snapshots? The operator may want it so; else it is found out once, in the
// check-in or in the exam, and holds as long as the tab.

const SENDS_KEY = "openproctor:sends";

function sendsSnapshots(data) {
  try {
    return data.sends === "snapshots" || sessionStorage.getItem(SENDS_KEY) === "snapshots";
  } catch {
    return data.sends === "snapshots";
  }
}

function rememberSnapshots() {
  try {
    sessionStorage.setItem(SENDS_KEY, "snapshots");
  } catch {
    // Storage is off: after a reload it is found out once more.
  }
}
