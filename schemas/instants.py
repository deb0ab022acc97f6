"""Instants on the wire and in memory (SPEC 1): RFC 3339 text ↔ whole milliseconds since the Unix epoch.

The text falls into three pieces that repeat a lot in a log: date and hour, minute and second, fraction and offset.
Each is read once and remembered, and an instant is the sum of its pieces: a third of what one regular expression costs.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_DATE_AND_HOUR: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2})")
_MINUTE_AND_SECOND: Final = re.compile(r":([0-5][0-9]):([0-5][0-9])")
_FRACTION_AND_OFFSET: Final = re.compile(r"(?:\.([0-9]+))?(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))")
_MOST_PIECES: Final = 100_000
_REMEDY: Final = "write RFC 3339 with seconds and an offset, like 2026-01-31T09:30:00Z or 2026-01-31T09:30:00.250+01:00"


def parse_instant(text: str) -> int:
    """Milliseconds since the epoch; digits beyond the millisecond are cut off.

    ValueError, with what is wrong and how to write it, for anything but RFC 3339 with capital `T` and `Z`:
    no offset, week or basic forms, a decimal comma, second 60, the year 0000.
    """
    return _HOURS[text[:13]] + _WITHIN_HOUR[text[13:19]] + _RESTS[text[19:]]


def format_instant(ms: int) -> str:
    """RFC 3339 in UTC with three decimals; ValueError outside the years 1 to 9999."""
    try:
        instant = _EPOCH + ms * _MILLISECOND
    except OverflowError:
        raise ValueError(f"{ms} ms since the epoch is outside the years 0001 to 9999") from None
    return instant.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _hour(text: str) -> int:
    match = _DATE_AND_HOUR.fullmatch(text)
    if match is None:
        raise ValueError(f"no date, T and time, {_REMEDY}")
    year, month, day, hour = map(int, match.groups())
    try:
        return (datetime(year, month, day, hour, tzinfo=UTC) - _EPOCH) // _MILLISECOND
    except ValueError as error:
        raise ValueError(f"no such date or hour ({error}), {_REMEDY}") from None


def _within_hour(text: str) -> int:
    match = _MINUTE_AND_SECOND.fullmatch(text)
    if match is None:
        raise ValueError(f"no minutes and seconds from 00 to 59, {_REMEDY}")
    return (int(match[1]) * 60 + int(match[2])) * 1_000


def _rest(text: str) -> int:
    match = _FRACTION_AND_OFFSET.fullmatch(text)
    if match is None:
        raise ValueError(f"no offset, or no point and digits before it, {_REMEDY}")
    fraction, sign, hours, minutes = match.groups()
    ms = int(f"{fraction or ''}000"[:3])
    if sign is None:
        return ms
    offset = (int(hours) * 60 + int(minutes)) * 60_000
    return ms + offset if sign == "-" else ms - offset


class _Remembered(dict[str, int]):
    """What `read` made of each piece; forgets everything when there are too many."""

    def __init__(self, read: Callable[[str], int]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> int:
        if len(self) >= _MOST_PIECES:
            self.clear()
        ms = self[text] = self._read(text)
        return ms


_HOURS: Final = _Remembered(_hour)
_WITHIN_HOUR: Final = _Remembered(_within_hour)
_RESTS: Final = _Remembered(_rest)
