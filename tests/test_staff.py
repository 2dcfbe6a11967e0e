"""Sign-in for staff: who counts, and for how long."""

from __future__ import annotations

import pytest
from making import at
from signing import AUTH, NOW, claims

from proctoring.access.staff import SIGNED_IN_FOR_S, Outsider, Roster, SignedOut, standing
from proctoring.settings import PREFIX, Settings, SettingsError
from proctoring.store import StoreError
from proctoring.types import Staff, StaffRole

STAFF = frozenset({"ann@uni.example", "@exams.uni.example"})
ROLES = dict.fromkeys(STAFF, StaffRole.EXAMINER)


def read(listed, auth=AUTH):
    secrets = {} if auth is None else {"auth": auth}
    return Settings.read({PREFIX + "STAFF": listed}, secrets).staff


# --- settings ------------------------------------------------------------------------------


def test_without_a_provider_nobody_signs_in():
    assert read("", auth=None) is None
    assert Settings.read({}).staff is None


def test_staff_are_addresses_and_domains():
    assert read(" Ann@Uni.example , @exams.uni.example,, ") == STAFF


def test_with_a_provider_and_no_list_nobody_is_staff():
    assert read("") == frozenset()


@pytest.mark.parametrize(
    ("listed", "auth", "says"),
    [
        ("ann@uni.example", None, "no section"),
        ("uni.example", AUTH, "uni.example"),
        ("ann@uni.example eve@x.example", AUTH, "addresses or domains"),
        ("änn@uni.example", AUTH, "addresses or domains"),
        ("@", AUTH, "addresses or domains"),
        ("", {}, "lacks redirect_uri"),
        ("", "on", "lacks redirect_uri"),
        ("", AUTH | {"client_secret": ""}, "lacks client_secret"),
        ("", AUTH | {"cookie_secret": "xxx"}, "cookie_secret"),
        ("", AUTH | {"redirect_uri": "https://exams.example/"}, "redirect_uri"),
        ("", AUTH | {"server_metadata_url": "http://login.example/"}, "server_metadata_url"),
    ],
)
def test_what_would_only_look_closed_is_refused_at_the_start(listed, auth, says):
    with pytest.raises(SettingsError, match=says) as refused:
        read(listed, auth)
    assert PREFIX + "STAFF" in str(refused.value)
    assert "very secret" not in str(refused.value)
    assert "xxx" not in str(refused.value)


# --- who counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "email", ["ann@uni.example", "Ann@UNI.example", "bo@exams.uni.example", "b+x@EXAMS.uni.example"]
)
def test_who_is_listed_is_staff(email):
    assert standing(claims(email=email), ROLES, NOW) is StaffRole.EXAMINER


@pytest.mark.parametrize(
    "email",
    [
        "eve@uni.example",
        "ann@exam.uni.example",
        "ann@sub.exams.uni.example",
        "ann@uni.example.evil.example",
        "eve@evil.example@exams.uni.example",
        "@exams.uni.example",
        "exams.uni.example",
        "ann@uni.example\n",
        " ann@uni.example",
        "ann@uni.example,x@y.example",
        "bo@exam\u017f.uni.example",  # a long s, which upper case makes an S
        "",
        None,
        True,
        ["ann@uni.example"],
    ],
)
def test_who_is_not_listed_is_a_stranger(email):
    assert standing(claims(email=email), ROLES, NOW) is Outsider.STRANGER


def test_an_address_of_another_alphabet_is_nobody_elses():
    look_alike = "\u212aai@uni.example"  # the Kelvin sign, in lower case a plain k
    assert look_alike.lower() == "kai@uni.example"
    assert standing(claims(email=look_alike), {"kai@uni.example": StaffRole.EXAMINER}, NOW) is (
        Outsider.STRANGER
    )


def test_an_address_counts_before_its_domain():
    roles = {
        "@uni.example": StaffRole.REVIEWER,
        "ann@uni.example": StaffRole.PROCTOR,
        "@exams.uni.example": StaffRole.EXAMINER,
        "bo@exams.uni.example": StaffRole.REVIEWER,
    }
    for email, role in {
        "ann@uni.example": StaffRole.PROCTOR,
        "Eve@Uni.example": StaffRole.REVIEWER,
        "cy@exams.uni.example": StaffRole.EXAMINER,
        "bo@exams.uni.example": StaffRole.REVIEWER,
        "@uni.example": Outsider.STRANGER,
    }.items():
        assert standing(claims(email=email), roles, NOW) is role


