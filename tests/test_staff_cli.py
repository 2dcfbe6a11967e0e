"""`python -m proctoring staff`: the list of staff, kept by whoever runs the server."""

from __future__ import annotations

import pytest
from keeping import Kept, kept
from signing import write_secrets

from proctoring.types import StaffRole

__all__ = ["kept"]  # the fixture


def test_the_list_is_kept_by_a_command(kept: Kept, monkeypatch):
    assert kept.run("staff", "add", " Bo@Uni.example ", "--role", "reviewer")[:2] == (
        0,
        "bo@uni.example: reviewer\n",
    )
    status, out, err = kept.run("staff", "add", "@uni.example", "--role", "proctor")
    assert (status, out) == (0, "@uni.example: proctor\n")
    assert "[auth]" in err, "nobody need sign in here"
    assert [(one.entry, one.role) for one in kept.store.staff()] == [
        ("@uni.example", StaffRole.PROCTOR),
        ("bo@uni.example", StaffRole.REVIEWER),
    ]
    assert kept.run("staff", "add", "bo@uni.example", "--role", "examiner")[0] == 0
    out = kept.run("staff", "list")[1]
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["entry", "role"],
        ["@uni.example", "proctor"],
        ["bo@uni.example", "examiner"],
    ]
    assert kept.run("staff", "remove", "@UNI.example")[:2] == (0, "@uni.example: removed\n")
    assert [one.entry for one in kept.store.staff()] == ["bo@uni.example"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "uni.example", "--role", "proctor"), "must name addresses or domains"),
        (("add", "änn@uni.example", "--role", "proctor"), "must name addresses or domains"),
        (("add", "a@b.example,c@d.example", "--role", "proctor"), "must name addresses"),
        (("add", "a" * 310 + "@uni-of-many.example", "--role", "proctor"), "must name addresses"),
        (("remove", "uni.example"), "must name addresses or domains"),
        (("remove", "eve@uni.example"), "eve@uni.example is not on the list."),
    ],
)
def test_what_is_wrong_with_an_entry_is_one_line_and_changes_nothing(kept: Kept, arguments, says):
    status, out, err = kept.run("staff", *arguments)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert says in err
    assert kept.store.staff() == []


def test_entries_of_the_setting_are_listed_and_not_removed_by_the_command(
    kept: Kept, tmp_path, monkeypatch
):
    write_secrets(tmp_path)
    monkeypatch.setenv("OPENPROCTOR_STAFF", "ann@uni.example")
    assert kept.run("staff", "list") == (
        0,
        f"{'entry':<40} role      since\n{'ann@uni.example':<40} examiner  by OPENPROCTOR_STAFF\n",
        "",
    )
    status, out, err = kept.run("staff", "remove", "ann@uni.example")
    assert (status, out) == (2, "")
    assert "take it out there" in err
    status, _, err = kept.run("staff", "add", "ann@uni.example", "--role", "reviewer")
    assert status == 0
    assert "an examiner all the same" in err
    status, out, err = kept.run("staff", "remove", "ann@uni.example")
    assert (status, out) == (0, "ann@uni.example: removed\n")
    assert "take it out there" in err


@pytest.mark.parametrize(
    "arguments", [(), ("add", "a@b.example"), ("add", "--role", "boss", "x@y")]
)
def test_a_command_that_says_too_little_is_explained(kept: Kept, arguments):
    with pytest.raises(SystemExit) as left:
        kept.run("staff", *arguments)
    assert left.value.code == 2
