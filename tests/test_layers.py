"""Who may import whom. The rule is the table; the test only reads it.

"audit" stands for the whole package, "audit.chain" for that module of it alone.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE = {"types", "ids"}
PIPELINE = BASE | {"rules", "folding", "coverage", "evidence", "presets", "exam", "recall"}
PIPELINE |= {"traces", "trace_form", "perception", "analysers", "challenge", "waveform"}
MAY_IMPORT = {
    "types": set(),
    "ids": set(),
    "settings": {"access.staff"},
    "access": BASE | {"access", "store"},
    "audit": BASE | {"audit", "plaintext", "store"},
    "privacy": {"types", "audit", "plaintext", "sealing", "store", "privacy", "traces"},
    "sealing": set(),
    "plaintext": set(),
    "journey": {"types", "plaintext"},
    "acts": {"types", "ids", "plaintext", "adjustments"},
    "adjustments": {"types"},
    "standing": {"types", "acts", "adjustments"},
    "talk": {"types", "acts", "adjustments", "standing"},
    "ledger": {"types", "acts", "standing", "store"},
    "desks": {"types", "audit"},
    "acting": {"types", "access", "acts", "ledger", "store"},
    "outage": {"types", "acts", "ledger", "standing", "store"},
    "measuring": PIPELINE | {"adjustments", "pipeline"},
    "stretches": {"types", "coverage", "pipeline"},
    "paper": {"types", "plaintext", "paper"},
    "review": {"types", "acts", "analysers", "cards", "plaintext", "standing", "store", "views"}
    | {"review", "rules", "signal_names", "traces"},
    "archive": {"types", "access.tokens", "store", "archive"},
    "appeals": {"types", "plaintext"},
    "own": {"types", "acts", "appeals", "audit.events", "review"},
    "sitting": {"types", "paper", "store"},
    "papers": {"types", "audit", "paper", "store"},
    "office": BASE | {"access", "audit", "plaintext", "privacy", "store"},
    "seats": PIPELINE
    | {"adjustments", "audit", "capture", "ledger", "measuring"}
    | {"session", "settings", "standing", "store"},
    "folding": {"types"},
    "rules": BASE,
    "signal_names": set(),
    "trace_form": {"types"},
    "traces": BASE | {"trace_form"},
    "what_if": PIPELINE | {"policy_file"},
    "coverage": BASE,
    "evidence": BASE | {"perception", "waveform"},
    "exam": {"types"},
    "recall": {"types", "exam"},
    "enrolment": {"types", "exam", "perception"},
    "voice_enrolment": {"types", "exam", "perception", "enrolment"},
    "presets": {"types"},
    "challenge": {"types"},
    "models": {"types", "perception"},
    "perception": {"types", "perception"},
    "analysers": {"types", "exam", "challenge", "perception", "analysers"},
    "pipeline": PIPELINE | {"adjustments"},
    "media": {"types"},
    "replay": PIPELINE | {"media", "pipeline", "enrolment"},
    "cards": set(),
    "report": PIPELINE | {"cards", "replay", "signal_names", "time_axis"},
    "reference": {"types", "exam", "perception", "analysers", "replay"},
    "reports": {"types"},
    "session": {"types", "challenge", "coverage", "evidence", "pipeline", "reports", "stretches"},
    "check_in": PIPELINE | {"acts", "check_in", "enrolment", "media", "voice_enrolment"},
    "capture": {"types"},
    "store": BASE
    | {
        "access.tokens",
        "audit.chain",
        "audit.events",
        "audit.papers",
        "folding",
        "sealing",
        "settings",
    }
    | {"store", "__init__"},
    "allowances": {"types", "analysers"},
    "consent": {"types", "allowances", "analysers"},
    "services": BASE
    | {"access", "audit", "capture", "consent", "office", "plaintext", "privacy"}
    | {
        "acting",
        "desks",
        "acts",
        "journey",
        "ledger",
        "outage",
        "standing",
        "seats",
        "settings",
        "store",
        "upkeep",
        "analysers",
    },
    "upkeep": {"types", "ledger", "privacy", "standing", "store"},
    "views": BASE
    | {"cards", "rules", "folding", "session", "analysers"}
    | {"standing", "store", "seats", "talk"},
    "api": BASE
    | {"access", "analysers", "challenge", "services", "store", "views"}
    | {"acts", "adjustments", "check_in", "enrolment", "media", "perception", "recall", "standing"}
    | {"paper", "sitting", "standing"}
    | {"acting", "plaintext", "reports", "review", "seats", "session", "talk", "api"}
    | {"appeals", "audit.events", "own", "presets", "privacy", "traces", "what_if"}
    | {"__init__"},
    "server": {"services", "settings"},
    "ui": BASE
    | {"access", "acts", "allowances", "analysers", "audit", "capture", "check_in"}
    | {"standing"}
    | {"consent", "journey", "office", "paper", "papers", "seats"}
    | {"plaintext", "presets", "server", "services", "store", "ui", "views"},
    "cli": PIPELINE
    | {
        "media",
        "cards",
        "replay",
        "report",
        "reference",
        "settings",
        "store",
        "diarization",
        "cli",
        "__init__",
    }
    | {
        "single",
        "policy_file",
        "what_if",
        "enrolment",
        "voice_enrolment",
        "voice_report",
        "waveform",
    }
    | {
        "access.staff",
        "access.tokens",
        "archive",
        "audit",
        "paper",
        "papers",
        "privacy",
        "review",
        "sealing",
    },
    "diarization": {"types", "perception"},
    "voice_report": PIPELINE | {"diarization", "pipeline", "replay"},
    "waveform": {"types", "perception", "time_axis"},
    "time_axis": set(),
    "single": PIPELINE | {"enrolment"},
    "policy_file": {"types", "exam", "presets", "analysers"},
    "compat": {"types", "media", "perception"},
    "__main__": {"cli"},
}
HOME = {  # a heavy or a platform's library has one home
    "streamlit": {"ui", "server"},
    "streamlit_webrtc": {"capture", "server", "api"},
    "aiortc": {"api"},
    "av": {"capture", "media", "report"},
    "mediapipe": {"reference"},
    "face_recognition": {"reference"},
    "resemblyzer": {"reference"},
    "onnxruntime": {"perception"},
    "yuface": {"perception"},
    "pocketsphinx": {"perception"},
    "webrtcvad": {"perception"},
    "sqlite3": {"store"},
    "cryptography": {"sealing", "archive"},
    "supabase": {"store"},
    "starlette": {"api"},
    "websockets": {"api"},
    "yaml": {"paper"},
    "reportlab": {"review"},
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
            assert rest.split(".")[0] in MAY_IMPORT["ui"], name
        else:
            assert top not in HOME or top in ("streamlit", "streamlit_webrtc"), name


@pytest.mark.parametrize(
    "name", ["types", "rules", "folding", "coverage", "evidence", "pipeline", "replay"]
)
def test_what_decides_reads_no_clock(name):
    source = (ROOT / "proctoring" / f"{name}.py").read_text()
    assert "import time" not in source
    assert ".now(" not in source
