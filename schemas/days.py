"""Local days (SPEC 1): calendar days in the account's time zone, 23, 24 or 25 hours long.

The rules of the zones come from the `tzdata` package, never from the machine: workers with the same installation agree.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_FIRST_DAY: Final = date.min.toordinal()
_LAST_DAY: Final = date.max.toordinal()
_EARLIEST: Final = (_FIRST_DAY + 2 - _EPOCH_DAY) * _DAY
_LATEST: Final = (_LAST_DAY - 2 - _EPOCH_DAY) * _DAY
_REMEMBERED_HOURS: Final = 200_000


def is_time_zone(name: str) -> bool:
    """True for the IANA names that local days can be counted in."""
    return name in _names()


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    if not is_time_zone(name):
        raise ValueError(f"time_zone: {name!r} is no IANA time zone, give a name like Europe/Berlin")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


class LocalDays:
    """The days of one time zone. A day is its proleptic ordinal, `date.toordinal()`; equal when the zones are.

    Within an hour of UTC a zone changes its offset at most once, so hours are the unit that days are remembered by.
    """

    def __init__(self, time_zone: str) -> None:
        """ValueError, when `time_zone` is no IANA name."""
        self.time_zone = time_zone
        self._zone = _zone(time_zone)
        self._days: dict[int, int] = {}

    def __eq__(self, other: object) -> bool:
        """Equal by time zone."""
        return isinstance(other, LocalDays) and other.time_zone == self.time_zone

    def __hash__(self) -> int:
        """By time zone."""
        return hash(self.time_zone)

    def __repr__(self) -> str:
        """As constructed."""
        return f"LocalDays({self.time_zone!r})"

    def day_of(self, ms: int) -> int:
        """The local day of an instant; instants beyond the years 1 to 9999 are of the first or last day of them."""
        day = self._days.get(ms // _HOUR)
        return self._work_out(ms) if day is None else day

    def start_of(self, day: int) -> int:
        """The local midnight: the first instant whose local day is `day`, or later where the zone skipped that day."""
        midnight = (day - _EPOCH_DAY) * _DAY
        for hour in range(midnight // _HOUR - 27, midnight // _HOUR + 28):
            for start, end, offset in self._pieces(hour):
                if end - 1 + offset >= midnight:
                    return max(start, midnight - offset)
        raise ValueError(f"day: {day} has no midnight in {self.time_zone}, give an ordinal of the years 1 to 9999")

    def today(self, ms: int) -> date:
        """The local date of an instant."""
        return date.fromordinal(self.day_of(ms))

    def _work_out(self, ms: int) -> int:
        """The local day of an instant, remembered for its hour when all of the hour is of that day."""
        hour = ms // _HOUR
        pieces = self._pieces(hour)
        offset = next(offset for _, end, offset in pieces if ms < end)
        day = _day(ms, offset)
        if len(pieces) > 1 or not _day(hour * _HOUR, offset) == day == _day(hour * _HOUR + _HOUR - 1, offset):
            return day
        if len(self._days) >= _REMEMBERED_HOURS:
            self._days.clear()
        self._days[hour] = day
        return day

    def _pieces(self, hour: int) -> tuple[tuple[int, int, int], ...]:
        """Start, end and offset (ms) of the one or two stretches of an hour of UTC with the same offset."""
        start, end = hour * _HOUR, (hour + 1) * _HOUR
        before, after = self._offset_at(start), self._offset_at(end - 1)
        if before == after:
            return ((start, end, before),)
        change = start + bisect_left(range(start, end), True, key=lambda ms: self._offset_at(ms) == after)
        return ((start, change, before), (change, end, after))

    def _offset_at(self, ms: int) -> int:
        """What the zone adds to UTC, in ms."""
        within = min(max(ms, _EARLIEST), _LATEST)
        offset = (_EPOCH + timedelta(milliseconds=within)).astimezone(self._zone).utcoffset()
        return offset // timedelta(milliseconds=1) if offset is not None else 0


def _day(ms: int, offset: int) -> int:
    return min(max((ms + offset) // _DAY + _EPOCH_DAY, _FIRST_DAY), _LAST_DAY)
