"""Instants and local days (SPEC 1).

Decisions: `T` and `Z` are capitals, as the page writes them; `-00:00` is RFC 3339's and means UTC; no year 0000.
An instant whose local day lies outside the years 1 to 9999 counts on the first or last day of them.
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC_3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)


def instant_ms(text: str) -> int | None:
    """Milliseconds since the epoch, or None when the text is no RFC 3339 time with an offset."""
    match = RFC_3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups()
    try:
        wall = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    offset = 0
    if sign is not None:
        if int(offset_hours) > 23 or int(offset_minutes) > 59:
            return None
        offset = (int(offset_hours) * 60 + int(offset_minutes)) * 60_000
    wall_ms = (wall - EPOCH) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])
    return wall_ms + offset if sign == "-" else wall_ms - offset


def local_day(instant: int, time_zone: str) -> date:
    """The calendar day of an instant (ms since the epoch) in an IANA time zone."""
    try:
        return (EPOCH + timedelta(milliseconds=instant)).astimezone(ZoneInfo(time_zone)).date()
    except OverflowError:
        return date.min if instant < 0 else date.max
