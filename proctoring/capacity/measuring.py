"""The measurement as a whole: about 20 s on an idle machine of two cores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from proctoring import __version__
from proctoring.capacity import service
from proctoring.capacity.figures import PICTURES_PER_S, Capacity, Costs, Mode
from proctoring.capacity.machine import this_machine
from proctoring.capacity.transport import webrtc_ms
from proctoring.load.clip import encode
from proctoring.load.scenarios import DEMO, KNOWN

TRANSPORT_S = 3.0
# The page's line and its reports, Streamlit, the desk, the records and their files, per candidate
# and second in ms. An allowance, not a measurement: `load` tells what a whole server takes.
ATTENDING_MS = 12.0


def measure(tell: Callable[[str], None]) -> Capacity:
    """Raises MediaError, BadScenario, TimeoutError: a part of the product does not work here.

    `tell` is told what comes next.
    """
    found = {}
    for mode in Mode:
        tell(f"looking and listening: {mode.value}")
        given = service.material(DEMO, PICTURES_PER_S[mode])
        found[mode] = service.measure(given, given[-1].t)
    tell("receiving by WebRTC")
    webrtc = webrtc_ms(encode(KNOWN["calm"], "webrtc"), TRANSPORT_S, PICTURES_PER_S[Mode.FULL])
    full, machine = found[Mode.FULL], this_machine()
    costs = Costs(
        camera={mode.value: round(one.camera_ms, 2) for mode, one in found.items()},
        sound=round(full.sound_ms, 2),
        webrtc=round(webrtc, 2),
        jpeg=round(full.decoding_ms / PICTURES_PER_S[Mode.FULL], 2),
        attending=ATTENDING_MS,
    )
    return Capacity(
        machine=machine.id,
        processor=machine.processor,
        cores=machine.cores,
        version=__version__,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        efficiency=round(full.efficiency, 3),
        costs=costs,
    )
