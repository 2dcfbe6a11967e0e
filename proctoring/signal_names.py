"""What signals are called, for people."""

from __future__ import annotations

UNITS = {"s": "s", "db": "dB", "deg": "°", "px": "px", "cm": "cm"}  # as signals' names end
# What the numbers are of, where people see them drawn. The kinds of incident that are decided by
# them have titles of their own, in the rules.
TITLES = {
    "face_count": "Faces in view",
    "face_distance": "Unlike the first face",
    "face_unconfirmed_s": "Face not recognised for",
    "speaker_count": "Voices",
    "other_voice_s": "Another voice",
    "swapped_voice_s": "Another voice alone",
    "own_speech_s": "Speech in 12 s",
    "whisper_s": "Whispering in 12 s",
    "phrases_heard": "Phrases heard",
    "phone": "Like a phone",
    "book": "Like a book",
    "second_screen": "Like another screen",
    "person_without_face": "Like somebody else",
    "picture_detail": "Detail of the picture",
    "picture_change": "Change of the picture",
    "picture_age_s": "Since the last picture",
    "picture_light": "Light in the picture",
    "picture_side_px": "Height of the picture",
    "face_overlit": "Washed out by light",
    "face_backlight": "Brighter behind",
    "face_blur": "Blur of the face",
    "face_margin": "Room around the face",
    "face_distance_cm": "Distance of the face",
    "camera_change": "Like another camera",
    "off_screen_share": "Share off the screen",
    "head_movement": "Movement of the head",
    "spoof_score": "Like a photo or screen",
    "phone_camera": "Camera of a phone",
    "software_camera": "Camera of a program",
    "challenge_undecided": "Live picture undecided",
    "sound_level_db": "Sound level",
    "sound_age_s": "Since the last sound",
    "page_hidden_s": "Exam page hidden",
    "window_unfocused_s": "Another window in use",
    "windowed_s": "Out of full screen",
    "developer_tools": "Developer tools",
    "pasted_characters": "Characters pasted",
    "copied_characters": "Characters copied",
    "printed": "Sent to a printer",
    "displays": "Screens in use",
    "share_missing_s": "Screen not shared",
    "share_partial": "Part of the screen",
    "page_age_s": "Since the page’s last word",
    "reports_irregular": "Irregular reports",
    "clock_jump_s": "Jump of the clock",
    "devices_changed": "Devices changed",
}


def title_of(signal: str) -> str:
    """ "Faces in view", "Sound level": without the unit, which `unit_of` tells."""
    words = _parted(signal)[0]
    return TITLES.get(signal, words[:1].upper() + words[1:])


def named(signal: str) -> str:
    """ "face count", "sound level (dB)" """
    words, unit = _parted(signal)
    return f"{words} ({unit})" if unit else words


def unit_of(signal: str) -> str:
    """ "dB"; "" if it has none."""
    return _parted(signal)[1]


def _parted(signal: str) -> tuple[str, str]:
    words, _, ending = signal.rpartition("_")
    name, unit = (words, UNITS[ending]) if ending in UNITS else (signal, "")
    return name.replace("_", " "), unit
