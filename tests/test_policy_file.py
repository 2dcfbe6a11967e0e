"""A policy that is written down: what it says, and what it says that is wrong."""

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from material import ROOT

from proctoring.analysers import choices, rules_by_kind
from proctoring.policy.file import LARGEST, PolicyError, read_policy, without_file
from proctoring.policy.presets import PRESETS
from proctoring.types import Policy, Severity

NAMES = tuple(kind.name for kind in choices())


def written(folder, text, name="policy.toml"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_an_empty_file_is_the_standard_policy(tmp_path):
    found = read_policy(written(tmp_path, ""))
    assert (found.policy, found.signals, found.preset) == (Policy(), NAMES, PRESETS["standard"])


@pytest.mark.parametrize("name", ["policy.toml", "policy.json"])
def test_what_is_written_holds_in_either_format(tmp_path, name):
    text = {
        "policy.toml": """
            preset = "classic"
            may_look_down = true
            allowed_objects = ["book", "laptop"]
            [signals]
            speakers = false
        """,
        "policy.json": json.dumps(
            {
                "preset": "classic",
                "may_look_down": True,
                "allowed_objects": ["book", "laptop"],
                "signals": {"speakers": False},
            }
        ),
    }[name]
    found = read_policy(written(tmp_path, text, name))
    assert found.preset is PRESETS["classic"]
    assert found.policy.may_look_down
    assert found.policy.allowed_objects == {"book", "laptop"}
    assert found.signals == tuple(name for name in NAMES if name != "speakers")


@pytest.mark.parametrize("name", ["policy.toml", "policy.json"])
def test_thresholds_of_a_kind_win_over_the_preset(tmp_path, name):
    changes = {"enter_at": 0.6, "enter_after_s": 5, "severity": "alert", "weight": 0}
    text = {
        "policy.toml": 'preset = "classic"\n[thresholds.looking_away]\n'
        + "\n".join(f"{key} = {json.dumps(value)}" for key, value in changes.items()),
        "policy.json": json.dumps({"preset": "classic", "thresholds": {"looking_away": changes}}),
    }[name]
    found = read_policy(written(tmp_path, text, name))
    known = rules_by_kind()
    changed, other = found.preset.rules([known["looking_away"], known["no_face"]])
    assert (changed.enter_at, changed.exit_at) == (0.6, known["looking_away"].exit_at)
    assert (changed.enter_after_s, changed.exit_after_s) == (5, 0)
    assert (changed.severity, changed.weight) == (Severity.ALERT, 0)
    assert [other] == PRESETS["classic"].rules([known["no_face"]])


def test_what_is_not_named_stays_as_it_was(tmp_path):
    text = 'preset = "classic"\nmay_look_down = true\n[thresholds.no_face]\nweight = 0.5'
    was = read_policy(written(tmp_path, text + "\n[signals]\nspeakers = false"))
    assert read_policy(written(tmp_path, ""), was) == was
    more = "[thresholds.looking_away]\nweight = 0.3\n[signals]\ngaze = false"
    changed = read_policy(written(tmp_path, more), was)
    assert changed.policy == was.policy
    assert changed.preset.name == "classic"
    assert changed.preset.thresholds.keys() == {"no_face", "looking_away"}
    assert {*was.signals} - {*changed.signals} == {"gaze"}
    assert read_policy(written(tmp_path, 'preset = "standard"'), was).preset is PRESETS["standard"]


def test_the_example_of_the_guide_can_be_read(tmp_path):
    guide = (ROOT / "docs" / "examiner.md").read_text()
    example = guide.partition("```toml\n")[2].partition("```")[0]
    assert example
    assert read_policy(written(tmp_path, example)).policy.may_look_down


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("preset = \n", "this is no TOML: .*line 1"),
        ('preset = "standart"', "no preset 'standart'; did you mean standard?"),
        ("preset = 5", "preset is one of lenient, standard, strict, classic"),
        ("may_look_dwn = true", "no setting 'may_look_dwn'; did you mean may_look_down?"),
        ("quux = 1", "no setting 'quux'; there are preset, signals, allowed_objects"),
        ('may_look_down = "yes"', "may_look_down is true or false, not 'yes'"),
        ('allowed_objects = "book"', "a list of names"),
        ("allowed_objects = [1]", "a list of names"),
        ("[signals]\nface = true", "no signal 'face'; did you mean faces?"),
        ("[signals]\nfaces = 1", "signals.faces is true or false"),
        ("thresholds = 3", "thresholds is a table of kinds"),
        ("[thresholds.no_fac]\nenter_at = 1", "no kind 'no_fac'; did you mean no_face?"),
        ("[thresholds]\nno_face = 1", "thresholds.no_face is a table"),
        ("[thresholds.no_face]\nenter = 1", "no threshold 'enter'; "),
        ("[thresholds.no_face]\nenter_after_s = -1", "no_face.enter_after_s is a number from 0 to"),
        ("[thresholds.no_face]\nenter_after_s = nan", "is a number from 0 to 3600, not nan"),
        ("[thresholds.no_face]\nenter_after_s = true", "is a number from 0 to 3600, not True"),
        ('[thresholds.no_face]\nenter_at = "low"', "no_face.enter_at is a number, not 'low'"),
        ("[thresholds.no_face]\nweight = 2", "weight is a number from 0 to 1, not 2"),
        ('[thresholds.no_face]\nseverity = "bad"', "severity is one of info, warning, alert"),
        ("[thresholds.no_face]\nseverity = [1]", "severity is one of info, warning, alert"),
        ("[thresholds.no_face]\nenter_at = 5", "no_face: exit_at .1. has to be above enter_at .5."),
        ("[thresholds.phone_seen]\nexit_at = 0.5", "phone_seen: exit_at .0.5. has to be below"),
        ("[thresholds.picture_dark]\nweight = 0.1", "what is technical is never scored"),
        ('signals = ["faces"]', "signals is a table"),
        ("[signals]\n" + "".join(f"{name} = false\n" for name in NAMES), "leave at least one on"),
        (b"\xff\xfe\x00", "no text"),
        ("#" * (LARGEST + 1), "too long"),
    ],
)
def test_what_is_wrong_is_said_with_how_to_mend_it(tmp_path, text, says):
    path = written(tmp_path, text)
    with pytest.raises(PolicyError, match=says) as caught:
        read_policy(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(("text", "says"), [("{", "no JSON"), ("[]", "a policy is an object")])
def test_json_that_is_wrong_is_refused_as_json(tmp_path, text, says):
    with pytest.raises(PolicyError, match=says):
        read_policy(written(tmp_path, text, "policy.json"))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(PolicyError, match="no such file"):
        read_policy(tmp_path / "absent.toml")
    with pytest.raises(PolicyError, match="cannot be read"):
        read_policy(tmp_path)


@settings(deadline=None)
@given(content=st.binary(max_size=400))
def test_whatever_a_file_holds_it_is_a_policy_or_an_error_in_words(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    for name in ("fuzz.toml", "fuzz.json"):
        with contextlib.suppress(PolicyError):
            assert read_policy(written(folder, content, name)).signals


def test_a_shared_screen_is_of_the_journey_and_stays_whatever_a_policy_says(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_text("[signals]\ngaze = false\n", encoding="utf-8")
    was = replace(without_file(), signals=("faces", "gaze", "screen"))
    assert read_policy(path, was).signals == ("faces", "screen")
