"""Is this archive of an exam what was written? Needs Python 3.9 or later, and nothing else.

    python verify.py exam.zip [--key HEX]

Every line of records.jsonl takes in the line before it by its hash, and names the hash of the
picture, the sound or the minute of observations that belongs to it. checkpoint.json has the last
hash, signed (Ed25519). Whoever changes, leaves out, puts in or reorders anything after that breaks
the chain, and the first record that is not as it was is named.

Without --key the archive is checked against the key that it brings itself: that it is whole, and
not who wrote it. Ask the exam office for the key: `python -m proctoring archive --key` prints it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = 2  # 1 had no observations
RECORDS, CHECKPOINT = "records.jsonl", "checkpoint.json"
EVIDENCE, OBSERVED = "evidence/", "observed/"
START = "0" * 64  # stands before the first record
BESIDE = ("verify.py", "README.txt")  # come along, and prove nothing
RIGHT, WRONG, UNREADABLE = 0, 1, 2  # exit status


class Broken(Exception):
    """It is not what was written; the message names the first place."""


class Unreadable(Exception):
    """It is no archive, or cannot be read."""


class Archive:
    """A ZIP file, or a folder into which it was unpacked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: zipfile.ZipFile | None = None
        try:
            if not path.is_dir():
                self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise Unreadable(f"{path}: this is no archive ({error}).") from None

    def names(self) -> list[str]:
        """Of all files; a name that is there twice comes twice."""
        if self._zip:
            return [name for name in self._zip.namelist() if not name.endswith("/")]
        found = (path for path in self._path.rglob("*") if path.is_file())
        return [path.relative_to(self._path).as_posix() for path in found]

    def read(self, name: str) -> bytes:
        """Raises Broken."""
        try:
            return self._zip.read(name) if self._zip else (self._path / name).read_bytes()
        except (KeyError, FileNotFoundError):
            raise Broken(f"{name} is missing.") from None
        except (
            OSError,
            RuntimeError,
            NotImplementedError,
            zipfile.BadZipFile,
            ValueError,
        ) as error:
            raise Broken(f"{name} cannot be read: {error}.") from None


def verify(path: Path, key: str = "") -> dict[str, Any]:
    """What the archive says of itself, once it is proved. Raises Broken, Unreadable."""
    archive = Archive(path)
    names = archive.names()
    if RECORDS not in names and CHECKPOINT not in names:
        raise Unreadable(f"{path}: this is no archive of an exam.")
    checkpoint = _checkpoint(archive.read(CHECKPOINT), key)
    head, count, files = START, 0, set()
    for record in _records(archive.read(RECORDS)):
        head, count = record["hash"], record["number"]
        if "file" in record["content"]:
            files.add(_check_file(archive, record))
    if (head, count) != (checkpoint["head"], checkpoint["records"]):
        raise Broken(
            f"{RECORDS} ends after record {count}, and {checkpoint['records']} were signed:"
            " its end was cut off, or something was put there."
        )
    _check_names(names, files)
    return checkpoint


def digest(previous: str, number: int, kind: str, content: Any) -> str:
    """Hex SHA-256 of a record that comes after the one with the hash `previous`."""
    return hashlib.sha256(canonical([previous, number, kind, content])).hexdigest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _records(data: bytes) -> Iterator[dict[str, Any]]:
    previous = START
    for place, line in enumerate(data.splitlines(), start=1):
        try:
            record = json.loads(line)
            kind, content = str(record["kind"]), dict(record["content"])
            said, number = record["hash"], record["number"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Broken(f"Record {place} cannot be read.") from None
        if number != place or said != digest(previous, place, kind, content):
            raise Broken(
                f"Record {place} ({kind}) is not what was written there: it was changed, moved or"
                " put in, or one before it was left out."
            )
        previous = said
        yield record


def _check_file(archive: Archive, record: dict[str, Any]) -> str:
    name, kind = str(record["content"]["file"]), record["kind"]
    where = f"Record {record['number']} ({kind})"
    if not name.startswith((EVIDENCE, OBSERVED)) or ".." in name:
        raise Broken(f"{where} names a file outside of the archive.")
    try:
        data = archive.read(name)
    except Broken as broken:
        raise Broken(f"{where}: {broken}") from None
    if hashlib.sha256(data).hexdigest() != record["content"]["sha256"]:
        raise Broken(f"{where}: {name} is not the file that was kept.")
    return name


def _check_names(names: list[str], files: set[str]) -> None:
    known = {RECORDS, CHECKPOINT, *BESIDE, *files}
    for name in sorted(names):
        if name not in known:
            raise Broken(f"{name} was put in: no record names it.")
        if names.count(name) > 1:
            raise Broken(f"{name} is there twice.")


def _checkpoint(data: bytes, key: str) -> dict[str, Any]:
    try:
        checkpoint = dict(json.loads(data))
        signature = bytes.fromhex(checkpoint.pop("signature"))
        public = bytes.fromhex(checkpoint["key"])
        is_known = checkpoint["format"] in (1, FORMAT)
        is_signed = is_ed25519(public, canonical(checkpoint), signature)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Broken(f"{CHECKPOINT} cannot be read.") from None
    if not is_known:
        raise Unreadable("The archive is of another version: use the verify.py that came with it.")
    if not is_signed:
        raise Broken(f"{CHECKPOINT} is not what was signed.")
    if key and key.lower() != checkpoint["key"]:
        raise Broken(f"It was signed with another key: {checkpoint['key']}.")
    return checkpoint


# --- Ed25519, as RFC 8032 has it (section 5.1.7), for those who have no library for it ------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1
_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Y = 4 * pow(5, _P - 2, _P) % _P

_Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)


def is_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Was `signature` (64 bytes) made of `message` with the key to `public` (32 bytes)?"""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(hashed, "little") % _L
    left, right = _times(s, _BASE), _plus(r, _times(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % _P == 0 for i in (0, 1))


def _point(data: bytes) -> _Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    x2 = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(x2, (_P + 3) // 8, _P)
    if (x * x - x2) % _P:
        x = x * _ROOT % _P
    if (x * x - x2) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return (x, y, 1, x * y % _P)


def _plus(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _times(number: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _plus(result, point)
        point, number = _plus(point, point), number >> 1
    return result


def main(arguments: list[str] | None = None) -> int:
    """The exit status: 0 it is what was written, 1 it is not, 2 it cannot be read."""
    parser = argparse.ArgumentParser(description="Is this archive of an exam what was written?")
    parser.add_argument("archive", type=Path, help="the ZIP file, or the folder it was unpacked in")
    parser.add_argument("--key", default="", metavar="HEX", help="of the exam office, as it told")
    options = parser.parse_args(arguments)
    try:
        told = verify(options.archive, options.key)
    except Broken as broken:
        print(f"WRONG  {broken}")
        return WRONG
    except Unreadable as unreadable:
        print(unreadable, file=sys.stderr)
        return UNREADABLE
    print(f"right  {told['records']} records and their files, written {told['made_at']}")
    whose = "the key that you named" if options.key else f"key {told['key']}"
    print(f"       signed with {whose}; head {told['head']}")
    return RIGHT


if __name__ == "__main__":
    sys.exit(main())
