"""Sealing: what opens, what does not, and that the same is the same."""

from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctoring.sealing import OVERHEAD, CannotOpen, OtherInstallation, Sealer, is_sealed
from proctoring.settings import PREFIX, Settings, SettingsError

SEALER = Sealer(bytes(range(32)))
WRAPPED = SEALER.new_key("p")
KEY = SEALER.open_key("p", WRAPPED)


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_what_is_sealed_opens_again(data: bytes, record: str) -> None:
    sealed = KEY.seal(record, data)
    assert KEY.open(record, sealed) == data
    assert is_sealed(sealed)
    assert len(sealed) == len(data) + OVERHEAD


def test_sealing_again_gives_the_same_bytes_and_anything_else_gives_others() -> None:
    again = SEALER.open_key("p", WRAPPED)
    assert KEY.seal("a", b"data") == again.seal("a", b"data")
    others = [KEY.seal("b", b"data"), KEY.seal("a", b"datb"), KEY.seal("a", b"data")]
    nonces = {sealed[5:17] for sealed in others}
    assert len(nonces) == 3


def test_a_sealed_value_opens_only_in_its_own_place() -> None:
    sealed = KEY.seal("a", b"data")
    with pytest.raises(CannotOpen, match="another place"):
        KEY.open("b", sealed)
    other = SEALER.open_key("q", SEALER.new_key("q"))
    with pytest.raises(CannotOpen):
        other.open("a", sealed)
    with pytest.raises(CannotOpen, match="was changed"):
        SEALER.open_key("q", WRAPPED)


def test_every_byte_of_a_sealed_value_counts() -> None:
    sealed = KEY.seal("a", b"data")
    for place in range(len(sealed)):
        forged = bytearray(sealed)
        forged[place] ^= 1
        with pytest.raises(CannotOpen):
            KEY.open("a", bytes(forged))
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            KEY.open("a", sealed[:length])


def test_every_byte_of_a_wrapped_key_counts() -> None:
    raw = base64.urlsafe_b64decode(WRAPPED)
    for place in range(len(raw)):
        forged = bytearray(raw)
        forged[place] ^= 1
        with pytest.raises(CannotOpen):
            SEALER.open_key("p", base64.urlsafe_b64encode(forged).decode())
    assert not is_sealed(b"\xff\xd8 a picture")
    for text in ("", "wrapped", "ü", WRAPPED[:-4]):
        with pytest.raises(CannotOpen):
            SEALER.open_key("p", text)


def test_another_installations_key_is_told_by_name() -> None:
    other = Sealer(secrets.token_bytes(32))
    with pytest.raises(OtherInstallation, match=f"{SEALER.key_id}.*{other.key_id}"):
        other.open_key("p", WRAPPED)


def test_no_two_wrapped_keys_are_alike_and_no_key_is_shown() -> None:
    assert SEALER.new_key("p") != SEALER.new_key("p")
    shown = repr(SEALER) + repr(KEY)
    assert "\\x" not in shown
    assert SEALER.key.hex() not in shown


def test_a_signature_is_of_this_installation_and_of_these_bytes() -> None:
    assert SEALER.sign(b"a") == Sealer(SEALER.key).sign(b"a")
    assert len({SEALER.sign(b"a"), SEALER.sign(b"b"), Sealer(bytes(32)).sign(b"a")}) == 3
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")


def test_the_key_of_the_settings_is_base64_and_is_never_repeated() -> None:
    text = base64.b64encode(bytes(32)).decode()
    settings = Settings.read({f"{PREFIX}SEALING_KEY": text})
    assert settings.sealing_key == bytes(32)
    assert "sealing_key" not in repr(settings)
    for bad in ("c2hvcnQ=", "no base64", text[:-4] + "secret"):
        with pytest.raises(SettingsError, match=f"{PREFIX}SEALING_KEY") as found:
            Settings.read({f"{PREFIX}SEALING_KEY": bad})
        assert bad not in str(found.value)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "for ever", "3651", "²"])
def test_days_of_keeping_are_whole_and_at_least_one(text: str) -> None:
    for name in ("KEEP_EVIDENCE_DAYS", "KEEP_RECORDS_DAYS"):
        with pytest.raises(SettingsError, match=PREFIX + name):
            Settings.read({PREFIX + name: text})
