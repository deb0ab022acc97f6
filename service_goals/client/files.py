"""Objects from files for people's hands: JSON (one object or a list) or NDJSON; `-` is standard input.

What an object holds stays as it was written, digits too: the judge reads it exactly so.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from service_goals.errors import CommandError
from service_goals.output import shortened

Fields = dict[str, msgspec.Raw]

_WHOLE: Final = msgspec.json.Decoder(list[msgspec.Raw] | Fields)
_OBJECT: Final = msgspec.json.Decoder(Fields)


def read_objects(path: Path) -> list[tuple[str, Fields]]:
    """The objects with their place, as `FILE`, `FILE[INDEX]` or `FILE:LINE`. CommandError names what is wrong where."""
    data = read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    try:
        whole = _WHOLE.decode(data)
    except msgspec.DecodeError as error:
        if not _begins_with_object_line(data):
            raise CommandError(f"{path}: not JSON ({error}), give one object, a list, or one object a line") from None
        return list(_read_lines(path, data))
    if isinstance(whole, dict):
        return [(str(path), whole)]
    return [(f"{path}[{index}]", read_object(f"{path}[{index}]", bytes(raw))) for index, raw in enumerate(whole)]


def read_object(place: str, text: bytes) -> Fields:
    """The fields of one object. CommandError: it is none."""
    try:
        return _OBJECT.decode(text)
    except msgspec.ValidationError:
        raise CommandError(f"{place}: {shortened(text)} is not a JSON object, give one") from None
    except msgspec.DecodeError as error:
        raise CommandError(f"{place}: {shortened(text)} is not JSON ({error}), give one object a line") from None


def text_of(raw: msgspec.Raw | None) -> str | None:
    """The string that this value is; None when it is none."""
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=str)
    except msgspec.DecodeError:
        return None


def read_bytes(path: Path) -> bytes:
    """All of a file, or of standard input. CommandError when it can't be read."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}; name a file that can be read") from None


def _begins_with_object_line(data: bytes) -> bool:
    first = next((line for line in data.splitlines() if line.strip()), b"")
    try:
        _OBJECT.decode(first)
    except msgspec.DecodeError:
        return False
    return True


def _read_lines(path: Path, data: bytes) -> Iterator[tuple[str, Fields]]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.strip():
            place = f"{path}:{number}"
            yield place, read_object(place, line.strip())
