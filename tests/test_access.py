from __future__ import annotations

import base64
import os
import secrets
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stores import at_once

from proctoring.access.tokens import (
    KEY_BYTES,
    PASS_LASTS_S,
    DamagedKey,
    Passes,
    Refused,
    capability,
    hash_secret,
    load_key,
    new_meeting_id,
    new_secret,
)
from proctoring.types import Role

ROOT = Path(__file__).parent.parent
PASSES = Passes(bytes(KEY_BYTES))
BEARER = capability(Role.PROCTOR, "m", "secret")
ANYTHING = st.text(st.characters(exclude_categories=()))  # lone surrogates too

# --- secrets -------------------------------------------------------------------------------


def test_secrets_are_long_and_never_the_same() -> None:
    made = {new_secret() for _ in range(1000)}
    assert len(made) == 1000
    assert min(map(len, made)) >= 43  # 256 bits in base 64
    assert min(len(new_meeting_id()) for _ in range(1000)) >= 16  # 96 bits


def test_a_hash_is_of_one_secret_and_does_not_show_it() -> None:
    secret = new_secret()
    assert hash_secret(secret) == hash_secret(secret) != hash_secret(secret + "x")
    assert secret not in hash_secret(secret)


@given(ANYTHING)
def test_a_stranger_can_try_any_secret(text: str) -> None:
    assert len(hash_secret(text)) == 64


def test_a_capability_keeps_the_hash_alone() -> None:
    given_ = capability(Role.CANDIDATE, "m", "secret", "p")
    assert given_.token_hash == hash_secret("secret")
    assert "secret" not in repr(given_)
    assert given_.is_valid(datetime.now(UTC))


# --- passes --------------------------------------------------------------------------------


def test_a_pass_names_its_capability_and_shows_nothing_of_its_secret() -> None:
    token = PASSES.make(BEARER)
    assert PASSES.capability_id(token) == BEARER.id
    body = base64.urlsafe_b64decode(token.partition(".")[0] + "==").decode()
    assert BEARER.id in body
    assert BEARER.token_hash not in body
    assert BEARER.meeting_id not in body


def test_a_pass_expires() -> None:
    token = PASSES.make(BEARER, now=1000.0)
    assert PASSES.capability_id(token, now=999.0 + PASS_LASTS_S) == BEARER.id
    with pytest.raises(Refused):
        PASSES.capability_id(token, now=1000.0 + PASS_LASTS_S)


def test_a_pass_never_outlives_its_capability() -> None:
    ends = datetime.fromtimestamp(1060, UTC)
    token = PASSES.make(replace(BEARER, expires_at=ends), now=1000.0)
    assert PASSES.capability_id(token, now=1059.0) == BEARER.id
    with pytest.raises(Refused):
        PASSES.capability_id(token, now=1060.0)


def test_a_pass_of_another_installation_is_refused() -> None:
    with pytest.raises(Refused):
        PASSES.capability_id(Passes(os.urandom(KEY_BYTES)).make(BEARER))


def test_a_pass_with_any_character_changed_is_refused() -> None:
    token = PASSES.make(BEARER)
    for i, character in enumerate(token):
        changed = token[:i] + ("A" if character != "A" else "B") + token[i + 1 :]
        with pytest.raises(Refused):
            PASSES.capability_id(changed)


@given(ANYTHING)
def test_a_stranger_can_try_any_pass(token: str) -> None:
    with pytest.raises(Refused):
        PASSES.capability_id(token)


def test_a_pass_can_stand_in_a_header() -> None:
    token = PASSES.make(BEARER)
    assert all(character.isalnum() or character in "-_." for character in token)


def test_the_key_is_not_shown_and_never_short() -> None:
    assert repr(bytes(KEY_BYTES)) not in repr(PASSES)
    with pytest.raises(ValueError, match="short"):
        Passes(b"")


# --- the signing key -----------------------------------------------------------------------


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    key = load_key(path)
    assert len(key) == KEY_BYTES
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path], "nothing else is left"
    assert load_key(tmp_path / "another.key") != key


def test_threads_that_begin_at_once_get_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        path, keys = tmp_path / str(attempt), set[bytes]()
        at_once(*[lambda path=path, keys=keys: keys.add(load_key(path))] * 8)
        assert len(keys) == 1


def test_processes_that_begin_at_once_get_one_key(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from proctoring.access.tokens import load_key\n"
        "sys.stdin.readline()\n"
        "print([load_key(Path(sys.argv[1], str(i))).hex() for i in range(50)])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert len({process.communicate()[0] for process in processes}) == 1
    assert [process.returncode for process in processes] == [0, 0, 0]


@pytest.mark.parametrize("content", [b"", b"half a key"])
def test_a_damaged_key_is_told_and_never_used(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.key"
    path.write_bytes(content)
    with pytest.raises(DamagedKey, match="Delete it"):
        load_key(path)
    assert path.read_bytes() == content


def test_the_id_of_a_meeting_is_no_option_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-option-like", "-again", "an-id"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda count: next(drawn))
    assert new_meeting_id() == "an-id"
