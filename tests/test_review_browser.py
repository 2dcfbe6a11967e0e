"""The review desk in Chromium, on a running server: what a reviewer does with it."""

from __future__ import annotations

import re
import shutil

import pytest
from accessible import expect_accessible, tab_through
from live import CHROMIUM, open_page, person
from playwright.sync_api import expect
from reviewing import TO_DECIDE, say, sit
from waiting import wait_until

from proctoring.review.verdicts import verdicts
from proctoring.settings import Settings
from proctoring.store.opening import open_store

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which(CHROMIUM), reason="Chromium is not installed"),
]

SIGNALS = ("faces", "speakers", "gaze", "objects", "whisper")
ITEMS = "#review-items li"
COUNT_KEYS_AND_CLICKS = """() => {
  window.counted = 0;
  const count = () => (window.counted += 1);
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, count, true);
}"""
FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element === document.body ? "" : element.textContent || element.tagName;
}"""


class World:
    """An exam with one candidate who sat in it for an hour, and whoever reviews it."""

    def __init__(self, server, browser, **changes):
        self.browser, self.contexts = browser, []
        self.store = open_store(Settings(data_dir=server.data_dir))
        self.links = server.make_meeting(signals=SIGNALS)
        self.sat = sit(self.store, self.links.meeting_id, SIGNALS, **changes)

    def reviewer(self, link="proctor", **options):
        context = person(self.browser, **options)
        self.contexts.append(context)
        url = getattr(self.links, link).replace("/desk", "/review").replace("/manage", "/review")
        page = open_page(context, url)
        page.get_by_role("navigation", name="Candidates").get_by_role("button").first.click()
        expect(page.locator(ITEMS).first).to_be_visible(timeout=30_000)
        expect(page.locator("#case-name")).to_be_focused()
        return page

    def verdicts(self):
        return verdicts(self.store.acts(self.sat.participant.id))

    def decided(self, number):
        """What was said of the observation of this number, once that is kept."""
        own = self.sat.to_decide[number].id
        return [
            (one.decision, one.because, one.note)
            for one in wait_until(lambda: self.verdicts().get(own))
        ]

    def close(self):
        for context in self.contexts:
            context.close()
        self.store.close()


@pytest.fixture
def make(server, browser):
    made = []

    def make(**changes):
        made.append(World(server, browser, **changes))
        return made[-1]

    yield make
    for world in made:
        world.close()


def states(page):
    return [row.get_attribute("data-state") for row in page.locator(ITEMS).element_handles()]


def expect_states(page, *wanted):
    wait_until(lambda: states(page) == list(wanted))


def test_an_hour_with_eight_observations_is_decided_by_keyboard_at_most_two_strokes_each(make):
    world = make(sampled=())
    page = world.reviewer()
    expect(page.locator(ITEMS)).to_have_count(8)
    page.evaluate(COUNT_KEYS_AND_CLICKS)
    for number, keys in enumerate(("c", "d1", "d2", "d3", "d4", "s", "c", "c")):
        before = page.locator(f"{ITEMS} [aria-current=true]").text_content()
        for key in keys:
            page.keyboard.press(key)
        if number < 7:  # after the last there is no next one
            expect(page.locator(f"{ITEMS} [aria-current=true]")).not_to_have_text(before)
    expect_states(
        page,
        "confirmed",
        "dismissed",
        "dismissed",
        "dismissed",
        "dismissed",
        "second",
        "confirmed",
        "confirmed",
    )
    assert page.evaluate("counted") <= 2 * 8
    wait_until(lambda: len(world.verdicts()) == 8)
    said = [world.decided(number)[0][:2] for number in range(8)]
    assert said == [
        ("confirmed", None),
        ("dismissed", "false_alarm"),
        ("dismissed", "allowed"),
        ("dismissed", "technical"),
        ("dismissed", "not_relevant"),
        ("second_look", None),
        ("confirmed", None),
        ("confirmed", None),
    ]
    expect(page.locator(".spoken[role=status]")).to_contain_text("Nothing more to decide")
    people = page.get_by_role("navigation", name="Candidates")
    expect(people).to_contain_text("Second look")


def test_every_verdict_by_mouse_takes_at_most_two_clicks(make):
    world = make(seen=TO_DECIDE[:3])
    page = world.reviewer()
    page.evaluate(COUNT_KEYS_AND_CLICKS)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_role("button", name="Allowed").click()
    page.get_by_role("button", name="Second look", exact=False).last.click()
    expect_states(page, "confirmed", "dismissed", "second")
    assert page.evaluate("counted") == 4
    assert world.decided(1) == [("dismissed", "allowed", "")]


def test_a_note_goes_with_the_verdict_and_keys_are_letters_in_it(make):
    world = make(seen=TO_DECIDE[:2])
    page = world.reviewer()
    page.keyboard.press("n")
    page.keyboard.type("Cousin, discussed with c and d.")
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("2")
    assert world.decided(0) == [("dismissed", "allowed", "Cousin, discussed with c and d.")]
    assert len(world.verdicts()) == 1


def test_a_verdict_can_be_undone(make):
    world = make(seen=TO_DECIDE[:2])
    page = world.reviewer()
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert world.decided(0)
    page.keyboard.press("u")
    expect_states(page, "open", "open")
    wait_until(lambda: not world.verdicts())
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()


def test_the_keys_can_be_switched_off_and_stay_off(make):
    world = make(seen=TO_DECIDE[:2])
    page = world.reviewer()
    page.keyboard.press("?")
    switch = page.get_by_role("dialog").get_by_label("Keys are on")
    switch.uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.reload()
    expect(page.locator(ITEMS)).to_have_count(2, timeout=30_000)
    expect(page.get_by_role("button", name="Keys are off")).to_be_visible()
    page.keyboard.press("c")
    page.get_by_role("button", name="Confirm").click()
    assert world.decided(0)
    assert len(world.verdicts()) == 1


def test_streamlits_own_keys_do_nothing(make):
    page = make(seen=TO_DECIDE[:1]).reviewer()
    page.evaluate("document.querySelector('[data-testid=stApp]').dataset.same = 'yes'")
    runs = page.evaluate("performance.getEntriesByType('resource').length")
    for key in ("r", "R", "C"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("performance.getEntriesByType('resource').length") >= runs
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)


def test_two_reviewers_decide_unseen_and_then_see_that_they_disagree(make):
    world = make(seen=TO_DECIDE[:1], sampled=(0,))
    ann, bob = world.reviewer(), world.reviewer("manage")
    ann.keyboard.press("c")
    assert world.decided(0)
    expect_states(ann, "second")
    with bob.expect_response(re.compile("/api/review/candidate/")) as told:
        bob.reload()
    (item,) = (item for item in told.value.json()["items"] if item["tab"] == "decide")
    assert (item["state"], item["verdicts"]) == ("open", [])
    expect(bob.locator(ITEMS)).to_have_count(1, timeout=30_000)
    expect_states(bob, "open")
    bob.keyboard.press("d")
    bob.keyboard.press("1")
    wait_until(lambda: len(world.verdicts()[world.sat.to_decide[0].id]) == 2)
    wait_until(lambda: states(ann) == ["disagreed"])  # it asks every 15 s
    expect(ann.locator(".said")).to_contain_text("Dismissed: false alarm")
    expect(ann.get_by_role("group", name="Show candidates by state")).to_contain_text("Disagreed1")


@pytest.mark.parametrize("trouble", ["no line", "an old pass"])
def test_a_verdict_is_said_again_until_it_is_kept(make, trouble):
    world = make(seen=TO_DECIDE[:1])
    page = world.reviewer()
    tries = []

    def answer(route):
        if route.request.method == "POST":
            tries.append(route.request.post_data_json["id"])
            if len(tries) < 3:
                return route.abort() if trouble == "no line" else route.fulfill(status=404)
        return route.continue_()

    page.route("**/api/review/candidate/*", answer)
    page.keyboard.press("c")
    words = "Not kept yet" if trouble == "no line" else "Access to this exam has ended"
    expect(page.locator(".banners")).to_contain_text(words)
    # Chromium's questions are answered only while Playwright waits.
    wait_until(lambda: page.wait_for_timeout(100) or len(tries) == 3)
    assert world.decided(0) == [("confirmed", None, "")]
    expect(page.locator(".banners p")).to_have_count(0, timeout=30_000)
    assert len(tries) == 3
    assert len(set(tries)) == 1


def test_what_is_kept_can_be_played_and_looked_at(make):
    world = make()
    say(
        world.store,
        world.sat,
        "explanation",
        6,
        "candidate",
        text="<b>My</b> sister.",
        incident=world.sat.to_decide[0].id,
    )
    page = world.reviewer()
    expect(page.locator(".screen img")).to_have_js_property("naturalWidth", 320)
    expect(page.locator(".why")).to_contain_text("2 faces, for 7.0 s.")
    expect(page.locator(".why")).to_contain_text("100\u00a0% found (n\u00a027)")
    expect(page.locator(".why blockquote")).to_contain_text("<b>My</b> sister.")
    page.keyboard.press("j")
    expect(page.locator("canvas.wave")).to_be_visible()
    page.get_by_label("Speed").select_option("8")
    page.locator(f"{ITEMS} [aria-current=true]").focus()
    at = page.get_by_label("Time in the session")
    before = float(at.input_value())
    page.keyboard.press("Space")
    wait_until(lambda: float(at.input_value()) > before + 2)
    # It waits for a verdict where the observation ends, and then goes on with the next.
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=30_000)
    page.keyboard.press("c")
    expect(page.locator(".why h3")).to_have_text("A phone is in view")
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=30_000)
    page.get_by_text("Signals around it").click()
    expect(page.locator(".plot").first).to_be_visible()
    wait_until(lambda: page.locator(".lanes .ribbon").count() >= 6)
    wait_until(lambda: page.locator(".piece[data-state=degraded]").count() > 1)
    page.locator(".lanes .mark[data-tab=technical]").first.click()
    expect(page.get_by_role("tab", name="Technical")).to_have_attribute("aria-selected", "true")


def test_a_picture_is_blurred_until_somebody_says_why_and_then_for_a_while(make):
    world = make(seen=TO_DECIDE[:1], others=())
    page = world.reviewer()
    image = page.locator(".screen img")
    expect(image).to_have_js_property("naturalWidth", 320)
    marks = page.locator(".screen svg.picture-marks")
    expect(marks).to_be_visible()
    page.keyboard.press("m")
    expect(marks).to_be_hidden()
    page.keyboard.press("m")
    blurred = image.get_attribute("src")
    page.keyboard.press("b")
    page.keyboard.type("too short")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="at least 10")).to_be_visible()
    page.keyboard.type(" and now long enough")
    page.keyboard.press("Enter")
    expect(page.locator(".told-blurred")).to_contain_text("Unblurred until")
    wait_until(lambda: image.get_attribute("src") not in (None, blurred))
    (act,) = [one for one in world.store.acts(world.sat.participant.id) if one.kind == "reveal"]
    assert "and now long enough" in act.content
    expect_accessible(page)
    page.get_by_role("button", name="Blur it again").click()
    expect(page.locator(".told-blurred")).to_contain_text("are blurred")
    page.keyboard.press("c")
    assert world.decided(0)


def test_the_exam_is_decided_anew_under_another_policy_beside_what_was(make):
    world = make(seen=TO_DECIDE[:1])
    page = world.reviewer()
    page.get_by_text("Under another policy").click()
    page.get_by_label("Preset").select_option("lenient")
    page.get_by_label("Faces in view").uncheck()
    page.get_by_role("button", name="Compare").click()
    told = page.get_by_role("region", name="Under another policy")
    expect(told.get_by_role("row").filter(has_text="More than one face")).to_contain_text("—")
    expect(told).to_contain_text("of 100")
    expect_accessible(page)


def test_the_address_keeps_what_is_looked_at(make):
    world = make()
    page = world.reviewer()
    page.keyboard.press("j")
    page.get_by_role("button", name="To decide 1").click()
    chip = page.get_by_role("button", name="To decide 1")
    expect(chip).to_have_attribute("aria-pressed", "true")
    shown = page.locator(f"{ITEMS} [aria-current=true]").text_content()
    page.reload()
    expect(page.locator(f"{ITEMS} [aria-current=true]")).to_have_text(shown, timeout=30_000)
    expect(chip).to_have_attribute("aria-pressed", "true")


def test_the_focus_stays_where_it_is_while_others_decide(make):
    world = make(seen=TO_DECIDE[:3])
    ann, bob = world.reviewer(), world.reviewer("manage")
    bob.keyboard.press("j")
    wait_until(lambda: "More than one voice" in bob.evaluate(FOCUSED))
    focused = bob.evaluate(FOCUSED)
    ann.keyboard.press("c")
    wait_until(lambda: states(bob)[0] == "confirmed")  # it asks every 15 s
    assert bob.evaluate(FOCUSED) == focused


def test_it_opens_from_the_desk_and_back(make):
    world = make(seen=())
    context = person(world.browser)
    world.contexts.append(context)
    page = open_page(context, world.links.proctor)
    page.get_by_role("link", name="Review").click()
    people = page.get_by_role("navigation", name="Candidates")
    expect(people).to_contain_text("Amara Okafor", timeout=30_000)
    page.get_by_role("link", name="Live desk").click()
    expect(page.locator(".tile")).to_have_count(1, timeout=30_000)


def test_a_wrong_link_opens_no_review(make):
    world = make(seen=())
    context = person(world.browser)
    world.contexts.append(context)
    page = open_page(context, world.links.proctor.replace("/desk", "/review") + "x")
    expect(page.get_by_text("This link does not open a review")).to_be_visible(timeout=30_000)


def test_the_report_prints_all_of_the_candidate_and_nothing_else(make):
    world = make(seen=TO_DECIDE[:2])
    page = world.reviewer()
    page.keyboard.press("c")
    assert world.decided(0)
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    page.get_by_role("button", name="Print report").click()
    page.wait_for_function("window.printed")
    page.emulate_media(media="print")
    report = page.locator(".report")
    expect(report).to_be_visible()
    expect(report).to_contain_text("Amara Okafor")
    expect(report).to_contain_text("Confirmed · Proctor (you)")
    images = report.locator("img")
    expect(images).to_have_count(8)
    wait_until(lambda: images.evaluate_all("all => all.every(i => i.naturalWidth === 320)"))
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.get_by_text("Live desk")).to_be_hidden()


def test_it_can_be_used_by_everybody(make):
    world = make(others=())
    say(world.store, world.sat, "pause", 33, reason="A fire alarm.")
    say(world.store, world.sat, "resume", 35)
    page = world.reviewer(reduced_motion="reduce")
    expect(page.locator(".screen img")).to_have_js_property("naturalWidth", 320)
    expect_accessible(page)
    reached = tab_through(page)
    for name in ("To decide", "Print report", "Needs decision", "Confirm", "Keep note"):
        assert name in reached
    page.keyboard.press("d")
    page.locator("details.score summary").click()
    page.get_by_text("Signals around it").click()
    expect(page.locator(".plot.own")).to_be_visible()
    expect_accessible(page)
    page.locator("details.score summary").click()
    page.get_by_role("button", name="Keys are on").click()
    expect_accessible(page)
