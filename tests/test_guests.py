"""Lists of candidates as spreadsheets write them, and what is wrong with them, line by line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctoring.acts.adjustments import Adjustments
from proctoring.office.guests import LARGEST, MOST, TEMPLATE, BadList, read


def test_the_template_reads_as_it_says():
    found = read(TEMPLATE.encode("utf-8-sig"))
    assert found.problems == ()
    ada, alan = found.guests
    assert (ada.name, ada.own_id, ada.email, ada.adjustments) == (
        "Ada Lovelace",
        "1815",
        "ada@example.org",
        Adjustments(),
    )
    assert (alan.extra_min, alan.line) == (30, 3)
    assert alan.adjustments == Adjustments(longer_looks=True, break_min=10)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encodings_and_delimiters_of_spreadsheets_are_told_apart(encoding, mark):
    text = f"Name{mark}Student ID\r\nZoë Müller{mark}7\r\n"
    (guest,) = read(text.encode(encoding)).guests
    assert (guest.name, guest.own_id) == ("Zoë Müller", "7")


def test_quotes_and_line_ends_inside_of_them_and_empty_lines_are_read():
    data = b'name,id\n"Doe, Jane\nMary",1\n\n,,\n"Roe ""Rick""",2\n'
    found = read(data)
    assert [guest.name for guest in found.guests] == ["Doe, Jane Mary", 'Roe "Rick"']
    assert [guest.line for guest in found.guests] == [3, 6]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "none of them is"),
        (b"Ada\nAlan\n", "“Ada” is none"),
        (b"id\n1\n", "none of them is “name”"),
        (b"name,name\nA,B\n", "say the same"),
        (b"name\n", "no candidate under the first line"),
        (b"PK\x03\x04\x00\x00", "file of a program"),
        (b"\xff\xfeA", "no text"),
        (b"x" * (LARGEST + 1), "larger than 1 MB"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(data, said):
    with pytest.raises(BadList, match=said):
        read(data)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (";1;;;;", "Line 3: the name is missing."),
        ("x" * 121 + ";1;;;;", "longer than 120"),
        ("Al;1;nobody;;;", "“nobody” is no e-mail address"),
        ("Al;1;a@b;241;;", "extra_minutes is a whole number from 0 to 240, not “241”"),
        ("Al;1;a@b;-5;;", "extra_minutes"),
        ("Al;1;a@b;²;;", "extra_minutes"),
        ("Al;1;;;61;", "break_minutes is a whole number from 0 to 60"),
        ("Al;1;;;;maybe", "longer_looks is yes or no, not “maybe”"),
        ("Al;1;;;;;more", "Line 3 has more cells"),
        ("Al;ADA;;;;", "Line 3 has the id of line 2"),
    ],
)
def test_each_bad_row_is_named_by_its_line(row, said):
    head = "name;id;email;extra_minutes;break_minutes;longer_looks\n"
    found = read(f"{head}Ada;ada;;;;\n{row}\nEve;3;;;;\n".encode())
    (problem,) = found.problems
    assert said in problem


def test_two_of_one_name_need_an_id_to_tell_them_apart():
    found = read(b"name,id\nAda,\nada,\nAda,1\nAda,2\n")
    assert found.problems == ("Line 3 has the name of line 2; give each an id of their own.",)


def test_five_thousand_rows_are_read_and_one_more_is_too_many():
    rows = [f"Candidate {n};{n}" for n in range(MOST)]
    assert len(read("\n".join(["name;id", *rows]).encode()).guests) == MOST
    with pytest.raises(BadList, match="more than 5000"):
        read("\n".join(["name;id", *rows, "one;more"]).encode())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_file_whatever_breaks_it(data):
    try:
        found = read(b"name;id\n" + data)
    except BadList:
        return
    assert all(guest.name for guest in found.guests)
