import json
import re
from dataclasses import fields

import pytest
from material import ROOT

from proctoring.settings import (
    PREFIX,
    SUPABASE_KEYS,
    SUPABASE_URL,
    Settings,
    SettingsError,
    read_secrets,
)


def test_without_an_environment_the_defaults_hold():
    assert Settings.read({}) == Settings()


STUN = '[{"urls": "stun:t.example"}]'
BARE = '[{"urls": ["turn:t.example", "turns:t.example:443?transport=tcp"]}]'
SECRET = "f00f" * 8


def read(**values):
    return Settings.read({PREFIX + name: value for name, value in values.items()})


def test_ice_servers_are_json_as_browsers_take_it():
    known = {"username": "u", "credential": "c"}
    text = json.dumps([{"urls": "turn:t.example"} | known, {"urls": ["stun:10.0.0.1:3478"]}])
    assert read(ICE_SERVERS=text).ice_servers == (
        {"urls": ["turn:t.example"]} | known,
        {"urls": ["stun:10.0.0.1:3478"]},
    )
    assert read(ICE_SERVERS=BARE, TURN_SECRET=SECRET).turn_secret == SECRET


@pytest.mark.parametrize(
    ("values", "what_to_do"),
    [
        ({"ICE_SERVERS": BARE}, "TURN_SECRET to its static-auth-secret"),
        ({"TURN_SECRET": SECRET}, "take the secret away"),
        ({"TURN_SECRET": SECRET, "ICE_SERVERS": STUN}, "take the secret away"),
        ({"TURN_SECRET": "short", "ICE_SERVERS": BARE}, "openssl rand"),
        ({"ICE_SERVERS": '[{"urls": "turn:t", "username": "u"}]'}, "write both"),
        ({"ICE_SERVERS": '[{"urls": "turn://t.example"}]'}, "turn:HOST:PORT"),
        ({"ICE_SERVERS": '[{"urls": "turn:t?transport=sctp"}]'}, "turn:HOST:PORT"),
        ({"ICE_SERVERS": '[{"urls": "turns:t?transport=udp"}]'}, "turns:HOST:PORT"),
        ({"ICE_SERVERS": '[{"urls": "stun:t?transport=udp"}]'}, "stun:HOST:PORT"),
        ({"ICE_SERVERS": '[{"urls": "turn:[2001:db8::1]"}]'}, "IPv4"),
        ({"ICE_SERVERS": '[{"urls": "https://t.example"}]'}, "stun:HOST:PORT"),
        ({"ICE_SERVERS": '[{"urls": []}]'}, "JSON list such as"),
        ({"ICE_SERVERS": '[{"urls": "turn:t", "username": 1, "credential": "c"}]'}, "JSON list"),
        ({"ICE_SERVERS": '[{"urls": "turn:t", "user": "u", "credential": "c"}]'}, "JSON list"),
    ],
)
def test_turn_servers_that_cannot_work_are_told_in_one_line_with_the_cure(values, what_to_do):
    with pytest.raises(SettingsError, match=re.escape(what_to_do)) as error:
        read(**values)
    assert "\n" not in str(error.value)
    assert all(secret not in str(error.value) for secret in (SECRET, "short'", '"c"'))


def test_no_secret_is_in_what_settings_print():
    text = '[{"urls": "turn:t", "username": "ada", "credential": "very-secret"}]'
    settings = Settings(
        ice_servers=(*read(ICE_SERVERS=text).ice_servers, {"urls": ["turn:t"]}), turn_secret=SECRET
    )
    assert "very-secret" not in repr(settings)
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ICE_SERVERS", "turn:t.example"),
        ("ICE_SERVERS", '{"urls": "x"}'),
        ("ICE_SERVERS", '[{"url": "x"}]'),
        ("ICE_SERVERS", "[1]"),
        ("PUBLIC_URL", "exams.example.org"),
        ("FRAMES_PER_S", "many"),
        ("FRAMES_PER_S", "0"),
        ("STILLS_PER_S", "60"),
        ("DESK_BUDGET", "0"),
        ("DESK_BUDGET", "-3"),
        ("DESK_BUDGET", "a dozen"),
        ("LOOK_EVERY_MIN", "241"),
    ],
)
def test_a_setting_that_cannot_be_understood_names_itself(name, value):
    with pytest.raises(SettingsError, match=PREFIX + name):
        Settings.read({PREFIX + name: value})


def test_the_operators_page_lists_every_setting_and_no_other():
    text = (ROOT / "docs" / "operator.md").read_text()
    listed = set(re.findall(rf"^\| `{PREFIX}(\w+)`", text, re.MULTILINE))
    assert listed == {field.name.upper() for field in fields(Settings)} - {"SUPABASE"}
    assert all(name in text for name in (SUPABASE_URL, *SUPABASE_KEYS))


def test_secrets_are_those_of_streamlit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert read_secrets() == {}
    for folder, number in ((tmp_path / "home", 1), (tmp_path, 2)):
        (folder / ".streamlit").mkdir(parents=True)
        text = f'SUPABASE_URL = "https://{number}.supabase.co"\nSUPABASE_KEY = "sb_secret_{number}"'
        (folder / ".streamlit" / "secrets.toml").write_text(text)
    found = Settings.read({}, read_secrets()).supabase
    assert found
    assert found.url == "https://2.supabase.co"


def test_secrets_that_cannot_be_read_are_named_and_not_repeated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("SUPABASE_KEY = sb_secret_x")
    with pytest.raises(SettingsError, match=r"secrets\.toml") as error:
        read_secrets()
    assert "sb_secret_x" not in str(error.value)
