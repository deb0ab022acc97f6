"""Which snapshots are due (SPEC 5)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from streams.control import ControlState
from streams.schedule import due_snapshots
from tests.control_court import Court

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(*day_and_time: int) -> int:
    return int(datetime(*day_and_time, tzinfo=BERLIN).timestamp() * 1000)  # type: ignore[arg-type, misc]


def state(grace: str = "PT1H", *taken: str) -> ControlState:
    court = Court()
    court.accept("account", "account", {"time_zone": "Europe/Berlin", "freeze_grace": grace})
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


def test_a_grace_of_days_delays_by_days() -> None:
    assert due(state("P2D"), berlin(2025, 3, 30, 23)) == []
    assert due(state("P2D"), berlin(2025, 3, 31, 2)) == ["2025-03-29"]
