"""Is the picture good enough to see the candidate in: light, sharpness, size, the same camera?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import ClassVar

from proctoring.analysers.equipment import equipment_rule
from proctoring.analysers.faces import hidden_by
from proctoring.exam import NOTHING_KNOWN, Exam
from proctoring.perception import quality
from proctoring.perception.scene import Beat, Scene
from proctoring.types import Observation, Rule

LOOK_EVERY_S = 1.0
LASTS_S = 5.0  # a cloud, a hand before the face and an autofocus that hunts are gone by then

# The limits lie where the embedding of a face has moved by 0.25 to 0.3: half of the way to where
# face_recognition takes it for another's. `benchmarks/picture.py` prints it for 261 pictures of
# faces that were made worse by known amounts.
TOO_DIM_TO_TELL = 55.0  # grey levels; noise looks sharp
LEAST_FACE = 40  # px wide; in less, blur and smallness look the same
COVERED = 0.95  # grey levels of detail: where a covered camera is no longer one (camera.py)
STILL = 0.45  # people who move change up to a third of the picture in a quarter of a second
NEXT_S = 1.0  # pictures further apart are no neighbours
OF_THE_FACE = ("face_overlit", "face_backlight", "face_blur")


class PictureQuality:
    name: ClassVar[str] = "picture"
    title: ClassVar[str] = "Picture quality"
    medium: ClassVar[str] = "camera"
    explains: ClassVar[str] = (
        "Whether the picture is light and sharp enough, and comes from the same camera, so that "
        "you can be told how to mend it. It never counts for or against you."
    )
    accepts: ClassVar[type | tuple[type, ...]] = Scene
    rules: ClassVar[tuple[Rule, ...]] = (
        equipment_rule(
            kind="picture_dark",
            title="Dark picture",
            signal="picture_light",
            enter_at=40.0,  # grey levels of the picture's lights; ordinary rooms are above 138
            exit_at=TOO_DIM_TO_TELL,
            phrase="too little light",
            advice="Turn on a light in front of you.",
            enter_after_s=LASTS_S,
        ),
        equipment_rule(
            kind="face_overlit",
            title="Too much light on the face",
            signal="face_overlit",
            enter_at=0.3,  # of the face
            exit_at=0.15,
            phrase="the light washes out the face",
            advice="Turn the lamp or the camera away, or close the curtain a little.",
            enter_after_s=LASTS_S,
        ),
        equipment_rule(
            kind="face_backlit",
            title="Light from behind",
            signal="face_backlight",
            enter_at=4.0,  # times; of 261 faces in ordinary light none has above 3
            exit_at=3.2,
            phrase="it is far brighter behind than in front",
            advice="Turn so that the window or the lamp is before you, not behind you.",
            enter_after_s=LASTS_S,
        ),
        equipment_rule(
            kind="picture_blurred",
            title="Blurred picture",
            signal="face_blur",
            enter_at=0.65,  # 0..1; about a Gaussian of 2 % of the face's width
            exit_at=0.6,
            phrase="the face is not sharp",
            advice="Wipe the lens, and wait a moment until the camera has focused.",
            enter_after_s=LASTS_S,
        ),
        equipment_rule(
            kind="low_resolution",
            title="Picture of few pixels",
            signal="picture_side_px",
            # At half a metre a face is then 45 px wide; gaze needs about twice that.
            enter_at=180.0,
            exit_at=230.0,
            phrase="{value:.0f} px high",
            advice="Choose a higher resolution, or close other programs that use the network.",
            enter_after_s=2 * LASTS_S,  # a connection that begins sends small pictures at first
        ),
        equipment_rule(
            kind="camera_changed",
            title="Another camera",
            signal="camera_change",
            # Of the picture, from one to the next: so in 168 of 170 places where a clip takes
            # over from one of another room.
            enter_at=0.65,
            exit_at=STILL,
            phrase="all of the picture changed at once",
            advice="If you chose another camera, all is well. Make sure that it shows your face.",
            enter_after_s=0.0,
        ),
    )

    def __init__(self, exam: Exam = NOTHING_KNOWN, /) -> None:
        self._beat = Beat(LOOK_EVERY_S)
        self._newest: tuple[float, quality.Structure] | None = None
        self._steps: deque[float | None] = deque(maxlen=3)

    def analyse(self, scene: Scene) -> Iterable[Observation]:
        if not scene.luma.size:
            for signal in dict.fromkeys(rule.signal for rule in self.rules):
                yield Observation(scene.t, signal, None, reason="picture too small")
            return
        yield self._change(scene)
        if self._beat.is_due(scene.t):
            light = quality.lights(scene.luma)
            if quality.detail(scene.luma) > COVERED or scene.faces:
                yield Observation(scene.t, "picture_light", light)
            else:  # the camera says so already
                yield Observation(scene.t, "picture_light", None, reason="nothing can be made out")
            yield Observation(scene.t, "picture_side_px", min(scene.image.shape[:2]))
            yield from self._face(scene, light)

    def _face(self, scene: Scene, light: float) -> Iterable[Observation]:
        face = scene.face
        pixels = None if face is None else quality.face_pixels(scene.image, face)
        if face is None or pixels is None or not pixels.size:
            reason = hidden_by(scene) or "no face in view"
            for signal in OF_THE_FACE:
                yield Observation(scene.t, signal, None, reason=reason)
            return
        boxes = (face.box,)
        yield Observation(scene.t, "face_overlit", quality.overlit(pixels), boxes=boxes)
        behind = quality.backlight(scene.luma, face, pixels)
        yield Observation(scene.t, "face_backlight", behind, boxes=boxes)
        blur, reason = None, ""
        if face.box[2] - face.box[0] < LEAST_FACE:
            reason = "the face is too small"
        elif light < TOO_DIM_TO_TELL:
            reason = "picture too dark"
        else:
            blur = quality.blur(pixels)
        yield Observation(scene.t, "face_blur", blur, boxes=boxes, reason=reason)

    def _change(self, scene: Scene) -> Observation:
        """A cut: two pictures that differ, each like its other neighbour.

        Who carries their laptop about changes many pictures in a row. The picture before the
        newest is told of, because a cut is known by what comes after it.
        """
        before, self._newest = self._newest, (scene.t, quality.structure(scene.luma))
        if before is None or not 0 < scene.t - before[0] <= NEXT_S:
            self._steps.clear()
            return Observation(scene.t, "camera_change", None, reason="the picture has just begun")
        self._steps.append(quality.changed(before[1], self._newest[1]))
        if len(self._steps) < 3 or None in self._steps:
            return Observation(scene.t, "camera_change", None, reason="nothing to compare")
        first, cut, last = (step or 0.0 for step in self._steps)
        is_cut = max(first, last) <= STILL
        return Observation(scene.t, "camera_change", cut if is_cut else 0.0, seen_t=before[0])
