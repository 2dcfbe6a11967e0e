"""`doctor`: is everything here that the product needs, and does it work?"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from proctoring import __version__
from proctoring.cli import output
from proctoring.cli.opened import opened, read_settings
from proctoring.cli.turn import turn_servers
from proctoring.perception import models
from proctoring.privacy.retention import Policy, overdue
from proctoring.settings import Settings, SettingsError
from proctoring.store import StoreError
from proctoring.store.embedded.sqlite import DATABASE

PACKAGES = (
    "streamlit",
    "streamlit-webrtc",
    "aiortc",
    "av",
    "onnxruntime",
    "opencv-python-headless",
    "webrtcvad-wheels",
    "yuface",
    "numpy",
    "supabase",
)
DEFAULT_PORT = 8501


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    is_ok: bool
    detail: str
    mend: str = ""  # what to do about it


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="check the installation",
        description="Check versions, models, ports, the data folder, and that detection works.",
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default: %(default)s")
    parser.add_argument("--json", action="store_true", help="JSON Lines on stdout")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    is_well = True
    for check in checks(options.port):
        is_well &= check.is_ok
        if options.json:
            output.line(asdict(check))
        else:
            print(f"{'ok  ' if check.is_ok else 'MEND'}  {check.name:<28} {check.detail}")
            if check.mend:
                print(f"      {'':<28} → {check.mend}")
    return 0 if is_well else 2


def checks(port: int) -> Iterator[Check]:
    yield _python()
    yield from (_package(name) for name in PACKAGES)
    yield from _models()
    yield from _settings()
    yield _port(port)
    yield from (_tried(name, work) for name, work in _SELF_TESTS)


def _python() -> Check:
    version = platform.python_version()
    is_ok = sys.version_info[:2] == (3, 11)
    return Check(
        f"OpenProctor {__version__}",
        is_ok,
        f"Python {version} on {platform.system()} {platform.machine()}",
        "" if is_ok else "It is made for, and tested on, Python 3.11: install that one.",
    )


def _package(name: str) -> Check:
    try:
        return Check(name, True, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Check(name, False, "not installed", "pip install -r requirements.txt")


def _models() -> Iterable[Check]:
    for model, problem in models.verify():
        detail = f"{model.licence}, SHA-256 {model.sha256[:16]}…"
        yield Check(f"model {model.name}", problem is None, problem or detail, problem or "")


def _settings() -> Iterator[Check]:
    try:
        settings = read_settings()
    except SettingsError as error:
        yield Check("settings", False, str(error), "Mend the variable in the environment.")
        return
    yield Check("settings", True, "understood")
    if not settings.ice_servers:
        yield Check("ICE servers", True, "none: candidates in one network")
    for asked in turn_servers(settings):
        detail = f"it relays from {asked.relayed}" if asked.relayed else asked.problem
        yield Check(asked.url, bool(asked.relayed), detail, asked.cure)
    yield _data_folder(settings.data_dir)
    if (settings.data_dir / DATABASE).is_file():
        yield _upkeep(settings)


def _upkeep(settings: Settings) -> Check:
    """Is anything kept for longer than it should be?"""
    policy = Policy.of_days(settings.keep_evidence_days, settings.keep_records_days)
    try:
        with opened(settings) as store:
            found = list(overdue(store, datetime.now(UTC), policy))
    except StoreError as error:
        return Check("what is kept", False, str(error), "See what the sentence says.")
    if found:
        more = f" (and {len(found) - 1} more)" if found[1:] else ""
        mend = "The server tries again every hour, and its log says what fails."
        return Check("what is kept", False, found[0] + more, mend)
    return Check("what is kept", True, "can be read, and nothing of it is overdue")


def _data_folder(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"0" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Check("data folder", False, f"{folder}: {error.strerror}", "Make it writable.")
    space = os.statvfs(folder)
    return Check("data folder", True, f"{folder}, {space.f_bavail * space.f_frsize >> 30} GiB free")


def _port(port: int) -> Check:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Check(f"port {port}", False, "taken", "streamlit run app.py --server.port OTHER")
    return Check(f"port {port}", True, "free")


def _tried(name: str, work: Callable[[], str]) -> Check:
    try:
        return Check(name, True, work())
    except Exception as error:  # whatever it is, the operator is to read it here
        mend = "Install the requirements anew; if that doesn't help, report this line."
        return Check(name, False, f"{type(error).__name__}: {error}", mend)


def _sees() -> str:
    """A picture of nothing has no face; the detector runs."""
    from proctoring.perception.faces import detect_faces

    faces = detect_faces(np.full((480, 640, 3), 128, np.uint8))
    if faces:
        raise RuntimeError(f"{len(faces)} faces in an empty picture")
    return "the face detector runs"


def _hears() -> str:
    """A second of silence through the whole of the hearing."""
    from proctoring.analysers.speakers import SpeakerCounter
    from proctoring.types import SAMPLE_RATE, AudioChunk

    counter = SpeakerCounter()
    for second in range(4):
        silence = np.zeros(SAMPLE_RATE, np.float32)
        if any(o.value for o in counter.analyse(AudioChunk(float(second), silence))):
            raise RuntimeError("voices heard in silence")
    return "the voice models run"


def _keeps() -> str:
    """The embedded store saves and finds again."""
    from datetime import timedelta

    from proctoring.store.embedded.sqlite import SqliteStore
    from proctoring.types import Meeting

    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder))
        store.add_meeting(
            Meeting("m", "t", now, now + timedelta(hours=1), 60, ("faces",), "", "standard", now)
        )
        if store.meeting("m").title != "t":
            raise RuntimeError("what was saved is not what was found")
        store.close()
    return "the embedded store saves and finds"


_SELF_TESTS = (("sees", _sees), ("hears", _hears), ("keeps", _keeps))
