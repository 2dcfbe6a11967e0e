"""All that the check-in says to a candidate, in one place. Left and right are their own."""

from __future__ import annotations

WELL = "Good. Your face can be seen well."
GUIDANCE = {
    "camera_covered": "The camera shows nothing. If it has a cover or a switch, open it.",
    "unseen": "Nothing can be made out in the picture. Wipe the lens, and turn on a light.",
    "picture_dark": "It is too dark. Turn on a light in front of you.",
    "no_face": "Your face is not in the picture. Sit in front of the camera and look at it.",
    "multiple_faces": "There is more than one face in the picture. You need to be alone in it.",
    "too_close": "Move back a little.",
    "too_far": "Come a little closer to the camera.",
    "move_left": "Move a little to your left.",
    "move_right": "Move a little to your right.",
    "move_down": "Sit a little lower, or tilt the camera up.",
    "move_up": "Sit a little higher, or tilt the camera down.",
    "face_backlit": "More light from the front. The window or the lamp should not be behind you.",
    "face_overlit": "Less light on your face. Turn the lamp away, or close the curtain a little.",
    "picture_blurred": "Your face is not sharp. Hold still, and wipe the lens.",
    "low_resolution": "The picture is very small. Choose another camera if you have one.",
}

POSES = {
    "straight": "Look straight at the camera.",
    "left": "Turn your head a little to your left.",
    "right": "Turn your head a little to your right.",
}
LESS = "A little less. Turn back a bit towards the screen."
HELD = "Good. Hold it."
FACE_LEARNED = "Done. Your face is known."
TROUBLE = {  # what `proctoring.enrolment.face.trouble_with` calls it
    "picture too small": GUIDANCE["low_resolution"],
    "no face": GUIDANCE["no_face"],
    "several faces": GUIDANCE["multiple_faces"],
    "face covered": "Part of your face is covered. Take away what covers it: a hand, hair, a mask,"
    " or dark glasses.",
    "face too small": GUIDANCE["too_far"],
    "face turned away": "Turn your face more towards the camera.",
    "face too dark": GUIDANCE["picture_dark"],
    "face blurred": GUIDANCE["picture_blurred"],
}
NOT_ONE_PERSON = (
    "The pictures do not all look like the same person. Please begin again, alone in the picture."
)

CARD_SEEN = "Done. The photo on your card was compared with your face."
CARD_UNSURE = (
    "Done. The photo on your card could not be compared for certain. That happens with small or"
    " old photos, and nothing is held against you: a person will look."
)
CARD_NOT_FOUND = (
    "No card was found in the picture. Hold it closer, without a shine on it, so that its four"
    " edges can be seen."
)

READ_ALOUD = (
    "On the hill above the town there is an old library with tall windows and a green door. In the"
    " morning the light falls on long wooden tables, and somebody always waters the plants."
    " Children come in the afternoon to look at the maps, and on rainy days the rooms are full."
    " At six the doors close, the lamps go out one by one, and the cat walks home along the wall."
)
VOICE_LEARNED = "Done. Your voice is known."
