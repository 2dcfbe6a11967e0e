"""The packages themselves as an engine: mediapipe, face_recognition and resemblyzer.

The product runs their networks, or better ones, by ONNX Runtime. Here they look and listen as
they are, through the product's own rules, so that anybody can see whether the same incidents
come out: `replay --engine reference`. Nothing else imports this package, and what it imports
is only in the environment of `make reference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proctoring.analysers import create_analysers
from proctoring.analysers.speakers import SpeakerCounter
from proctoring.exam import Exam
from proctoring.perception.scene import Perception
from proctoring.reference.embeddings import embed_face
from proctoring.reference.faces import find_faces
from proctoring.reference.meshes import FaceMeshes
from proctoring.reference.voices import VoiceCounter
from proctoring.replay import Engine
from proctoring.types import Analyser

PACKAGES = ("mediapipe", "face_recognition", "resemblyzer")


def engine() -> Engine:
    """For one replay: tracking remembers. Raises ImportError where the packages are not here."""
    for package in PACKAGES:
        __import__(package)
    perception = Perception(
        detect_faces=find_faces,
        examine_faces=find_faces,
        trace_face=FaceMeshes().trace,
        embed_face=embed_face,
    )
    return Engine(perception, replace(perception, trace_face=FaceMeshes().trace), _create_analysers)


def _create_analysers(names: Sequence[str], media: set[str], exam: Exam) -> list[Analyser]:
    return [_with_packages(made, exam) for made in create_analysers(names, media, exam)]


def _with_packages(made: Analyser, exam: Exam) -> Analyser:
    """Those that do not ask the scene alone are given the packages as well."""
    return VoiceCounter(exam) if isinstance(made, SpeakerCounter) else made
