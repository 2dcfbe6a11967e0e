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


def test_ice_servers_are_json_as_browsers_take_it():
    settings = Settings.read({f"{PREFIX}ICE_SERVERS": '[{"urls": "turn:t.example"}]'})
    assert settings.ice_servers == ({"urls": "turn:t.example"},)


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
