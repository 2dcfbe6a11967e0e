import re
from dataclasses import fields

import pytest
from material import ROOT

from proctoring.settings import PREFIX, Settings, SettingsError


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
    assert listed == {field.name.upper() for field in fields(Settings)}
