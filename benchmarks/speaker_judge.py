"""How wrong a diarization is, as pyannote.metrics judges it.

Run by the reference environment's Python (`make reference`): JSON Lines in, each with `name`, the
true and the told turns as (start s, end s, speaker), and the length; JSON Lines out.
"""

from __future__ import annotations

import json
import sys
from typing import Any

COLLAR_S = 0.25  # to either side of a true change; pyannote's own number is for both together


def main() -> None:
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns: list[tuple[float, float, str]]) -> Any:
        made = Annotation()
        for number, (start, end, name) in enumerate(turns):
            made[Segment(start, end), number] = name
        return made

    ways = {
        "skipped": DiarizationErrorRate(collar=2 * COLLAR_S, skip_overlap=True),
        "counted": DiarizationErrorRate(collar=2 * COLLAR_S, skip_overlap=False),
    }
    for line in sys.stdin:
        asked = json.loads(line)
        truth, told = annotation(asked["truth"]), annotation(asked["told"])
        heard = Timeline([Segment(0, asked["length_s"])])
        answer = {"name": asked["name"]}
        for name, rate in ways.items():
            parts = rate(truth, told, uem=heard, detailed=True)
            wrong = parts["confusion"] + parts["missed detection"] + parts["false alarm"]
            answer[name] = (wrong, parts["total"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
