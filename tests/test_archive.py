"""An archive proves itself: whatever is done to it afterwards is found, and named."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from exams import still
from hypothesis import given, settings
from hypothesis import strategies as st
from keeping import Kept, kept
from making import at

from proctoring.archive import verify
from proctoring.traces.minutes import Recorder
from proctoring.types import Observation

__all__ = ["kept"]  # the fixture


@pytest.fixture
def folder(kept: Kept, tmp_path: Path) -> Path:
    recorder = Recorder("p", at(2), {"no_face": 0.0}, ["face_count"])
    recorder.note(Observation(3.0, "face_count", 2.0, reason="<i>two</i>"))
    for trace in (*recorder.step(3.0), *recorder.close(4.0)):
        kept.store.save_trace(trace)
    kept.store.save_still(still(data=b"a still"))
    assert kept.run("archive", "--meeting", "m", "--out", tmp_path / "exam")[0] == 0
    return tmp_path / "exam"


def records(folder: Path) -> list[bytes]:
    return (folder / verify.RECORDS).read_bytes().splitlines()


def put(folder: Path, lines: list[bytes]) -> None:
    (folder / verify.RECORDS).write_bytes(b"".join(line + b"\n" for line in lines))


def problem(folder: Path) -> str:
    with pytest.raises(verify.Broken) as broken:
        verify.verify(folder)
    return str(broken.value)


# --- what is in it ---------------------------------------------------------------------------


def test_it_holds_each_kind_of_record_and_each_picture_and_sound(folder: Path) -> None:
    kinds = {json.loads(line)["kind"] for line in records(folder)}
    assert kinds == {
        "meeting", "capability", "participant", "occurrence", "evidence", "warning_shown",
        "act", "answer", "coverage", "log", "observed", "still",
    }  # fmt: skip
    assert len(list((folder / "evidence").iterdir())) == 5
    (minute,) = (folder / "observed").iterdir()
    (told,) = gzip.decompress(minute.read_bytes()).splitlines()
    assert json.loads(told)["signal"] == "face_count"
    assert json.loads(told)["reason"] == "<i>two</i>"
    assert b"token_hash" not in (folder / verify.RECORDS).read_bytes()
    assert "archived" in records(folder)[-1].decode(), "it says itself that it was made"


def test_whoever_has_python_alone_can_check_it(kept: Kept, tmp_path: Path) -> None:
    """As a file or unpacked, by the verifier that came along and nothing of ours."""
    file = tmp_path / "exam.zip"
    kept.run("archive", "--meeting", "m", "--out", file)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(tmp_path / "unpacked")
    key = kept.run("archive", "--key")[1].strip()
    tool = tmp_path / "unpacked" / "verify.py"
    for target in (file, tmp_path / "unpacked"):
        done = subprocess.run(
            [sys.executable, "-I", "-S", tool, target, "--key", key],
            capture_output=True, text=True, cwd="/", check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout[:5]) == (0, "right"), done.stdout + done.stderr
    assert verify.main([str(file), "--key", "00" * 32]) == verify.WRONG
    assert verify.main([str(tmp_path / "nothing.zip")]) == verify.UNREADABLE
    assert verify.main([str(tool)]) == verify.UNREADABLE
    (tmp_path / "empty").mkdir()
    assert verify.main([str(tmp_path / "empty")]) == verify.UNREADABLE


def test_what_was_erased_is_told_and_not_there(kept: Kept, tmp_path: Path) -> None:
    kept.run("erase", "--participant", "p", "--yes")
    assert kept.run("archive", "--meeting", "m", "--out", tmp_path / "exam")[0] == 0
    assert len(list((tmp_path / "exam" / "evidence").iterdir())) == 2
    verify.verify(tmp_path / "exam")


def test_it_takes_no_place_of_anything_and_says_what_is_missing(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    status, _, said = kept.run("archive", "--meeting", "m", "--out", tmp_path / "there")
    assert (status, "there already" in said) == (2, True)
    assert (tmp_path / "there").read_text() == "mine"
    assert kept.run("archive", "--meeting", "x", "--out", tmp_path / "new")[0] == 2
    assert not (tmp_path / "new").exists()
    assert "--meeting ID" in kept.run("archive")[2]


def test_the_key_stays_and_is_the_owners_alone(kept: Kept) -> None:
    (first, second) = (kept.run("archive", "--key")[1] for _ in range(2))
    assert first == second
    assert (kept.folder / "archive.key").stat().st_mode & 0o077 == 0


def test_servers_with_one_sealing_key_sign_alike(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENPROCTOR_SEALING_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    shared = kept.run("archive", "--key")[1]
    monkeypatch.setenv("OPENPROCTOR_DATA_DIR", str(kept.folder / "elsewhere"))
    assert kept.run("archive", "--key")[1] == shared != ""


# --- what is done to it ------------------------------------------------------------------------


def changed(line: bytes) -> bytes:
    record = json.loads(line)
    record["content"]["put_in"] = "more"
    return verify.canonical(record)


Tamper = Callable[[list[bytes], int], list[bytes]]
TAMPERS: dict[str, Tamper] = {
    "changed": lambda lines, at: [*lines[:at], changed(lines[at]), *lines[at + 1 :]],
    "left out": lambda lines, at: lines[:at] + lines[at + 1 :],
    "repeated": lambda lines, at: [*lines[: at + 1], *lines[at:]],
    "garbage": lambda lines, at: [*lines[:at], b"{", *lines[at + 1 :]],
    "deep": lambda lines, at: [*lines[:at], b"[" * 100_000, *lines[at + 1 :]],
}


@pytest.mark.parametrize("how", TAMPERS)
def test_the_first_record_that_is_not_as_it_was_is_named(folder: Path, how: str) -> None:
    """Of each kind of record one is changed, left out, put in again, or made unreadable."""
    whole = records(folder)
    first = {json.loads(line)["kind"]: place for place, line in reversed([*enumerate(whole)])}
    for place in first.values():
        put(folder, TAMPERS[how](whole, place))
        is_end = how == "left out" and place == len(whole) - 1
        named = f"Record {place + (2 if how == 'repeated' else 1)} "
        assert ("cut off" if is_end else named) in problem(folder)
    put(folder, whole)
    verify.verify(folder)


def test_two_that_changed_places_are_told(folder: Path) -> None:
    lines = records(folder)
    put(folder, [lines[1], lines[0], *lines[2:]])
    assert "Record 1 " in problem(folder)


def test_a_chain_that_was_made_anew_is_told_by_its_signature(folder: Path) -> None:
    head, lines = verify.START, []
    for number, line in enumerate(records(folder), start=1):
        record = json.loads(line)
        record["content"].pop("summary", None)
        head = verify.digest(head, number, record["kind"], record["content"])
        lines.append(verify.canonical(record | {"hash": head}))
    put(folder, lines)
    assert "signed" in problem(folder)
    checkpoint = json.loads((folder / verify.CHECKPOINT).read_text()) | {"head": head}
    (folder / verify.CHECKPOINT).write_text(json.dumps(checkpoint))
    assert "not what was signed" in problem(folder)
    signer = Ed25519PrivateKey.generate()  # and signed by somebody else
    checkpoint |= {"key": signer.public_key().public_bytes_raw().hex()}
    del checkpoint["signature"]
    signature = signer.sign(verify.canonical(checkpoint)).hex()
    (folder / verify.CHECKPOINT).write_text(json.dumps(checkpoint | {"signature": signature}))
    verify.verify(folder)  # whole, and not the exam office's: that is what --key is for
    with pytest.raises(verify.Broken, match="another key"):
        verify.verify(folder, "ab" * 32)


def test_a_cut_end_is_told(folder: Path) -> None:
    put(folder, records(folder)[:-2])
    assert "cut off" in problem(folder)


def test_a_picture_that_was_changed_left_out_or_put_in_is_told(folder: Path) -> None:
    picture = next((folder / "evidence").glob("*.jpg"))
    kept = picture.read_bytes()
    picture.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert "not the file that was kept" in problem(folder)
    picture.unlink()
    assert "is missing" in problem(folder)
    picture.write_bytes(kept)
    verify.verify(folder)
    shutil.copy(picture, folder / "evidence" / "more.jpg")
    assert "more.jpg was put in" in problem(folder)


def test_a_minute_of_observations_that_was_changed_left_out_or_put_in_is_told(folder: Path) -> None:
    (minute,) = (folder / "observed").iterdir()
    kept = minute.read_bytes()
    for broken in (kept[:-1], kept + b"x", bytes([kept[0] ^ 1]) + kept[1:], b""):
        minute.write_bytes(broken)
        assert "not the file that was kept" in problem(folder)
    minute.unlink()
    assert "(observed)" in problem(folder)
    minute.write_bytes(kept)
    verify.verify(folder)
    shutil.copy(minute, folder / "observed" / "more.jsonl.gz")
    assert "more.jsonl.gz was put in" in problem(folder)


def test_pictures_in_it_are_as_they_were_kept_and_it_says_so(kept: Kept, folder: Path) -> None:
    """Their hashes are what is proved, so nothing in it is blurred: it is made by an operator,
    for examiners."""
    refs = [ref for ref in kept.store.evidence_of("p") if ref.media_type == "image/jpeg"]
    for ref in refs:
        assert (folder / "evidence" / f"{ref.id}.jpg").read_bytes() == kept.store.evidence(
            ref.id
        ).data
    assert "as they were\ntaken" in (folder / "README.txt").read_text()


def test_a_name_that_is_twice_in_the_file_is_told(folder: Path, tmp_path: Path) -> None:
    """Two programs may read two of them."""
    file = tmp_path / "twice.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for path in (p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder))
    verify.verify(file)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(verify.CHECKPOINT, (folder / verify.CHECKPOINT).read_bytes())
    with pytest.raises(verify.Broken, match="twice"):
        verify.verify(file)


def test_any_byte_that_flips_in_what_counts_is_told(folder: Path) -> None:
    rng = os.urandom
    for name in (verify.RECORDS, verify.CHECKPOINT):
        whole = (folder / name).read_bytes()
        for _ in range(60):
            place = int.from_bytes(rng(4), "big") % len(whole)
            broken = bytearray(whole)
            broken[place] ^= 1
            (folder / name).write_bytes(broken)
            if _means_the_same(name, whole, bytes(broken)):
                continue
            with pytest.raises((verify.Broken, verify.Unreadable)):
                verify.verify(folder)
        (folder / name).write_bytes(whole)


def _means_the_same(name: str, one: bytes, other: bytes) -> bool:
    """White space of the checkpoint, which JSON does not count."""
    try:
        return name == verify.CHECKPOINT and json.loads(one) == json.loads(other)
    except ValueError:
        return False


# --- its signature -----------------------------------------------------------------------------

RFC_8032 = (  # section 7.1, tests 1 to 3: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_signatures_of_the_standard_are_right(public: str, message: str, signature: str) -> None:
    given = [bytes.fromhex(value) for value in (public, message, signature)]
    assert verify.is_ed25519(*given)
    assert not verify.is_ed25519(given[0], given[1] + b"x", given[2])


@settings(deadline=None)  # a busy machine is no error
@given(message=st.binary(max_size=200), place=st.integers(0, 63), bit=st.integers(0, 7))
def test_it_agrees_with_the_library(message: bytes, place: int, bit: int) -> None:
    signer = Ed25519PrivateKey.generate()
    public, signature = signer.public_key().public_bytes_raw(), signer.sign(message)
    assert verify.is_ed25519(public, message, signature)
    broken = bytearray(signature)
    broken[place] ^= 1 << bit
    assert not verify.is_ed25519(public, message, bytes(broken))


@given(public=st.binary(max_size=40), signature=st.binary(max_size=70))
def test_no_bytes_that_are_no_signature_pass(public: bytes, signature: bytes) -> None:
    assert not verify.is_ed25519(public, b"", signature)
