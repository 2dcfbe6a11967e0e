"""What people are told when the remote store is behind."""

from __future__ import annotations

from datetime import datetime, timedelta

from proctoring.store.embedded.outbox import Summary

UNTOLD = timedelta(seconds=3)  # a failure that passes so soon is not worth a sentence


def problem(name: str, outbox: Summary, unreachable_since: datetime | None, now: datetime) -> str:
    """Sentences for the proctor and the operator; empty when all is well.

    `name` is the remote store's; `unreachable_since` is when reading from it began to fail.
    """
    sentences = []
    since = min(filter(None, (outbox.failing_since, unreachable_since)), default=None)
    if since and not timedelta(0) <= now - since < UNTOLD:  # the clock may have been set back
        told = f"{name} cannot be reached since {since:%H:%M} UTC"
        if outbox.waiting == 1:
            sentences.append(f"{told}; 1 record waits on this server and is shown here.")
        elif outbox.waiting:
            waiting = f"{outbox.waiting} records wait on this server and are shown here."
            sentences.append(f"{told}; {waiting}")
        else:
            sentences.append(f"{told}; what other servers record is not shown meanwhile.")
    if outbox.refused:
        records = (
            "1 record that is" if outbox.refused == 1 else f"{outbox.refused} records that are"
        )
        sentences.append(
            f"{name} refused {records} kept on this server alone. The last: {outbox.last_reason}"
        )
    return " ".join(sentences)
