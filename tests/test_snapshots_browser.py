"""An exam in real Chromium whose picture and sound find no way by WebRTC."""

from __future__ import annotations

import json
import shutil

import pytest
from live import CHROMIUM, FLAGS, fake_media, open_page, person, running_server, sync_playwright
from playwright.sync_api import expect
from test_browser import (
    CLIP,
    JOINS_MS,
    ONE_ROUND_MS,
    cards,
    expect_streaming,
    join,
    tile,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
]
# As in a network that lets relays through alone, where there is no relay.
RELAY_ALONE = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
};"""


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def walled_in(playwright, tmp_path_factory):
    """A browser with a camera, for a network without UDP."""
    media = fake_media(CLIP, tmp_path_factory.mktemp("media"))
    devices = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={media.picture}",
        f"--use-file-for-fake-audio-capture={media.sound}",
    ]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *devices])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def desktop(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
    yield browser
    browser.close()


def sends(page) -> str | None:
    found: str | None = page.evaluate("sessionStorage.getItem('openproctor:sends')")
    return found


def hellos(network) -> list[str]:
    """How the sound is said to be sent, as each socket of the pages to come opens."""
    said: list[str] = []

    def listen(socket):
        if not socket.url.endswith("/api/media"):
            return
        socket.on("framesent", lambda sent: isinstance(sent, str) and said.append(codec_of(sent)))

    network.on("page", lambda page: page.on("websocket", listen))
    return said


def codec_of(hello: str) -> str:
    return str(json.loads(hello)["codec"])


@pytest.mark.parametrize("codec", ["opus", "pcm"])
def test_the_same_is_found_by_snapshots(walled_in, desktop, tmp_path, codec):
    """The clip's second voice is at the limit of what is found: `benchmarks/opus_phases.py`."""
    settings = {"OPENPROCTOR_TRANSPORT": "snapshots"}
    if codec == "pcm":
        settings["OPENPROCTOR_SNAPSHOT_SOUND"] = "samples"
    with running_server(tmp_path / "data", **settings) as server:
        links = server.make_meeting()
        desk = open_page(person(desktop), links.proctor)
        network = person(walled_in)
        said = hellos(network)
        join(network, links.candidate, "Ann")
        expect(tile(desk, "Ann").locator("img.still")).to_be_visible(timeout=JOINS_MS)
        expect(cards(desk, "More than one face")).to_be_visible(timeout=ONE_ROUND_MS)
        if codec == "pcm":
            expect(cards(desk, "More than one voice").first).to_be_visible(timeout=ONE_ROUND_MS)
        expect(tile(desk, "Ann")).to_contain_text("6/6")  # sound is measured, too
        assert said[-1] == codec  # before the microphone is open, none may be said to come


def test_an_encoder_that_gives_nonsense_is_done_without(walled_in, desktop, tmp_path):
    settings = {"OPENPROCTOR_TRANSPORT": "snapshots"}
    with running_server(tmp_path / "data", **settings) as server:
        links = server.make_meeting()
        desk = open_page(person(desktop), links.proctor)
        network = person(walled_in)
        said = hellos(network)
        network.add_init_script(
            "EncodedAudioChunk.prototype.copyTo = (packet) => packet.fill(255);"
        )
        join(network, links.candidate, "Eve")
        expect(cards(desk, "More than one voice").first).to_be_visible(timeout=ONE_ROUND_MS)
        assert said[0] == "opus"
        assert said[-1] == "pcm"


def test_what_finds_no_way_takes_the_other_one_and_outlives_the_server(
    walled_in, desktop, tmp_path
):
    data = tmp_path / "data"
    with running_server(data) as server:
        links, port = server.make_meeting(), int(server.url.rsplit(":", 1)[1])
        network = person(walled_in)
        network.add_init_script(RELAY_ALONE)
        page = join(network, links.candidate, "Ben")
        assert sends(page) == "snapshots"
    with running_server(data, port) as server:
        expect_streaming(page)
        desk = open_page(person(desktop), links.proctor)
        expect(tile(desk, "Ben").locator("img.still")).to_be_visible(timeout=JOINS_MS)
        expect(cards(desk, "More than one face")).to_be_visible(timeout=ONE_ROUND_MS)


def test_the_check_in_finds_it_out_and_says_that_it_is_fine(walled_in, tmp_path):
    with running_server(tmp_path / "data") as server:
        network = person(walled_in)
        network.add_init_script(RELAY_ALONE)
        page = open_page(network, server.make_meeting().candidate)
        page.get_by_label("Your name").fill("Cleo")
        page.get_by_text("I have read this").click()
        page.get_by_role("button", name="Continue").click()
        path = page.locator("[data-check=path]")
        expect(path).to_contain_text("by the page’s own line alone", timeout=JOINS_MS)
        assert sends(page) == "snapshots"
