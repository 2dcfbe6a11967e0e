"""The signals of a candidate's last ten minutes, as small plots for a desk that looks at them.

From the running session where it is here; what was before it, or elsewhere, is as it was kept,
minute by minute. Not to be called on the server's loop: it waits for the store.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from proctoring.coverage_view import analysers_of
from proctoring.live.recent import KEPT_S
from proctoring.policy.presets import PRESETS
from proctoring.review.plots import Plot, plots
from proctoring.services import Services
from proctoring.traces.minutes import Damaged, stretches
from proctoring.types import Meeting

POINTS = 75  # of one plot: one in eight seconds


def recent_message(
    services: Services, meeting: Meeting, participant_id: str, now: datetime
) -> dict[str, Any]:
    """See `proctoring.review.plots` for a plot. Raises StoreError."""
    since = now - timedelta(seconds=KEPT_S)
    seat = services.seat(participant_id)
    live = seat.session.recent if seat else None
    known = [live.stretch()] if live else []
    if live is None or live.started_at > since:
        until = live.started_at if live else now
        kept = services.store.traces(participant_id)
        try:
            found = stretches([one for one in kept if one.ended_at >= since])
        except Damaged:
            found = []  # the review says so
        known = [one for one in found if one.started_at < until] + known
    rules = [rule for kind in analysers_of(meeting) for rule in kind.rules]
    drawn = plots(known, PRESETS[meeting.preset].rules(rules), since, now, most_points=POINTS)
    return {
        "type": "recent",
        "participant_id": participant_id,
        "from": since.isoformat(),
        "seconds": KEPT_S,
        "plots": [_rounded(plot) for plot in drawn],
    }


def _rounded(plot: Plot) -> Plot:
    """Four figures: nobody sees more, and most of the message is numbers."""
    lines = [
        [[round(t, 1), _short(low), _short(high)] for t, low, high in line]
        for line in plot["lines"]
    ]
    spans = {
        name: [[round(a, 1), round(b, 1), *rest] for a, b, *rest in plot[name]]
        for name in ("bad", "unsure")
    }
    return plot | {"lines": lines} | spans


def _short(value: float) -> float:
    return float(f"{value:.4g}")
