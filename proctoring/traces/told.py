"""A minute of what was observed as JSON Lines, which need nothing of this program to be read."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from proctoring.traces.minutes import Damaged, stretches
from proctoring.types import Trace


def observations(trace: Trace) -> bytes:
    """In the order of time. Of one that is damaged, one line that says so."""
    try:
        (stretch,) = stretches([trace])
    except Damaged as error:
        return _line({"trace": trace.id, "problem": str(error)})
    found = [one for readings in stretch.readings.values() for one in readings.observations]
    return b"".join(
        _line(
            {
                "at": (stretch.started_at + timedelta(seconds=one.t)).isoformat(),
                "signal": one.signal,
                "value": one.value,
                "confidence": one.confidence,
                "span_s": one.span and [one.span[0] - one.t, one.span[1] - one.t],
                "reason": one.reason,
                "detail": one.detail,
            }
        )
        for one in sorted(found, key=lambda one: one.t)
    )


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass") + b"\n"
