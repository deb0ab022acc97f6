"""Spans of time as ISO 8601 writes them, in whole milliseconds: days, hours, minutes, seconds (SPEC 2.2)."""

import re
from typing import Final

_DURATION: Final = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,3}))?S)?)?"
)
_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_LONGEST: Final = 999_999_999 * _DAY
"""What `format_duration` writes of it has no more digits than are read."""


def parse_duration(text: str) -> int:
    """Milliseconds. A day is 24 hours. ValueError for weeks, months, years, signs, and more than 3 decimals."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("give days, hours, minutes, seconds as ISO 8601 has them, like PT1H or P1DT30M")
    days, hours, minutes, seconds, fraction = (part or "0" for part in match.groups())
    ms = int(fraction.ljust(3, "0"))
    ms += int(days) * _DAY + int(hours) * _HOUR + int(minutes) * _MINUTE + int(seconds) * _SECOND
    if ms > _LONGEST:
        raise ValueError("give at most P999999999D")
    return ms


def format_duration(ms: int) -> str:
    """The shortest text that `parse_duration` reads as `ms`."""
    days, rest = divmod(ms, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    seconds = f"{rest / _SECOND:.3f}".rstrip("0").rstrip(".")
    parts = ((hours, "H"), (minutes, "M"))
    time = "".join(f"{amount}{unit}" for amount, unit in parts if amount) + (f"{seconds}S" if rest else "")
    text = (f"{days}D" if days else "") + (f"T{time}" if time else "")
    return f"P{text}" if text else "PT0S"
