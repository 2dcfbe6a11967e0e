"""The whole product, for real: a server process and Chromium with a fake camera."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from proctoring.access import tokens
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.types import Meeting, Role

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",  # it runs as root in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
START_WITHIN_S = 180  # on a machine that does much else; it is a second or five
expect.set_options(timeout=30_000)  # ms; a busy machine draws a page slowly


@dataclass(frozen=True)
class Server:
    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]

    def make_meeting(self, title: str = "Data structures, final exam", **changes: object) -> Links:
        """As the home page makes it; through the store, because two processes may share it."""
        now = datetime.now(UTC)
        values: dict[str, object] = {
            "id": tokens.new_meeting_id(),
            "title": title,
            "opens_at": now - timedelta(minutes=1),
            "closes_at": now + timedelta(hours=2),
            "length_s": 3600,
            "signals": ("faces", "speakers"),
            "instructions": "Answer all **three** questions on paper.",
            "preset": "standard",
            "created_at": now,
        }
        meeting = Meeting(**(values | changes))  # type: ignore[arg-type]
        secrets = {role: tokens.new_secret() for role in (Role.PROCTOR, Role.EXAMINER)}
        store = SqliteStore(self.data_dir)
        store.add_meeting(
            meeting, *[tokens.capability(role, meeting.id, key) for role, key in secrets.items()]
        )
        store.close()
        query = f"meeting={quote(meeting.id)}"
        return Links(
            meeting.id,
            f"{self.url}/exam?{query}",
            f"{self.url}/desk?{query}&key={quote(secrets[Role.PROCTOR])}",
            f"{self.url}/manage?{query}&key={quote(secrets[Role.EXAMINER])}",
        )


@dataclass(frozen=True)
class Links:
    meeting_id: str
    candidate: str
    proctor: str
    manage: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextlib.contextmanager
def running_server(data_dir: Path, port: int = 0, **environment: str) -> Iterator[Server]:
    port = port or free_port()
    log = (data_dir.parent / f"server-{port}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "OPENPROCTOR_DATA_DIR": str(data_dir), **environment},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    server = Server(f"http://localhost:{port}", data_dir, process)
    try:
        _wait_until_up(server, Path(log.name))
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait_until_up(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.url}/api/health", timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


@dataclass(frozen=True)
class FakeMedia:
    """What Chromium plays as camera (it loops) and microphone."""

    picture: Path  # MJPEG
    sound: Path  # WAV


def fake_media(recording: Path, folder: Path, *filters: str) -> FakeMedia:
    folder.mkdir(parents=True, exist_ok=True)
    media = FakeMedia(folder / f"{recording.stem}.mjpeg", folder / f"{recording.stem}.wav")
    if not media.sound.exists():
        video = ["-vf", ",".join(filters)] if filters else []
        subprocess.run(
            [
                "ffmpeg",
                "-y",
                "-loglevel",
                "error",
                "-i",
                recording,
                "-an",
                *video,
                "-c:v",
                "mjpeg",
                "-q:v",
                "3",
                media.picture,
                "-vn",
                "-c:a",
                "pcm_s16le",
                "-ar",
                "48000",
                media.sound,
            ],
            check=True,
        )
    return media


def launch(playwright: Playwright, media: FakeMedia | None = None) -> Browser:
    fake = []
    if media:
        fake = [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={media.picture}",
            f"--use-file-for-fake-audio-capture={media.sound}",
        ]
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *fake])


def person(browser: Browser, **options: object) -> BrowserContext:
    """A browser profile of their own, with camera and microphone allowed."""
    context = browser.new_context(
        permissions=["camera", "microphone"],
        viewport={"width": 1280, "height": 900},
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(30_000)
    return context


def open_page(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url, wait_until="commit")  # Streamlit keeps a socket open: it is never idle
    return page


__all__ = [
    "FakeMedia",
    "Links",
    "Server",
    "fake_media",
    "free_port",
    "launch",
    "open_page",
    "person",
    "running_server",
    "sync_playwright",
]
