"""Which Supabase project, with which key; and what its JSON cannot hold. Needs no Supabase."""

from __future__ import annotations

import base64
import json

import pytest
from stores import participant

from proctoring.settings import SettingsError, SupabaseSettings, supabase_settings
from proctoring.store import Rejected
from proctoring.store.supabase.rows import from_json, to_json
from proctoring.types import Participant

URL = "https://abc.supabase.co"


def jwt(role: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"role": role}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


@pytest.mark.parametrize("name", ["SECRET_KEY", "SERVICE_ROLE_KEY", "KEY"])
@pytest.mark.parametrize("key", ["sb_secret_abc", jwt("service_role")])
def test_the_environment_names_the_project_and_the_key(name: str, key: str) -> None:
    found = supabase_settings({"SUPABASE_URL": f"{URL}/", f"SUPABASE_{name}": key}, {})
    assert found == SupabaseSettings(URL, key)
    assert key not in repr(found)


def test_the_environment_comes_before_the_secrets_and_their_section_last() -> None:
    places = [
        {"SUPABASE_URL": f"{URL}/{number}", "SUPABASE_KEY": f"sb_secret_{number}"}
        for number in range(3)
    ]
    section = {"connections": {"supabase": places[2]}}
    for environment, secrets, expected in (
        (places[0], places[1] | section, 0),
        ({}, places[1] | section, 1),
        ({}, section, 2),
    ):
        found = supabase_settings(environment, secrets)
        assert found == SupabaseSettings(f"{URL}/{expected}", f"sb_secret_{expected}")


def test_without_a_word_of_supabase_there_is_none() -> None:
    assert supabase_settings({"PATH": "/bin", "SUPABASE_URL": ""}, {"connections": {}}) is None


@pytest.mark.parametrize("half", [{"SUPABASE_URL": URL}, {"SUPABASE_SECRET_KEY": "sb_secret_a"}])
def test_half_of_the_settings_is_told(half: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SUPABASE_"):
        supabase_settings(half, {})


@pytest.mark.parametrize("key", ["sb_publishable_abc", jwt("anon"), jwt("authenticated")])
def test_a_key_that_is_not_secret_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="secret key"):
        SupabaseSettings(URL, key)


# --- rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["\x00", "\ue000", "\ue0000", "\ue000\x001", "a\ue001b"])
def test_what_postgres_cannot_hold_comes_back_as_it_was(name: str) -> None:
    given = participant(name=name)
    row = to_json(given)
    assert "\x00" not in row["name"]
    assert from_json(Participant, row) == given


@pytest.mark.parametrize("changes", [{"name": "\ud800"}, {"name": float("inf")}])
def test_what_json_cannot_hold_is_rejected(changes: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        to_json(participant(**changes))
