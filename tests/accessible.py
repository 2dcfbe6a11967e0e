"""What axe finds wrong with a page, in light and in dark."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDTHS = (1280, 640, 390)  # 640: as 1280 at 200 % zoom; 390: a phone
OPTIONS: dict[str, Any] = {
    "resultTypes": ["violations"],
    # It takes Streamlit's skip link for stray content where a component has links of its own:
    # it cannot compare places inside and outside of a shadow tree.
    "rules": {"region": {"enabled": False}},
}
DRAWN_MS = 500  # a page takes on its colours by its own script, too
RESIZED_MS = 200
HAS_AXE = "() => typeof window.axe === 'object'"
RUN_AXE = "(options) => axe.run(document, options).then(({ violations }) => violations)"
IS_CUT = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth > main.clientWidth || document.documentElement.scrollWidth > innerWidth;
}"""
FOCUS = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const isSeen = getComputedStyle(element).outlineStyle !== "none" || element.matches("audio");
  const text = element.textContent || element.ariaLabel || "";
  return element === document.body ? null : [text, isSeen];
}"""


def expect_accessible(
    page: Page,
    widths: tuple[int, ...] = WIDTHS,
    options: dict[str, Any] = OPTIONS,
    *,
    fits: bool = True,
) -> None:
    """In both schemes. Where it `fits` it does not scroll sideways either."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        after_ms = DRAWN_MS
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            found = settled(page, after_ms, options, fits=fits)
            assert not found, f"{scheme}, {width} px: {found}"
            after_ms = RESIZED_MS
    page.set_viewport_size({"width": 1280, "height": 900})


def settled(page: Page, after_ms: int, options: dict[str, Any], *, fits: bool) -> str:
    """What is wrong with the page, once it has taken on its size and its colours."""
    found = ""
    for _ in range(10):
        page.wait_for_timeout(after_ms)
        found = problems(page, options)
        found += "it scrolls sideways" if fits and page.evaluate(IS_CUT) else ""
        if not found:
            break
        after_ms = DRAWN_MS
    return found


def problems(page: Page, options: dict[str, Any] = OPTIONS) -> str:
    """What axe finds now. Its half megabyte is read once a document, and not at each question."""
    if not page.evaluate(HAS_AXE):
        page.evaluate(AXE_SCRIPT)
    wrong = page.evaluate(RUN_AXE, options)
    return "\n".join(f"{one['id']}: {one['nodes']}" for one in wrong)


# Blurring alone leaves the place from which Tab goes on where the last click was.
TO_THE_TOP = """() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
}"""


def tab_through(page: Page) -> str:
    """The texts of what Tab reaches; whatever has the focus shows it."""
    page.evaluate(TO_THE_TOP)
    texts: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        if (focus := page.evaluate(FOCUS)) is None:
            break
        text, is_seen = focus
        assert is_seen, f"the focus cannot be seen on {text!r}"
        texts.append(text)
    return "\n".join(texts)
