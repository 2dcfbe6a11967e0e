"""An exam in real Chromium by a TURN server alone, from both ends, and what is left without it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from live import (
    CHROMIUM,
    FLAGS,
    Server,
    fake_media,
    open_page,
    person,
    running_server,
    sync_playwright,
)
from playwright.sync_api import Browser, Page, Playwright, expect
from relaying import COTURN, SECRET, Relay, running_relay
from test_browser import CLIP, JOINS_MS, ONE_ROUND_MS, cards, join, tile

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
    pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed"),
    pytest.mark.skipif(not COTURN, reason="coturn is not installed"),
]
# No UDP at all goes out of this browser; what is left is TURN over TCP.
WITHOUT_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    return fake_media(CLIP, tmp_path_factory.mktemp("media"))


class Place:
    """A relay, a server that knows it, and browsers behind a wall."""

    def __init__(self, relay: Relay, server: Server, camera: Browser, desktop: Browser) -> None:
        self.relay = relay
        self.server = server
        self.camera = camera
        self.desktop = desktop


@pytest.fixture(params=["udp", "tcp"])
def place(request, playwright, media, tmp_path) -> Iterator[Place]:
    wall = [WITHOUT_UDP] if request.param == "tcp" else []
    devices = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={media.picture}",
        f"--use-file-for-fake-audio-capture={media.sound}",
    ]
    with ExitStack() as ending:
        relay = ending.enter_context(running_relay(tmp_path / "relay"))
        settings = relay.environment(request.param)
        server = ending.enter_context(running_server(tmp_path / "data", **settings))
        browsers = [
            playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *wall, *more])
            for more in (devices, [])
        ]
        for browser in browsers:
            ending.callback(browser.close)
        yield Place(relay, server, *browsers)


RELAY_ALONE = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(options) { super({ ...options, iceTransportPolicy: "relay" }); }
};"""


def behind_a_wall(browser: Browser):
    context = person(browser)
    context.add_init_script(RELAY_ALONE)
    return context


def way(desk: Page, name: str) -> str | None:
    return tile(desk, name).locator("[data-way]").get_attribute("data-way")


def test_an_exam_runs_by_the_relay_and_nothing_else(place: Place) -> None:
    links = place.server.make_meeting()
    desk = open_page(behind_a_wall(place.desktop), links.proctor)
    page = join(behind_a_wall(place.camera), links.candidate, "Ann")
    expect(tile(desk, "Ann").locator("[data-way=relay]")).to_be_visible(timeout=JOINS_MS)
    assert page.evaluate("sessionStorage.getItem('openproctor:sends')") is None
    expect(cards(desk, "More than one face")).to_be_visible(timeout=ONE_ROUND_MS)

    tile(desk, "Ann").click()
    panel = desk.locator(".panel")
    expect(panel.locator(".live[data-state=live]")).to_be_visible(timeout=JOINS_MS)
    expect(panel.locator(".facts")).to_contain_text("WebRTC, by a relay")

    said = place.relay.said()
    users = {user.split(":")[1] for user in re.findall(r"username=<(\d+:[^>]+)>", said)}
    assert {"server"} < users
    logs = [path.read_text(errors="replace") for path in place.server.data_dir.parent.glob("*.log")]
    assert logs
    assert all(SECRET not in text for text in (*logs, page.content(), desk.content()))
