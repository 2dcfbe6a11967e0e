"""Files as what a live candidate would have sent: recordings and pictures.

What cannot be read raises `MediaError` with a sentence for the person who named the file.
"""

from proctoring.media.pictures import decode_picture, read_picture
from proctoring.media.problems import MediaError
from proctoring.media.recordings import (
    Recording,
    probe,
    read_chunks,
    read_frames,
    read_samples,
    read_sound,
)

__all__ = [
    "MediaError",
    "Recording",
    "decode_picture",
    "probe",
    "read_chunks",
    "read_frames",
    "read_picture",
    "read_samples",
    "read_sound",
]
