"""Who may import whom. The rule is the table; the test only reads it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE = {"types", "ids"}
PIPELINE = BASE | {"rules", "folding", "coverage", "evidence", "presets", "perception", "analysers"}
MAY_IMPORT = {
    "types": set(),
    "ids": set(),
    "settings": set(),
    "access": BASE,
    "chain": {"types"},
    "sealing": set(),
    "auditing": BASE,
    "retention": {"types", "auditing", "store"},
    "export": {"types", "store"},
    "integrity": {"types", "auditing", "chain", "store"},
    "certificate": {"sealing", "store"},
    "limits": set(),
    "addresses": set(),
    "plaintext": set(),
    "admission": BASE | {"access", "limits", "store"},
    "journal": {"types", "store"},
    "office": BASE | {"access", "auditing", "journal", "plaintext", "retention", "store"},
    "seats": PIPELINE
    | {"auditing", "capture", "journal", "pipeline", "session", "settings", "store"},
    "folding": {"types"},
    "rules": BASE,
    "coverage": BASE,
    "evidence": BASE,
    "presets": {"types"},
    "models": {"types", "perception"},
    "perception": {"types", "perception"},
    "analysers": {"types", "perception", "analysers"},
    "pipeline": PIPELINE,
    "media": {"types"},
    "replay": PIPELINE | {"media", "pipeline"},
    "session": {"types", "evidence", "pipeline"},
    "capture": {"types"},
    "store": BASE
    | {"access", "auditing", "chain", "folding", "sealing", "settings", "store"}
    | {"__init__"},
    "consent": {"types", "analysers"},
    "services": BASE
    | {"access", "admission", "auditing", "capture", "journal", "office", "plaintext"}
    | {"retention", "seats", "settings", "store"},
    "views": BASE | {"rules", "folding", "session", "analysers", "store", "seats"},
    "api": BASE
    | {"access", "addresses", "admission", "analysers", "services", "store", "views"}
    | {"session", "api", "__init__"},
    "server": {"services", "settings"},
    "headers": set(),
    "ui": BASE
    | {"access", "addresses", "admission", "analysers", "auditing", "capture", "chain"}
    | {"consent", "office", "seats"}
    | {"plaintext", "presets", "server", "services", "store", "ui", "views"},
    "cli": PIPELINE
    | {"media", "replay", "settings", "store", "diarization", "cli", "__init__"}
    | {"auditing", "certificate", "export", "integrity", "retention", "sealing"},
    "diarization": {"types", "perception"},
    "__main__": {"cli"},
}
HOME = {  # a heavy or a platform's library has one home
    "streamlit": {"ui", "server"},
    "streamlit_webrtc": {"capture", "server", "api"},
    "aiortc": {"api"},
    "av": {"capture", "media"},
    "onnxruntime": {"perception"},
    "yuface": {"perception"},
    "webrtcvad": {"perception"},
    "sqlite3": {"store"},
    "cryptography": {"sealing"},
    "supabase": {"store"},
    "starlette": {"api"},
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
            for alias in node.names if node.module == "proctoring" else ():
                yield f"proctoring.{alias.name}"
            if node.module != "proctoring":
                yield node.module


@pytest.mark.parametrize(("part", "path"), list(modules()))
def test_imports_go_down(part, path):
    for name in imports(path):
        top, _, rest = name.partition(".")
        if top == "proctoring":
            target = rest.split(".")[0]
            allowed = MAY_IMPORT[part]
            assert target in allowed or target == part or target == "__version__", name
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
