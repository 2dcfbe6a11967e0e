"""Who may import whom. The rule is the table; the test only reads it.

"audit" stands for the whole package, "audit.chain" for that module of it alone.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE = {"types", "ids", "rungs"}
PIPELINE = BASE | {"rules", "folding", "coverage", "evidence", "policy.presets", "exam", "recall"}
PIPELINE |= {"policy.thresholds"}
PIPELINE |= {"traces", "perception", "pictures", "analysers", "challenge", "waveform"}
MAY_IMPORT = {
    # what flows, and what works on it
    "types": set(),
    "ids": set(),
    "rungs": set(),
    "folding": {"types"},
    "rules": BASE,
    "coverage": BASE,
    "exam": {"types"},
    "recall": {"types", "exam"},
    "challenge": {"types"},
    "waveform": {"types", "perception", "time_axis"},
    "pictures": {"types"},
    "evidence": BASE | {"perception", "pictures", "waveform"},
    "traces": BASE,
    "models": {"types", "media", "perception"},  # exporters read sounds to calibrate
    "perception": {"types"},
    "analysers": {"types", "exam", "challenge", "perception"},
    "policy": {"types", "exam", "analysers", "cards"},
    "pipeline": PIPELINE | {"acts.adjustments"},
    "what_if": PIPELINE | {"policy"},
    # a running exam
    "enrolment": {"types", "exam", "perception"},
    "check_in": PIPELINE | {"acts", "enrolment", "media", "store"},
    "paper": {"types", "plaintext"},
    "live": PIPELINE
    | {"acts.adjustments", "acts.ledger", "acts.standing", "audit", "paper"}
    | {"pipeline", "settings", "store"},
    # what people do, and what is kept of it
    "acts": BASE | {"access", "plaintext", "store"},
    "office": BASE
    | {"access", "acts", "analysers", "audit", "paper", "plaintext", "policy", "privacy", "store"}
    | {"traces", "what_if"},
    "consent": {"types", "analysers", "language", "policy"},
    "access": BASE | {"store"},
    "audit": BASE | {"plaintext", "store"},
    "integration": BASE | {"access.tokens", "sealing", "store"},
    "privacy": {"types", "audit", "plaintext", "sealing", "store", "traces"},
    "archive": {"types", "access.tokens", "store", "traces"},
    "store": BASE
    | {"access.tokens", "audit.chain", "audit.events", "audit.papers"}
    | {"folding", "sealing", "settings", "__init__"},
    "upkeep": {"types", "acts.ledger", "acts.standing", "privacy", "store"},
    # what people are shown
    "attention": {"types", "cards"},
    "coverage_view": {"types", "analysers"},
    "views": BASE
    | {"coverage_view"}
    | {"acts.standing", "acts.talk", "analysers", "cards", "folding", "live", "rules", "store"}
    | {"policy.consequence"},
    "review": {"types", "acts", "analysers", "cards", "language", "plaintext", "store", "views"}
    | {"policy.consequence"}
    | {"pictures", "rules", "signal_names", "traces"},
    "own": {"types", "acts", "audit.events", "language", "review"},
    "api": BASE
    | {"access", "acts", "analysers", "challenge", "services", "store", "views"}
    | {"attention", "coverage_view"}
    | {"check_in", "enrolment", "language", "live", "media", "own", "paper", "perception"}
    | {"pictures", "plaintext", "compat", "consent", "integration", "office", "policy"}
    | {"single", "speakers", "evidence"}
    | {
        "audit.events",
        "policy.presets",
        "policy.thresholds",
        "privacy",
        "recall",
        "review",
        "traces",
        "what_if",
    }
    | {"__init__"},
    "ui": BASE
    | {"capacity.admission", "capacity.booked"}
    | {"access", "acts", "analysers", "audit", "check_in", "consent", "language", "live"}
    | {"office", "paper"}
    | {"plaintext", "policy", "server", "services", "store", "views", "demo"},
    "settings": {"access.staff", "integration.platforms", "setting_values"},
    "setting_values": {"integration.platforms"},
    "joining": BASE | {"access", "acts", "live", "office", "plaintext", "store"},
    "services": BASE
    | {
        "joining",
        "access",
        "acts",
        "analysers",
        "audit",
        "capacity.figures",
        "capacity.gate",
        "consent",
        "integration",
        "live",
        "office",
    }
    | {"plaintext", "privacy", "settings", "store", "upkeep"},
    "demo": {"types", "analysers", "live.capture", "services", "store"},
    "server": {"demo", "services", "settings"},
    # made-up candidates: what a browser does, and nothing of the server's own
    "load": {"ids", "client", "live.capture", "live.codecs", "report"},
    "capacity": PIPELINE | {"live.capture", "load", "media", "pipeline", "store", "__version__"},
    # files instead of a candidate
    "media": {"types"},
    "replay": PIPELINE | {"media", "pipeline", "enrolment"},
    "report": PIPELINE | {"cards", "replay", "signal_names", "time_axis"},
    "reference": {"types", "exam", "perception", "analysers", "replay"},
    "single": PIPELINE | {"enrolment"},
    "speakers": PIPELINE | {"pipeline", "replay"},
    "compat": {"types", "media", "perception"},
    "client": set(),
    "cli": PIPELINE
    | {"capacity"}
    | {"access.staff", "access.tokens", "archive", "audit", "cards", "enrolment", "integration"}
    | {"live.ice", "load", "media", "plaintext"}
    | {"office.papers", "paper", "policy", "privacy", "reference", "replay", "report", "review"}
    | {"sealing", "settings", "single", "speakers", "store", "what_if", "__init__"},
    "__main__": {"cli"},
    # of no layer
    "cards": set(),
    "language": set(),
    "locales": {"analysers", "check_in", "language", "policy"},
    "plaintext": set(),
    "sealing": set(),
    "signal_names": set(),
    "time_axis": set(),
}
HOME = {  # a heavy or a platform's library has one home
    "streamlit": {"ui", "server", "load"},
    "streamlit_webrtc": {"live", "server", "api", "demo"},
    "aiortc": {"api", "demo", "live", "load", "capacity"},
    "aioice": {"cli"},
    "av": {"live", "media", "report", "load"},
    "mediapipe": {"reference"},
    "face_recognition": {"reference"},
    "resemblyzer": {"reference"},
    "onnxruntime": {"perception", "models"},
    "yuface": {"perception"},
    "pocketsphinx": {"perception"},
    "webrtcvad": {"perception"},
    "sqlite3": {"store", "integration"},
    "cryptography": {"sealing", "archive"},
    "supabase": {"store"},
    "starlette": {"api"},
    "pydantic": {"api"},
    "joserfc": {"integration"},
    "httpx": {"client", "integration", "store", "load"},
    "websockets": {"api", "load"},
    "yaml": {"paper"},
    "reportlab": {"review"},
    "babel": {"language", "locales"},
}


def modules():
    for path in sorted((ROOT / "proctoring").rglob("*.py")):
        part = path.relative_to(ROOT / "proctoring").parts[0].removesuffix(".py")
        if part != "__init__":
            yield pytest.param(part, path, id=str(path.relative_to(ROOT)))


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            if node.module.partition(".")[0] == "proctoring":
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize(("part", "path"), list(modules()))
def test_imports_go_down(part, path):
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "proctoring":
            package, _, module = rest.partition(".")
            targets = {package, f"{package}.{module.partition('.')[0]}"}
            assert targets & (MAY_IMPORT[part] | {part, "__version__"}), name
        elif top in HOME:
            assert part in HOME[top], name


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda p: p.name)
def test_pages_only_draw(path):
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "proctoring":
            assert rest.split(".")[0] in MAY_IMPORT["ui"] | {"ui"}, name
        else:
            assert top not in HOME or top in ("streamlit", "streamlit_webrtc"), name


@pytest.mark.parametrize(
    "name", ["types", "rules", "folding", "coverage", "evidence", "pipeline", "replay"]
)
def test_what_decides_reads_no_clock(name):
    source = (ROOT / "proctoring" / f"{name}.py").read_text()
    assert "import time" not in source
    assert ".now(" not in source
