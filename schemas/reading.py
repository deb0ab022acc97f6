"""Strict reading of commands: JSON in, checked values out, or one line that names path, value and remedy.

Numbers keep the digits they were written with (int or Decimal), so "at most 4 decimals" is meant exactly.
An optional field that is null counts as absent. A field that nobody knows is refused: a typo would lose a setting.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final, TypeVar

import msgspec

Name = TypeVar("Name", bound=str)

MAX_ID: Final = 200
"""Code points."""
MAX_NUMBER: Final = 10**18
"""Beyond any sum of milliseconds that will ever be; numbers stay within 64 bits."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN: Final = 60


class Refused(ValueError):  # noqa: N818 - it is a verdict of the contract, not a fault
    """A command that breaks a rule; the message is one line: path, field, value, remedy."""


def _decimal(text: str) -> Decimal:
    """As written; what Decimal can't hold is infinite, and every range refuses that."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


_DECODER: Final = msgspec.json.Decoder(float_hook=_decimal)


def parse_json(value: bytes) -> object:
    """Dicts, lists, strings, bools, None, and numbers as int or Decimal; Refused when it isn't JSON in UTF-8."""
    try:
        return _DECODER.decode(value)
    except RecursionError:
        raise Refused("value: nested too deeply, send the JSON that the documentation shows") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Refused(f"value: not JSON in UTF-8 ({error}), send one JSON object") from None


def to_json(value: object) -> bytes:
    """JSON, by which values are the same: to Python True equals 1, to JSON it doesn't."""
    return msgspec.json.encode(value)


def shown(value: object) -> str:
    """A value as an error line shows it: JSON, on one line, cut short."""
    if isinstance(value, Decimal):
        return str(value)[:_SHOWN]
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = to_json(value).decode()
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in short)


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and where it stands, as in `contributors[0].target`."""

    path: str
    value: object

    def refuse(self, remedy: str) -> Refused:
        """The error to raise: the value, then what to do instead."""
        return Refused(f"{self.path or 'value'}: {shown(self.value)}, {remedy}")

    def fields(self, *known: str) -> "Fields":
        """An object whose fields all have known names."""
        if not isinstance(self.value, dict):
            raise self.refuse("give an object")
        for name in self.value:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise Refused(f"{_under(self.path, name)}: unknown field, {remedy}")
        return Fields(self.path, self.value)

    def items(self) -> Iterator["Node"]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            raise self.refuse("give a list")
        return (Node(f"{self.path}[{index}]", item) for index, item in enumerate(self.value))

    def text(self) -> str:
        """Any string."""
        if not isinstance(self.value, str):
            raise self.refuse("give a string")
        return self.value

    def identifier(self) -> str:
        """A string of 1–200 code points."""
        if not isinstance(self.value, str) or not 1 <= len(self.value) <= MAX_ID:
            raise self.refuse(f"give a string of 1 to {MAX_ID} characters")
        return self.value

    def flag(self) -> bool:
        """A boolean."""
        if not isinstance(self.value, bool):
            raise self.refuse("give true or false")
        return self.value

    def choice(self, names: tuple[Name, ...]) -> Name:
        """One of the names."""
        for name in names:
            if name == self.value:
                return name
        raise self.refuse(f"give one of {', '.join(names)}")

    def date(self) -> date:
        """A local date, `YYYY-MM-DD`."""
        try:
            if isinstance(self.value, str) and _DATE.fullmatch(self.value):
                return date.fromisoformat(self.value)
        except ValueError:
            pass
        raise self.refuse("give a date that exists, like 2026-01-31")

    def number(self) -> int | Decimal:
        """A JSON number, exactly as written; a boolean is none."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            raise self.refuse("give a number")
        return self.value

    def whole(self, low: int, high: int = MAX_NUMBER) -> int:
        """A whole number in a range; 100.0 is whole."""
        number = self.number()
        if not low <= number <= high or number != int(number):
            bounds = f"from {low} to {high}" if high < MAX_NUMBER else f"of at least {low} and at most 10^18"
            raise self.refuse(f"give a whole number {bounds}")
        return int(number)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an object, with only known names."""

    path: str
    value: dict[str, object]

    def get(self, name: str) -> Node | None:
        """An optional field; None when it is absent or null."""
        value = self.value.get(name)
        return Node(_under(self.path, name), value) if value is not None else None

    def need(self, name: str, why: str = "it is required") -> Node:
        """A field that must be there."""
        if name not in self.value:
            raise self.refuse(name, f"missing, {why}")
        return Node(_under(self.path, name), self.value[name])

    def refuse(self, name: str, remedy: str) -> Refused:
        """The error to raise about one of the fields."""
        return Refused(f"{_under(self.path, name)}: {remedy}")


def _under(path: str, name: str) -> str:
    safe = name if name.isprintable() and 0 < len(name) <= _SHOWN else shown(name)
    return f"{path}.{safe}" if path else safe
