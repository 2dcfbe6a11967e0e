"""The API's page for people, in Chromium: axe finds nothing, and nothing is fetched for it."""

from __future__ import annotations

import shutil

import pytest
from accessible import problems
from live import CHROMIUM, launch, sync_playwright
from programs import listening

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]


def test_the_page_is_accessible_whole_and_alone(services):
    with listening(services) as url, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}/api/v1/docs")
        assert asked == [f"{url}/api/v1/docs"]
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                assert not problems(page, {"resultTypes": ["violations"]}), (scheme, width)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        browser.close()
