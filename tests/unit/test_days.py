"""Local days (SPEC 1): days of 23, 24 and 25 hours, gaps and repeats at midnight, days that a zone skipped."""

import struct
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.days import LocalDays, is_time_zone
from tests.ticket_builders import DAY, HOUR, MINUTE, ms

ZONES = (resources.files("tzdata") / "zones").read_text("utf-8").split()


def wall_clock(zone: str) -> ZoneInfo:
    """By the rules of the `tzdata` package; the machine's own may differ before 1970."""
    with (resources.files("tzdata") / "zoneinfo" / zone).open("rb") as file:
        return ZoneInfo.from_file(file)


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", "2026-03-29", 24),
        ("Europe/Berlin", "2026-03-28", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Asia/Kathmandu", "2026-06-01", 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, day: str, hours: float) -> None:
    days = LocalDays(zone)
    start, end = days.start_of(ordinal(day)), days.start_of(ordinal(day) + 1)
    assert (end - start) / HOUR == hours
    assert {days.day_of(at) for at in range(start, end, 10 * MINUTE)} == {ordinal(day)}
    assert (days.day_of(start - 1), days.day_of(end)) == (ordinal(day) - 1, ordinal(day) + 1)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", "2026-03-28T22:59:59.999Z", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59.999Z", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
        ("Asia/Kathmandu", "2026-01-01T18:14:59.999Z", "2026-01-01"),
        ("Asia/Kathmandu", "2026-01-01T18:15:00Z", "2026-01-02"),
        ("Pacific/Kiritimati", "2026-01-01T10:00:00Z", "2026-01-02"),
        ("America/St_Johns", "1990-10-28T02:30:30Z", "1990-10-28"),
        ("America/St_Johns", "1990-10-28T02:31:00Z", "1990-10-27"),
        ("Europe/Amsterdam", "1890-01-01T00:00:00Z", "1890-01-01"),
    ],
)
def test_the_day_changes_at_the_local_midnight(zone: str, instant: str, day: str) -> None:
    assert LocalDays(zone).day_of(ms(instant)) == ordinal(day)
    assert LocalDays(zone).today(ms(instant)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", "1970-01-01", "1970-01-01T00:00:00Z"),
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15T03:00:00Z"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
        ("America/St_Johns", "1990-10-28", "1990-10-28T02:30:00Z"),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
        ("Europe/Berlin", "0001-01-02", "0001-01-01T23:06:32Z"),
    ],
)
def test_a_day_starts_at_its_first_instant_even_where_midnight_is_skipped_or_repeated(
    zone: str, day: str, start: str
) -> None:
    assert LocalDays(zone).start_of(ordinal(day)) == ms(start)


def test_a_day_that_a_zone_skipped_starts_with_the_next_one() -> None:
    apia = LocalDays("Pacific/Apia")
    assert apia.start_of(ordinal("2011-12-30")) == apia.start_of(ordinal("2011-12-31"))


INSTANTS = st.integers(ms("1880-01-01T00:00:00Z"), ms("2100-01-01T00:00:00Z"))


@given(st.sampled_from(ZONES), INSTANTS, st.integers(-2 * HOUR, 2 * HOUR))
def test_the_day_is_the_date_of_the_wall_clock_also_when_it_is_remembered(zone: str, at: int, step: int) -> None:
    days = LocalDays(zone)
    for instant in (at, at + step, at):
        wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant)
        assert days.day_of(instant) == wall.astimezone(wall_clock(zone)).toordinal()


@given(st.sampled_from(ZONES), INSTANTS)
def test_no_instant_before_the_start_of_a_day_is_of_that_day(zone: str, at: int) -> None:
    days = LocalDays(zone)
    day = days.day_of(at)
    start = days.start_of(day)
    assert start <= at
    assert days.day_of(start) == day
    assert days.day_of(start - 1) < day


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati"])
def test_instants_at_the_ends_of_the_calendar_have_a_day(zone: str) -> None:
    days = LocalDays(zone)
    assert days.day_of(ms("0001-01-01T00:00:00+23:59")) == date.min.toordinal()
    assert days.day_of(ms("9999-12-31T23:59:59-23:59")) == date.max.toordinal()


def test_no_zone_changes_its_offset_twice_within_an_hour_of_utc() -> None:
    changes = {zone: _transitions((resources.files("tzdata") / "zoneinfo" / zone).read_bytes()) for zone in ZONES}
    assert len(changes["Europe/Berlin"]) > 50
    assert [zone for zone, at in changes.items() if len({each // 3600 for each in at}) < len(at)] == []


def _transitions(data: bytes) -> tuple[int, ...]:
    """The instants (s) of a TZif file's 64-bit block (RFC 8536)."""
    isut, isstd, leap, times, types, chars = struct.unpack(">6l", data[20:44])
    second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    count: int = struct.unpack(">l", data[second + 32 : second + 36])[0]
    return struct.unpack(f">{count}q", data[second + 44 : second + 44 + count * 8])


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "US/Eastern", "America/Argentina/Ushuaia"])
def test_iana_names_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize("name", ["", "Berlin", "europe/berlin", "Europe", "../zones", "/etc/localtime", "UTC+1"])
def test_other_names_are_refused(name: str) -> None:
    assert not is_time_zone(name)
    with pytest.raises(ValueError, match="is no IANA time zone, give a name like Europe/Berlin"):
        LocalDays(name)


def test_days_of_the_same_zone_are_equal() -> None:
    assert LocalDays("UTC") == LocalDays("UTC")
    assert len({LocalDays("UTC"), LocalDays("UTC"), LocalDays("Europe/Berlin")}) == 2
    assert LocalDays("UTC") != LocalDays("Etc/UTC")


def test_an_hour_that_is_not_constant_is_told_apart_within() -> None:
    days = LocalDays("America/St_Johns")
    fold = ms("1990-10-28T02:31:00Z")
    assert [days.day_of(at) - days.day_of(fold) for at in (fold - 1, fold, fold - 1, fold + DAY)] == [1, 0, 1, 1]
