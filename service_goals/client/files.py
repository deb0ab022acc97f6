"""Objects from files: JSON (one object or a list) or NDJSON, plain or gzipped."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from service_goals.errors import CommandError


def read_objects(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The objects with their place in the file. CommandError names file, place and remedy."""
    data = read_bytes(path)
    try:
        whole = orjson.loads(data)
    except orjson.JSONDecodeError:
        return list(read_lines(path, data))
    listed = whole if isinstance(whole, list) else [whole]
    places = [f"{path}[{index}]" for index in range(len(listed))] if isinstance(whole, list) else [str(path)]
    return [(place, _object(place, item)) for place, item in zip(places, listed, strict=True)]


def read_lines(path: Path, data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """NDJSON: one object a line; empty lines are skipped."""
    for number, line in enumerate(data.splitlines(), start=1):
        if line.strip():
            place = f"{path}:{number}"
            try:
                item = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise CommandError(f"{place}: not JSON ({error}), give one object a line") from None
            yield place, _object(place, item)


def read_bytes(path: Path) -> bytes:
    """The content, unzipped when it is gzip."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError) as error:
        raise CommandError(f"{path}: can't be read ({error}), name a file that can") from None


def _object(place: str, item: object) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise CommandError(f"{place}: {type(item).__name__}, give a JSON object")
    return item
