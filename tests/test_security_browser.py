"""In Chromium, on a running server: names are text, links end, and secrets stay where they are."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlsplit

import pytest
from live import open_page, person
from making import GREY, occurrence
from playwright.sync_api import expect

from proctoring import evidence
from proctoring.access import tokens
from proctoring.ids import new_id
from proctoring.settings import Settings
from proctoring.store.embedded.sqlite import SqliteStore
from proctoring.store.opening import open_store
from proctoring.types import Participant, Role

pytestmark = pytest.mark.browser

NAMES = [
    "<script>document.title = 'caught'</script>",
    '"><img src=x onerror="document.title = `caught`">',
    "**bold** [link](https://example.org) :smile: $x$",
    "https://evil.example www.evil.example a@b.example",
    ":material/home: :streamlit: <-> -- &amp; 9:30",  # Streamlit's own signs
    "👩\u200d🚀" * 24,  # 120 units of UTF-16, which is how browsers count
]
DRAWN = "a, img, svg, [role=img], code, em, strong"  # what a name must not become
LONGEST = "👋" * 120  # as a browser that counts otherwise could send it
TURNED = "Ada \u202ecipher\u2066"  # would turn what stands after it


def ask(server, path, method, body=None):
    request = urllib.request.Request(server.url + path, body, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    return refused.value


def status_of_announced(server, path, length):
    """To a body that is never sent: a server that reads none closes the line on who sends it."""
    line = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    with closing(line):
        line.putrequest("POST", path)
        line.putheader("Content-Length", str(length))
        line.endheaders()
        return line.getresponse().status


def key_of(link):
    return parse_qs(urlsplit(link).query)["key"][0]


def join(context, links, name):
    page = open_page(context, links.candidate)
    page.get_by_label("Your name").fill(name)
    page.get_by_text("I have read this").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("You are here as")).to_be_visible()
    return page


def test_a_name_is_just_that_on_every_page_and_on_the_desk(server, browser, context):
    links = server.make_meeting()
    for name in [*NAMES, TURNED]:
        own = person(browser)
        page = join(own, links, name)
        shown = name if name != TURNED else "Ada cipher"
        expect(page.get_by_text("You are here as")).to_have_text(f"You are here as {shown}.")
        expect(page.locator(f".st-key-whose :is({DRAWN})")).to_have_count(0)
        assert "caught" not in page.title()
        own.close()
    store = SqliteStore(server.data_dir)
    store.add_participant(Participant(new_id(), links.meeting_id, LONGEST, datetime.now(UTC)))
    store.close()
    kept = [*NAMES, "Ada cipher", LONGEST]
    desk = open_page(context, links.proctor)
    expect(desk.locator(".tile .name")).to_have_text(kept)
    desk.locator(".tile").first.click()
    expect(desk.get_by_role("dialog")).to_contain_text(NAMES[0])
    manage = open_page(context, links.manage)
    rows = manage.locator(".st-key-candidate-list .op-row strong")
    expect(rows).to_have_text(kept)
    erasers = manage.locator("[class*=st-key-ask-erase] button")
    expect(erasers).to_have_count(len(kept))  # they come after the rows, and in any order
    for number in (2, 3, 4):
        erasers.nth(number).click()
        dialog = manage.get_by_role("dialog", name=re.compile("^Erase"))
        heading = dialog.locator("[data-testid=stMarkdownContainer]").first
        expect(heading).to_have_text(f"Erase {NAMES[number]}?")
        expect(heading.locator(DRAWN)).to_have_count(0)
        manage.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
    for page in (desk, manage):
        assert "caught" not in page.title()
        wide = "document.querySelector('[data-testid=stMain]')"
        page.wait_for_function(f"{wide}.scrollWidth <= {wide}.clientWidth")


def test_a_new_proctor_link_closes_the_desk_that_is_open(server, context):
    links = server.make_meeting("Secret history")
    desk = open_page(context, links.proctor)
    expect(desk.get_by_text("Nobody has joined")).to_be_visible()
    manage = open_page(context, links.manage)
    manage.get_by_role("button", name="New proctor link").click()
    manage.get_by_role("button", name="Make it").click()
    expect(manage.get_by_text("It is shown only now")).to_be_visible()
    shown = manage.locator("input[readonly]").first
    expect(shown).to_have_value(re.compile(f"^{server.url}/desk"))
    new = shown.input_value()
    expect(desk.get_by_text("This link does not open a desk")).to_be_visible()
    expect(desk.get_by_text("Secret history")).to_have_count(0)
    expect(open_page(context, new).get_by_text("Nobody has joined")).to_be_visible()
    expect(manage.get_by_text("Asked to revoke proctor link 1")).to_be_visible()


def test_an_examiner_downloads_what_is_kept_of_a_candidate_and_the_log_tells(
    server, context, tmp_path
):
    links = server.make_meeting()
    store = open_store(Settings(data_dir=server.data_dir))
    join(context, links, "Ada")
    (ada,) = store.participants(links.meeting_id)
    seen = occurrence(meeting_id=ada.meeting_id, participant_id=ada.id)
    picture = evidence.picture(seen.id, seen.opened_at, GREY, ())
    store.save_occurrence(seen)
    store.save_evidence(picture)
    store.close()
    manage = open_page(context, links.manage)
    manage.locator("[class*=st-key-ask-export] button").click()
    with manage.expect_download() as download:
        manage.get_by_role("dialog").get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"candidate-{ada.id}.zip"
    download.value.save_as(tmp_path / "ada.zip")
    with zipfile.ZipFile(tmp_path / "ada.zip") as archive:
        assert json.loads(archive.read("participant.json"))["participant"]["name"] == "Ada"
        assert archive.read(f"pictures/{picture.id}.jpg") == picture.data
    served = context.request.get(download.value.url)
    assert served.headers["cache-control"] == "no-store"
    manage.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    expect(manage.get_by_text("Exported what is kept of Ada")).to_be_visible()


def test_secrets_are_in_no_request_but_their_own_and_in_no_log(server, context):
    links = server.make_meeting()
    store = open_store(Settings(data_dir=server.data_dir))
    requests, blocked = [], []
    context.on("request", lambda request: requests.append(request))
    page = join(context, links, "Ada")
    page.on("console", lambda message: blocked.append(message.text))
    expect(page).to_have_url(re.compile("seat="))
    token = parse_qs(urlsplit(page.url).query)["seat"][0]
    (ada,) = store.participants(links.meeting_id)
    seen = occurrence(meeting_id=ada.meeting_id, participant_id=ada.id)
    store.save_occurrence(seen)
    store.save_evidence(evidence.picture(seen.id, seen.opened_at, GREY, ()))
    desk = open_page(context, links.proctor)
    desk.on("console", lambda message: blocked.append(message.text))
    image = desk.locator("#cards-conduct .thumb img")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    manage = open_page(context, links.manage)
    manage.on("console", lambda message: blocked.append(message.text))
    expect(manage.get_by_text("Unbroken")).to_be_visible()

    # None: data: and blob: addresses, which are no requests to anybody.
    assert {urlsplit(request.url).hostname for request in requests} <= {"localhost", None}
    secrets = [token, key_of(links.proctor), key_of(links.manage)]
    for request in requests:
        is_the_page = request.is_navigation_request()
        if not is_the_page:
            assert not any(secret in request.url for secret in secrets), request.url
        assert "pass=" not in request.url
        # Chromium asks for a font of a style that a script made with a referrer, whatever the
        # page's policy; from this server alone, as is asserted above.
        if any(secret in request.headers.get("referer", "") for secret in secrets):
            assert request.resource_type == "font"
    assert not [text for text in blocked if "Content Security Policy" in text]
    log = next(server.data_dir.parent.glob("server-*.log")).read_text()
    passes = tokens.Passes(tokens.load_key(server.data_dir / "signing.key"))
    own = [c for c in store.capabilities(links.meeting_id) if c.role is not Role.CANDIDATE]
    for secret in [*secrets, *[passes.make(c).partition(".")[0][:20] for c in own], "key="]:
        assert secret not in log
    store.close()


def test_the_running_server_takes_no_files_and_no_long_bodies_and_says_its_policy(server):
    assert ask(server, "/_stcore/upload_file/session/file", "PUT", b"x").code in (400, 403)
    assert status_of_announced(server, "/api/live/x", 1_000_001) == 413
    refused = ask(server, "/api/evidence/x", "GET")
    assert refused.code == 404
    assert "object-src 'none'" in refused.headers["content-security-policy"]
    with urllib.request.urlopen(f"{server.url}/manage?key=x", timeout=10) as page:
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'self'" in page.headers["content-security-policy"]
