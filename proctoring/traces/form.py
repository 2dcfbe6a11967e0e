"""How a trace is written: numbers to the last bit, in few bytes.

A version, and then zlib of a header in JSON and columns of numbers. Columns are laid byte by byte
(the first bytes of all numbers, then the second …), which packs better.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from proctoring.types import Observation, Trace

VERSION = 1
LONGEST_UNPACKED = 8_000_000  # bytes; more is nothing that was packed here

Numbers = npt.NDArray[np.float64]
Indexes = npt.NDArray[np.int32]

_NONE, _FLOAT, _INT = 0, 1, 2  # what a value was
_COUNT = 4  # bytes of the header's length


class Damaged(ValueError):
    """These are not the bytes of a trace; the message says why."""


def packed(
    header: dict[str, Any], told: list[float], noted: list[tuple[int, Observation]]
) -> bytes:
    """`noted`: with their batches, signal by signal, as many of each as the header says."""
    texts = {text: index for index, text in enumerate(header["texts"])}
    observations = [observation for _, observation in noted]
    times = dict.fromkeys(observation.t for observation in observations)
    places = {t: place for place, t in enumerate(times)}
    values = [o.value for o in observations]
    spans = [o.span for o in observations]
    header |= {"times": len(times)}
    head = json.dumps(header, separators=(",", ":")).encode(errors="surrogatepass")
    columns: tuple[npt.NDArray[Any], ...] = (
        np.array(told, np.float64),
        np.array(list(times), np.float64),
        _steps([batch for batch, _ in noted]),
        _steps([places[o.t] for o in observations]),
        np.array([_kind_of(value) for value in values], np.uint8),
        np.array([value for value in values if value is not None], np.float64),
        np.array([o.confidence for o in observations], np.float64),
        np.array([texts[o.reason] for o in observations], np.int32),
        np.array([texts[o.detail] for o in observations], np.int32),
        np.array([span is not None for span in spans], np.uint8),
        np.array([t for span in spans if span is not None for t in span], np.float64),
    )
    body = b"".join([len(head).to_bytes(_COUNT, "big"), head, *map(_laid, columns)])
    return bytes([VERSION]) + zlib.compress(body, 6)


def _kind_of(value: float | None) -> int:
    if value is None:
        return _NONE
    return _INT if isinstance(value, int) else _FLOAT


def _steps(numbers: list[int]) -> Indexes:
    return np.diff(np.array(numbers, np.int32), prepend=np.int32(0)).astype(np.int32)


def _laid(column: npt.NDArray[Any]) -> bytes:
    """The first bytes of all of its numbers, then the second …"""
    bytes_of = np.frombuffer(column.astype(column.dtype.newbyteorder("<")).tobytes(), np.uint8)
    return bytes_of.reshape(-1, column.itemsize).T.tobytes()


class Part:
    """One trace, opened. Raises Damaged."""

    def __init__(self, trace: Trace) -> None:
        try:
            self._open(trace.content)
        except Damaged as error:
            raise Damaged(f"The trace {trace.id} cannot be read: {error}.") from None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise Damaged(f"The trace {trace.id} cannot be read: {error!r}.") from None

    def _open(self, content: bytes) -> None:
        body = _inflated(content)
        length = _COUNT + int.from_bytes(body[:_COUNT], "big")
        self.header: dict[str, Any] = json.loads(body[_COUNT:length])
        _check(self.header)
        self._body, self._at = body, length
        self.told: Numbers = self._take(self.header["batches"], "f8")
        times = self._take(self.header["times"], "f8")
        count = sum(self.header["signals"].values())
        self._batches = np.cumsum(self._take(count, "i4"), dtype=np.int32)
        self._t = times[np.cumsum(self._take(count, "i4"))].tolist()
        kinds = self._take(count, "u1")
        self._values = self._put(kinds, self._take(int(np.count_nonzero(kinds)), "f8"))
        self._confidences = self._take(count, "f8").tolist()
        texts = self.header["texts"]
        self._reasons, self._details = (
            [texts[index] for index in self._take(count, "i4").tolist()] for _ in range(2)
        )
        has_span = self._take(count, "u1") != 0
        spans = self._take(2 * int(np.count_nonzero(has_span)), "f8").reshape(-1, 2).tolist()
        given = iter(spans)
        self._spans = [tuple(next(given)) if there else None for there in has_span.tolist()]
        if self._at != len(body):
            raise Damaged("it is longer than it says")

    def readings(self) -> Iterator[tuple[str, Indexes, list[Observation]]]:
        start = 0
        for signal, count in self.header["signals"].items():
            part = slice(start, start + count)
            rows = zip(
                self._t[part],
                self._values[part],
                self._confidences[part],
                self._spans[part],
                self._reasons[part],
                self._details[part],
                strict=True,
            )
            found = [
                Observation(t, signal, value, sure, (), None, span, reason, detail)
                for t, value, sure, span, reason, detail in rows
            ]
            yield signal, self._batches[part], found
            start += count

    def _take(self, count: int, kind: str) -> npt.NDArray[Any]:
        dtype = np.dtype(f"<{kind}")
        end = self._at + count * dtype.itemsize
        if count < 0 or end > len(self._body):
            raise Damaged("it is shorter than it says")
        laid = np.frombuffer(self._body[self._at : end], np.uint8).reshape(dtype.itemsize, -1)
        self._at = end
        return np.frombuffer(laid.T.tobytes(), dtype)

    @staticmethod
    def _put(kinds: npt.NDArray[Any], numbers: Numbers) -> list[float | None]:
        given = iter(numbers.tolist())
        return [
            None if kind == _NONE else int(next(given)) if kind == _INT else next(given)
            for kind in kinds.tolist()
        ]


def _inflated(content: bytes) -> bytes:
    if content[:1] != bytes([VERSION]):
        known = f"this program knows {VERSION}"
        raise Damaged(f"it is of version {content[0]}, and {known}" if content else "it is empty")
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(content[1:], LONGEST_UNPACKED)
    except zlib.error as error:
        raise Damaged(str(error)) from None
    if not unpacking.eof or unpacking.unused_data:
        raise Damaged("it was cut off, or something follows it")
    return body


def _check(header: dict[str, Any]) -> None:
    """So far that nothing else need ask. Raises Damaged."""
    counts = [header["batches"], header["times"], header["number"], *header["signals"].values()]
    times = [header["until_t"], *header["rules"].values()]
    is_sound = (
        all(type(count) is int and 0 <= count < 10**7 for count in counts)
        and type(header["started_at"]) is int
        and all(isinstance(t, int | float) for t in times)
        and isinstance(header["closed_t"], int | float | None)
        and all(isinstance(text, str) for text in header["texts"])
    )
    if not is_sound:
        raise Damaged("its header says what cannot be")
