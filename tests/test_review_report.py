"""The report of an exam: what stands in its files, and in letters of which scripts."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from making import make_meeting
from reviewing import TO_DECIDE, say, sit

from proctoring.cli import main
from proctoring.ids import new_id
from proctoring.review import letters, pdf, report, sentences, system_fonts, typefaces
from proctoring.review.sheet import Clock
from proctoring.review.verdicts import KIND, content
from proctoring.types import Act, Role

SIGNALS = ("faces", "speakers")
CLOCK = Clock(ZoneInfo("Europe/Berlin"), datetime(2026, 5, 4, 10, tzinfo=UTC))
NASTY = "=cmd()<script>alert(1)</script>"


@pytest.fixture
def exam(services):
    """One who did nothing to look at, and one with three items, one of them decided."""
    meeting = make_meeting(services, title="Algebra & <b>more</b>", signals=SIGNALS)[0]
    calm = sit(services.store, meeting.id, SIGNALS, "Bo", seen=(), others=())
    sat = sit(services.store, meeting.id, SIGNALS, NASTY, seen=TO_DECIDE[:2])
    first = sat.to_decide[0].id
    say(services.store, sat, "explanation", 6, "candidate", incident=first, text="My sister.")
    (proctor,) = (c for c in services.store.capabilities(meeting.id) if c.role is Role.PROCTOR)
    said = content(first, "dismissed", "allowed", "She left.")
    services.store.save_act(
        Act(new_id(), sat.participant.id, datetime.now(UTC), proctor.id, "proctor", KIND, said)
    )
    return meeting, calm, sat


@pytest.fixture
def files(services, exam):
    return dict(report.files(services.store, exam[0].id, CLOCK))


def of(files, sat, name):
    return files[f"candidates/{sat.participant.id}/{name}"]


def test_there_is_a_report_of_each_candidate_and_of_all(files, exam):
    _, calm, sat = exam
    own = {
        f"candidates/{one.participant.id}/report.{kind}"
        for one in (calm, sat)
        for kind in ("html", "json", "pdf")
    }
    assert files.keys() == own | {"report.html", "report.json", "report.pdf", "items.csv"}


def test_a_page_needs_nothing_else_and_takes_nobodys_text_for_markup(files, exam):
    page = of(files, exam[2], "report.html").decode()
    assert "<script" not in page
    assert "=cmd()&lt;script&gt;" in page
    assert "Algebra &amp; &lt;b&gt;more" in page
    assert not re.search(r'(src|href)="(?!data:image/jpeg;base64,)', page)
    pictures = re.findall(r'base64,([^"]+)"', page)
    assert len(pictures) == 8
    assert base64.b64decode(pictures[0]).startswith(b"\xff\xd8")
    for told in ("Dismissed: allowed · Proctor", "“She left.”", "“My sister.”", "Faces in view"):
        assert told in page
    assert "100 % found (n 27)" in page


def test_times_are_in_the_zone_that_was_asked_for(files, exam):
    page = of(files, exam[2], "report.html").decode()
    local = exam[2].start.astimezone(CLOCK.zone)
    assert f"{local:%H:%M:%S}" in page
    assert "12:00 (Europe/Berlin)" in page


def test_whoever_has_nothing_to_look_at_has_a_report_too(files, exam):
    page = of(files, exam[1], "report.html").decode()
    assert "Nothing was observed." in page
    assert "0 of 100" in page


def test_the_table_has_a_row_for_each_item_and_calculates_nothing(files, exam):
    rows = list(csv.DictReader(io.StringIO(files["items.csv"].decode("utf-8-sig"))))
    assert [row["tab"] for row in rows] == ["decide", "decide", "notable", "technical"]
    assert {row["candidate"] for row in rows} == {"'" + NASTY}
    assert rows[0]["state"] == "Dismissed"
    assert rows[0]["explanation"] == "My sister."
    assert rows[0]["verdicts"].startswith("Dismissed: allowed (Proctor, ")


def test_the_json_has_all_that_the_page_has(files, exam):
    told = json.loads(of(files, exam[2], "report.json"))
    assert told["meeting"]["title"] == "Algebra & <b>more</b>"
    assert told["candidate"]["name"] == NASTY
    assert len(told["candidate"]["items"]) == 4
    everybody = json.loads(files["report.json"])
    assert [row["marks"] for row in everybody["candidates"]] in (
        [["calm"], ["open"]],
        [["calm"], ["open", "second"]],
        [["calm"], ["second"]],
    )


def test_a_pdf_brings_its_fonts_and_its_pictures(files, exam):
    document = of(files, exam[2], "report.pdf")
    assert document.startswith(b"%PDF-")
    assert document.count(b"/Subtype /Image") == 2, "with a box and without, each once"
    assert b"Inter-SemiBold" in document
    assert b"/FontFile2" in document
    assert files["report.pdf"].startswith(b"%PDF-")


def test_the_command_writes_it_and_the_log_says_so(services, exam, tmp_path, monkeypatch, capsys):
    meeting = exam[0]
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(services.settings.data_dir))
    out = tmp_path / "report"
    asked = ["report", "--meeting", meeting.id, "--out", str(out), "--zone", "Asia/Tokyo"]
    assert main(asked) == 0
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert "Asia/Tokyo" in (out / "report.html").read_text()
    (entry,) = (
        e.event for e in services.store.audit_log(meeting.id) if e.event.action == "exported"
    )
    assert (entry.actor, entry.detail) == ("operator", "report")
    assert main(asked) == 2, "it is there already"
    for wrong in (["--zone", "Nowhere"], ["--meeting", "x"], ["--font", __file__]):
        more = ["report", "--meeting", meeting.id, "--out", str(tmp_path / "other"), *wrong]
        assert main(more) == 2
    assert not (tmp_path / "other").exists()
    assert "is no TrueType font" in capsys.readouterr().err


# --- letters -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fonts():
    return pdf.Fonts(folders=())  # whatever this machine has


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("Amara Okafor", "Inter-Regular"),
        ("Zoë Łukasz Ångström", "Inter-Regular"),
        ("Nguyễn", "DejaVuSans"),
        ("Ελένη", "DejaVuSans"),
        ("Щёголева", "DejaVuSans"),
        ("王小明", "STSong-Light"),
        ("ヤマダ", "HeiseiKakuGo-W5"),
        ("김민수", "HYGothic-Medium"),
    ],
)
def test_the_first_font_that_has_all_of_a_word_sets_it(fonts, name, font):
    assert list(letters.runs(name, fonts.plain)) == [(font, name)]


def test_a_sign_that_no_font_has_is_seen_to_be_missing(fonts):
    (run,) = letters.runs("अनु", fonts.plain)
    assert run == ("DejaVuSans", letters.MISSING * 3)
    both = list(letters.runs("Anna 王", fonts.plain))
    assert both == [("Inter-Regular", "Anna "), ("STSong-Light", "王")]


def test_a_name_that_a_reader_may_not_see_is_spelt(fonts):
    assert [fonts.lack(name) for name in ("Zoë", "王小明", "अनु", "Anna 王")] == [False, *3 * [True]]
    write = pdf._Writer(fonts)
    assert pdf._spelt("Zoë", write) == []
    (said,) = pdf._spelt("王明", write)
    assert "U+738B U+660E" in said.text


def test_fonts_of_the_machine_are_tried_in_order_and_what_is_none_is_passed_over(tmp_path):
    (tmp_path / "cjk").mkdir()
    for name in ("wqy-microhei.ttc", "DroidSansFallback.ttf", "NotoSansSC-Regular.otf", "x.ttf"):
        (tmp_path / "cjk" / name).write_bytes(b"no font")
    plain = (typefaces.FOLDER / "DejaVuSans.ttf").read_bytes()
    (tmp_path / "cjk" / "NotoSansSC-Regular.ttf").write_bytes(plain)  # has no Chinese
    names = [path.name for path in system_fonts.candidates([tmp_path, tmp_path / "none"])]
    assert names == ["NotoSansSC-Regular.ttf", "DroidSansFallback.ttf", "wqy-microhei.ttc"]
    fonts = pdf.Fonts(folders=[tmp_path])
    assert list(letters.runs("王", fonts.plain)) == [("STSong-Light", "王")]


@pytest.mark.skipif(
    not list(typefaces._of_machine(system_fonts.FOLDERS)),
    reason="no font for Chinese is installed here: apt-get install fonts-droid-fallback",
)
def test_a_font_of_the_machine_goes_into_the_file(files, exam, services):
    fonts = pdf.Fonts()
    (run,) = letters.runs("王陈", fonts.plain)
    assert run[0].startswith("machine-")
    assert not fonts.lack("王陈")


def test_what_reads_from_right_to_left_is_drawn_so():
    assert letters.visual("שלום (12)") == "(12) םולש"
    assert letters.visual("Ann שלום 12") == "Ann םולש 12"
    assert letters.visual("Zoë (1)") == "Zoë (1)"
    assert letters.visual("") == letters.visual("12")[:0]


def test_arabic_letters_join():
    """The last letter comes first: yeh at the end, lam in the middle, ain at the beginning."""
    assert letters.visual("علي") == "\ufef2\ufee0\ufecb"
    assert letters.visual("لا") == "\ufefb"  # one sign
    assert letters.visual("دار") == "\ufead\ufe8d\ufea9"  # none of these joins to the next
    assert letters.shape("مَد") == "\ufee3\u064e\ufeaa", "a vowel sign parts nothing"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (6.44, "6.4 s"), (59.9, "60 s"), (59.96, "1 min 00 s"), (3720, "1 h 02 min")],
)
def test_lengths_in_words(seconds, words):
    assert sentences.lasting(seconds) == words


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.5, "50 %"), (0.9996, "99.9 %"), (1, "100 %")]
)
def test_shares_are_never_rounded_up_to_all(share, words):
    assert sentences.percent(share) == words