# --- both lists ----------------------------------------------------------------------------


class Kept:
    """A list of staff that may fail to be read, and the time that it is read at."""

    def __init__(self, monkeypatch):
        self.now, self.asked, self.fails, self.roles = 100.0, 0, False, {}
        monkeypatch.setattr("proctoring.access.staff.time.monotonic", lambda: self.now)

    def __call__(self):
        self.asked += 1
        if self.fails:
            raise StoreError("no")
        return [Staff(entry, role, at(0)) for entry, role in self.roles.items()]


def test_the_setting_makes_examiners_whatever_the_store_says(monkeypatch):
    kept = Kept(monkeypatch)
    kept.roles = {"ann@uni.example": StaffRole.REVIEWER, "bo@uni.example": StaffRole.PROCTOR}
    assert Roster({"ann@uni.example"}, kept).roles() == {
        "ann@uni.example": StaffRole.EXAMINER,
        "bo@uni.example": StaffRole.PROCTOR,
    }
    assert Roster((), kept).roles() == kept.roles


def test_a_change_counts_after_thirty_seconds_at_most(monkeypatch):
    kept = Kept(monkeypatch)
    roster = Roster((), kept)
    assert roster.roles() == {}
    kept.roles = {"bo@uni.example": StaffRole.PROCTOR}
    kept.now += 29.9
    assert (roster.roles(), kept.asked) == ({}, 1)
    kept.now += 0.1
    assert roster.roles() == kept.roles
    kept.roles = {}
    kept.now += 30
    assert (roster.roles(), kept.asked) == ({}, 3)


def test_while_the_list_cannot_be_read_the_last_one_counts(monkeypatch):
    kept = Kept(monkeypatch)
    kept.fails = True
    roster = Roster({"ann@uni.example"}, kept)
    assert roster.roles() == {"ann@uni.example": StaffRole.EXAMINER}, "the setting alone"
    kept.fails, kept.roles = False, {"bo@uni.example": StaffRole.PROCTOR}
    known = roster.roles()
    assert len(known) == 2, "asked again at once"
    kept.fails, kept.now = True, kept.now + 31
    assert roster.roles() == known


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1, "yes"])
def test_an_address_counts_only_if_the_provider_says_that_it_verified_it(verified):
    assert standing(claims(email_verified=verified), ROLES, NOW) is Outsider.UNVERIFIED
    unsaid = claims()
    del unsaid["email_verified"]
    assert standing(unsaid, ROLES, NOW) is Outsider.UNVERIFIED


def test_a_sign_in_ends_with_its_time_and_one_without_a_time_never_begins():
    later = NOW + SIGNED_IN_FOR_S
    assert standing(claims(), ROLES, later) is StaffRole.EXAMINER
    assert standing(claims(), ROLES, later + 1) is Outsider.NOBODY
    for unknown in (None, "", str(NOW)):
        assert standing(claims(iat=unknown), ROLES, NOW) is Outsider.NOBODY


@pytest.mark.parametrize("said", [{}, {"is_logged_in": False}, claims(is_logged_in="yes")])
def test_who_has_not_signed_in_is_nobody(said):
    assert standing(said, ROLES, NOW) is Outsider.NOBODY


def test_signing_out_ends_this_sign_in_and_earlier_ones_of_the_same_account_alone():
    out = SignedOut()
    out.add(claims(iat=NOW), NOW + 60)
    assert claims(iat=NOW) in out
    assert claims(iat=NOW - 5) in out
    assert claims(iat=NOW + 1) not in out, "signed in again"
    assert claims(sub="2") not in out
    assert claims(iss="https://other.example") not in out
    out.add(claims(iat=NOW - 5), NOW + 61)
    assert claims(iat=NOW) in out, "an older tab, which signs out later, takes nothing back"


def test_what_is_over_anyway_is_not_remembered():
    out = SignedOut()
    out.add(claims(sub="1"), NOW)
    out.add(claims(sub="2", iat=NOW + SIGNED_IN_FOR_S + 1), NOW + SIGNED_IN_FOR_S + 1)
    assert len(out._until) == 1
