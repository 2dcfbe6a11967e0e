"""Fonts of this machine for Chinese, Japanese and Korean, which are too large to come along.

Only those with TrueType outlines can be put into a PDF by ReportLab: Noto's and Source Han's usual
files (`.otf`, and `.ttc` of the same) cannot. Debian has some that can: `fonts-droid-fallback`,
`fonts-wqy-microhei`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
    Path.home() / ".fonts",
    Path("/Library/Fonts"),
)
NAMES = (  # the best first; compared in small letters, without what comes after the dot
    "notosanssc",
    "notosansjp",
    "notosanskr",
    "notosanstc",
    "droidsansfallbackfull",
    "droidsansfallback",
    "wqy-microhei",
    "wqy-zenhei",
    "arial unicode",
    "arialuni",
    "unifont",
)
SUFFIXES = (".ttf", ".ttc")
MOST_FILES = 20_000  # that are looked at


def candidates(folders: Sequence[Path] = FOLDERS) -> Iterator[Path]:
    """Files that may do, the best first; whether one does is known once it is read."""
    found: dict[str, Path] = {}
    for folder in folders:
        for number, path in enumerate(_files(folder)):
            if number >= MOST_FILES:
                break
            if path.suffix.lower() in SUFFIXES:
                found.setdefault(path.stem.lower(), path)
    for name in NAMES:
        yield from (path for stem, path in sorted(found.items()) if _is_called(stem, name))


def _is_called(stem: str, name: str) -> bool:
    """ "NotoSansSC-Regular", "NotoSansSC[wght]", and not "NotoSansSCSomething"."""
    rest = stem.removeprefix(name)
    return rest != stem and (not rest or not rest[0].isalpha())


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from (path for path in folder.rglob("*") if path.is_file())
    except OSError:
        return
