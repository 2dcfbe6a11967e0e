"""`fetch-models`: the models that may be had beside those that come with the product."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from proctoring import __version__
from proctoring.cli import output
from proctoring.cli.opened import COULD_NOT, read_settings
from proctoring.perception import fetched
from proctoring.perception.fetched import FETCHABLE, Fetchable, FetchedError
from proctoring.settings import SettingsError

TIMEOUT_S = 30
LARGEST = 64 << 20  # bytes; the largest of them has 4 MB


class Absent(Exception):
    """There is no such file at that place; another name may do."""


def add_to(commands: Any) -> None:
    parser: argparse.ArgumentParser = commands.add_parser(
        "fetch-models",
        help="fetch models that do not come with the product",
        description=(
            "Fetch models into the data folder. The product works without them. A file is taken"
            " only if its SHA-256 is known."
        ),
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all of them")
    parser.add_argument("--list", action="store_true", help="say what there is, fetch nothing")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="URL_OR_FOLDER",
        help="take the files from this folder or mirror instead of the projects' addresses",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    unknown = [name for name in options.names if name not in FETCHABLE]
    if unknown:
        output.problem(f"There is no model {unknown[0]!r}; there are {', '.join(FETCHABLE)}.")
        return COULD_NOT
    try:
        folder = read_settings().data_dir / fetched.FOLDER
    except SettingsError as error:
        output.problem(error)
        return COULD_NOT
    models = [FETCHABLE[name] for name in options.names or FETCHABLE]
    if options.list:
        for model in models:
            _describe(model, folder)
        return 0
    status = 0
    for model in models:
        try:
            if fetched.problem(model.name, folder) is None:
                print(f"{model.name}: already there")
            else:
                _fetch(model, options.source, folder)
        except (FetchedError, OSError) as error:
            output.problem(f"{model.name}: {_sentence(error)}")
            status = COULD_NOT
    return status


def _describe(model: Fetchable, folder: Path) -> None:
    print(f"{model.name}: {model.about}")
    print(f"  {model.licence}, {model.project}")
    for known in model.known:
        size = f"{known.size} bytes" if known.size else "size not known"
        print(f"  {known.file}, {size}, SHA-256 {known.sha256}")
        print(f"    {known.made_by}; {known.address or 'only with --from'}")
    print(f"  {fetched.problem(model.name, folder) or fetched.place(model.name, folder)}")


def _fetch(model: Fetchable, source: str | None, folder: Path) -> None:
    for place in _places(model, source):
        try:
            content = _read(place)
        except Absent:
            continue
        known = fetched.install(model.name, content, folder)
        print(f"{fetched.place(model.name, folder)}: {len(content)} bytes, {known.made_by}")
        return
    names = " nor ".join(sorted({known.file for known in model.known}))
    raise FetchedError(f"there is no {names} at {source or 'its address'}.")


def _places(model: Fetchable, source: str | None) -> Iterator[str]:
    """Addresses and paths, in the order in which to try them."""
    if source is None:
        yield from (known.address for known in model.known if known.address)
        return
    for file in dict.fromkeys(known.file for known in model.known):
        is_address = urlsplit(source).scheme in ("http", "https")
        yield f"{source.rstrip('/')}/{quote(file)}" if is_address else str(Path(source) / file)


def _read(place: str) -> bytes:
    """Raises Absent, FetchedError, and OSError for a network or a disk that fails."""
    if urlsplit(place).scheme not in ("http", "https"):
        try:
            return Path(place).read_bytes()
        except FileNotFoundError:
            raise Absent from None
    request = Request(place, headers={"User-Agent": f"OpenProctor/{__version__}"})
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # nosec B310
            content: bytes = answer.read(LARGEST + 1)
            promised = answer.headers.get("Content-Length")
    except HTTPError as error:
        if error.code == 404:
            raise Absent from None
        raise
    if len(content) > LARGEST:
        raise FetchedError(f"{place} is larger than {LARGEST >> 20} MB: that is something else.")
    if promised and len(content) < int(promised):
        raise FetchedError(f"The line broke after {len(content)} of {promised} bytes: try again.")
    return content


def _sentence(error: Exception) -> str:
    match error:
        case HTTPError():
            return f"{error.url} answers {error.code} {error.reason}."
        case URLError():
            return (
                f"the address cannot be reached ({error.reason}). Fetch the file elsewhere and"
                " name its folder with --from."
            )
        case OSError():
            return f"{error.filename or 'the file'}: {error.strerror or error}."
    return str(error)
