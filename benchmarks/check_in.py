"""How long the machine takes for a check-in with all that can be learned, from the rules to the
button that begins the exam.

    .venv/bin/python -m benchmarks.check_in [--rounds 3]

Everything is real: a server process, and Chromium with a fake camera before which somebody looks
ahead and to each side (a loop of fourteen seconds), and a fake microphone into which a voice
reads. Each button is pressed as soon as it can be, so what is left is the machine's own time, and
the eight seconds of speech that a voice is learned from. A person takes longer: to read, mostly.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from live import Server, launch, open_page, person, running_server, sync_playwright  # noqa: E402
from turning import turning  # noqa: E402

from proctoring.types import Journey  # noqa: E402

SIGNALS = ("faces", "identity", "gaze", "speakers", "voice_owner")
JOURNEY = Journey(check_in=frozenset({"identity", "voice"}))
LIMIT_S = 90.0
MS = 120_000
STEPS = ("devices", "face and gaze", "voice", "ready")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright, turning(Path(folder) / "media"))
        with running_server(Path(folder) / "data") as server:
            rounds = []
            for number in range(options.rounds):
                context = person(browser)
                link = server.make_meeting(signals=SIGNALS, journey=JOURNEY).candidate
                rounds.append(_check_in(open_page(context, link), f"Ann {number}", server))
                context.close()
        browser.close()
    _print(rounds)


def _check_in(page: Page, name: str, server: Server) -> list[float]:
    """Seconds of each step, and of the server's processor in all of them."""
    page.get_by_label("Your name").fill(name)
    page.get_by_text("I have read this").click()
    before = _cpu_s(server)
    moments = [time.monotonic()]
    page.get_by_role("button", name="Continue").click()
    _heading(page, "Camera, microphone and connection")
    for title, start in (("Your face", "Take my pictures"), ("Your voice", "Start reading")):
        _go_on(page)
        _heading(page, title)
        moments.append(time.monotonic())
        page.get_by_role("button", name=start).click()
        expect(page.locator(".message")).to_contain_text("Done.", timeout=MS)
    _go_on(page)
    moments.append(time.monotonic())
    expect(page.get_by_role("button", name="Begin exam")).to_be_enabled(timeout=MS)
    moments.append(time.monotonic())
    steps = [end - start for start, end in itertools.pairwise(moments)]
    return [*steps, _cpu_s(server) - before]


def _go_on(page: Page) -> None:
    button = page.get_by_role("button", name="Continue", exact=True)
    expect(button).to_be_enabled(timeout=MS)
    button.click()


def _heading(page: Page, title: str) -> None:
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=MS)


def _cpu_s(server: Server) -> float:
    times = psutil.Process(server.process.pid).cpu_times()
    return float(times.user + times.system)


def _print(rounds: list[list[float]]) -> None:
    cores, load = psutil.cpu_count(), psutil.getloadavg()[0]
    print(f"\n{len(rounds)} check-ins one after the other, {cores} cores, load {load:.1f}\n")
    print(f"{'step':<32} {'median':>8} {'longest':>8}")
    *steps, cpu = zip(*rounds, strict=True)
    for name, times in zip(STEPS, steps, strict=True):
        print(f"{name:<32} {statistics.median(times):6.1f} s {max(times):6.1f} s")
    totals = [sum(one[:-1]) for one in rounds]
    middle, longest = statistics.median(totals), max(totals)
    print(f"{'machine time of a check-in':<32} {middle:6.1f} s {longest:6.1f} s")
    print(f"{'limit':<32} {'':8} {LIMIT_S:6.1f} s")
    print(f"\nserver: {statistics.median(cpu):.1f} s of one core for each check-in (median)")


if __name__ == "__main__":
    main()
