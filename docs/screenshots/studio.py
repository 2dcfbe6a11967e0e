"""Browsers, servers and the camera that takes the pictures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from forty import Forty, running_room
from live import (
    FakeMedia,
    Server,
    fake_media,
    launch,
    open_page,
    person,
    running_server,
)
from material import SMALL
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright
from seated import opened as opened

__all__ = [
    "DESKTOP",
    "EVERY",
    "MS",
    "NAMES",
    "TO_THE_TOP",
    "Studio",
    "button",
    "opened",
]

MS = 90_000  # a busy machine takes its time
NAMES = ("Amara Okafor", "Jonas Weber", "Mei-Lin Chen", "Sofia Rossi")
CLIP = SMALL / "scenarios" / "second_person.mp4"
SCHEMES = ("light", "dark")
DESKTOP = {"": (1440, 900)}
# What candidates may come with as well. 720 px is 1440 at a zoom of 200 %.
EVERY = {"": (1440, 900), "-phone": (360, 780), "-zoom": (720, 450)}
LONGEST = 5200  # px, of a picture that shows all that a page could scroll to
HEIGHT = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main ? main.scrollHeight : document.documentElement.scrollHeight;
}"""
TO_THE_TOP = "() => document.querySelector('[data-testid=stMain]')?.scrollTo(0, 0)"


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name)


@dataclass
class Studio:
    playwright: Playwright
    folder: Path
    out: Path
    count: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)
    _contexts: list[BrowserContext] = field(default_factory=list)

    # --- what is needed for a picture --------------------------------------------------------

    def server(self, name: str = "data", **environment: str) -> Server:
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(running_server(folder / "data", **environment))

    def room(self, many: int, **environment: str) -> Forty:
        folder = self.folder / "room"
        folder.mkdir(parents=True, exist_ok=True)
        return self._stack.enter_context(running_room(folder / "data", many, **environment))

    def browser(self, media: FakeMedia | None = None) -> Browser:
        browser = launch(self.playwright, media)
        self._stack.callback(browser.close)
        return browser

    def filmed(self) -> Browser:
        """Its camera plays a recording, in which a second person comes after 15 s."""
        return self.browser(fake_media(CLIP, self.folder / "media"))

    def calm(self, *filters: str) -> Browser:
        """Its camera plays the beginning of that, over and over: one person, one voice."""
        return self.part(f"calm{len(filters)}", 0, 12, *filters)

    def other(self) -> Browser:
        """Its camera plays the second person, alone."""
        return self.part("other", 11, 8, "crop=272:204:0:66", "scale=640:480")

    def part(self, name: str, from_s: float, length_s: float, *filters: str) -> Browser:
        """Its camera plays a part of that, over and over."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / "part.mp4"
        from_to = ("-ss", str(from_s), "-i", CLIP, "-t", str(length_s))
        subprocess.run(("ffmpeg", "-y", "-loglevel", "error", *from_to, part), check=True)
        return self.browser(fake_media(part, folder, *filters))

    def person(self, browser: Browser, **options: object) -> BrowserContext:
        """Everything stands still, so that two pictures of one view are the same."""
        values = {"reduced_motion": "reduce", "timezone_id": "Europe/Berlin"} | options
        context = person(browser, **values)
        context.set_default_timeout(MS)
        self._contexts.append(context)
        return context

    def page(self, browser: Browser, url: str, **options: object) -> Page:
        page = open_page(self.person(browser, **options), url)
        page.set_viewport_size({"width": 1440, "height": 900})
        return page

    # --- the picture ---------------------------------------------------------------------------

    def take(
        self,
        page: Page,
        name: str,
        sizes: dict[str, tuple[int, int]] = DESKTOP,
        *,
        is_tall: bool = False,
        schemes: tuple[str, ...] = SCHEMES,
        before: Callable[[], object] | None = None,
    ) -> None:
        """NAME-light.png and NAME-dark.png of each size. `is_tall`: all that the page could scroll
        to; at other sizes than a desktop's it always is. `before` each, something is done."""
        for suffix, (width, height) in sizes.items():
            for scheme in schemes:
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                page.wait_for_timeout(700)
                if is_tall or suffix:
                    page.evaluate(TO_THE_TOP)
                    tall = min(LONGEST, max(height, page.evaluate(HEIGHT)))
                    page.set_viewport_size({"width": width, "height": tall})
                    page.wait_for_timeout(300)
                if before:
                    before()
                page.screenshot(path=self.out / f"{name}{suffix}-{scheme}.png")
                self.count += 1
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1440, "height": 900})

    def keep_what_is_open(self, name: str) -> None:
        """Of a set that failed, to see why."""
        pages = [page for context in self._contexts for page in context.pages]
        for number, page in enumerate(pages):
            page.screenshot(path=self.out / f"{name}-{number}.png")

    def close(self) -> None:
        self._stack.close()
