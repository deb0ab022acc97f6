"""Which snapshots are due (SPEC 5)."""

from dataclasses import replace
from datetime import date, datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.days import LocalDays
from streams.control import ControlState
from streams.schedule import due_snapshots
from tests.control_court import Court
from tests.ticket_builders import HOUR, ms

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["UTC", "Europe/Berlin", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]
GRACES = st.integers(0, 50)


def berlin(*day_and_time: int) -> int:
    return int(datetime(*day_and_time, tzinfo=BERLIN).timestamp() * 1000)  # type: ignore[arg-type, misc]


def state(grace: str = "PT1H", *taken: str, zone: str = "Europe/Berlin") -> ControlState:
    court = Court()
    court.accept("account", "account", {"time_zone": zone, "freeze_grace": grace})
    for day in taken:
        court.snapshot(day)
    return court.state


def due(state: ControlState, now: int, first_start: int = berlin(2025, 3, 28, 12)) -> list[str]:
    return [day.isoformat() for day in due_snapshots(state, first_start, now)]


def test_the_first_is_the_next_midnight_plus_grace_after_the_first_start() -> None:
    assert due(state(), berlin(2025, 3, 28, 23, 59)) == []
    assert due(state(), berlin(2025, 3, 29, 1) - 1) == []
    assert due(state(), berlin(2025, 3, 29, 1)) == ["2025-03-29"]


def test_it_stays_due_until_it_was_requested() -> None:
    assert due(state("PT1H", "2025-03-29"), berlin(2025, 3, 29, 23)) == []
    assert due(state("PT1H", "2025-03-29"), berlin(2025, 3, 30, 1)) == ["2025-03-30"]


def test_days_missed_while_the_system_was_down_are_caught_up_in_order() -> None:
    assert due(state("PT1H", "2025-03-29"), berlin(2025, 4, 1, 0, 59)) == ["2025-03-30", "2025-03-31"]


def test_a_request_for_a_later_date_skips_the_days_missed_before_it() -> None:
    assert due(state("PT1H", "2025-03-29", "2025-03-31"), berlin(2025, 4, 1, 1)) == ["2025-04-01"]


def test_a_request_for_a_day_before_the_first_start_does_not_make_the_days_since_due() -> None:
    assert due(state("PT1H", "2016-03-01"), berlin(2025, 3, 28, 18)) == []
    assert due(state("PT1H", "2016-03-01"), berlin(2025, 3, 29, 1)) == ["2025-03-29"]


def test_an_earlier_date_asked_for_later_changes_nothing() -> None:
    assert due(state("PT1H", "2025-03-30", "2025-03-29"), berlin(2025, 3, 31, 2)) == ["2025-03-31"]


@pytest.mark.parametrize(("grace", "at"), [("PT2H", 3), ("PT0S", 0), ("PT23H", 24)])
def test_grace_is_elapsed_time_also_when_the_clocks_change(grace: str, at: int) -> None:
    """30 March 2025 has no hour from 2 to 3."""
    moment = berlin(2025, 3, 30 + at // 24, at % 24)

    assert due(state(grace, "2025-03-29"), moment - 1) == []
    assert due(state(grace, "2025-03-29"), moment) == ["2025-03-30"]


@pytest.mark.parametrize(("grace", "instant"), [("PT2H", "02:00:00+02:00"), ("PT3H", "02:00:00+01:00")])
def test_on_a_day_of_25_hours_the_hour_that_comes_twice_is_told_apart(grace: str, instant: str) -> None:
    moment = ms(f"2025-10-26T{instant}")
    first_start = berlin(2025, 10, 25, 12)

    assert due(state(grace), moment - 1, first_start) == []
    assert due(state(grace), moment, first_start) == ["2025-10-26"]


@pytest.mark.parametrize(("now", "ended"), [(berlin(2025, 3, 31), "2025-03-31"), (berlin(2025, 10, 27), "2025-10-27")])
def test_the_day_after_one_of_23_or_25_hours_begins_at_its_midnight(now: int, ended: str) -> None:
    first_start = now - 20 * HOUR

    assert due(state("PT0S"), now - 1, first_start) == []
    assert due(state("PT0S"), now, first_start) == [ended]


LOOKS = st.lists(st.integers(0, 90 * HOUR), min_size=1, max_size=12)


@given(st.sampled_from(ZONES), st.integers(ms("1960-01-01T00:00:00Z"), ms("2026-01-01T00:00:00Z")), LOOKS, GRACES)
@example("Pacific/Apia", ms("2011-12-29T12:00:00Z"), [60 * HOUR], 1)
def test_however_seldom_one_looks_each_day_is_asked_for_once_in_order_and_none_too_early(
    zone: str, first_start: int, pauses: list[int], grace: int
) -> None:
    """Where a zone skipped a day, its snapshot is due together with the next day's."""
    days, in_force = LocalDays(zone), state(f"PT{grace}H", zone=zone)
    asked: list[date] = []
    for now in accumulate(pauses, initial=first_start):
        new = due_snapshots(in_force, first_start, now)
        assert all(days.start_of(day.toordinal()) + grace * HOUR <= now for day in new)
        in_force = replace(in_force, last_snapshot=max([*new, *asked], default=None))
        asked += new
        following = days.day_of(first_start) + 1 + len(asked)
        assert now < days.start_of(following) + grace * HOUR
    assert [day.toordinal() for day in asked] == list(range(days.day_of(first_start) + 1, following))


def test_a_grace_of_days_delays_by_days() -> None:
    assert due(state("P2D"), berlin(2025, 3, 30, 23)) == []
    assert due(state("P2D"), berlin(2025, 3, 31, 2)) == ["2025-03-29"]
