"""Statuses as people read them."""

import io
from typing import Any

import pytest
from rich.console import Console

from service_goals.tables import amount, bar, latest, status_table, tally

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 m 00 s"),
        (1_500, "0 m 02 s"),
        (51 * MINUTE + 24_000, "51 m 24 s"),
        (4 * HOUR + 5 * MINUTE, "4 h 05 m"),
        (34 * DAY + 23 * HOUR, "34 d 23 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(ms: int, text: str) -> None:
    assert amount(ms, "ms") == text


def test_tickets_are_counted_and_shares_are_per_cent() -> None:
    assert (amount(1234, "tickets"), amount(0.835, "share"), amount(None, "ms")) == ("1,234", "83.5 %", "–")


@pytest.mark.parametrize(("progress", "text"), [(0.5, "██████░░░░░░  50%"), (99.9999, "████████████ 999%")])
def test_the_bar_is_full_at_the_target(progress: float, text: str) -> None:
    assert bar(progress, "green").plain == text


def status(**fields: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "goal_id": "g",
        "goal_name": "Goal",
        "contributor": {"kind": "user", "id": "ann", "name": None},
        "milestone": {"start": "2026-01-01", "end": "2026-01-31"},
        "unit": "tickets",
        "target": 5,
        "actual": 5,
        "count": 5,
        "progress": 1,
        "status": "achieved",
        "no_data": False,
    }
    return whole | fields


def test_names_that_look_like_markup_are_shown_as_they_are() -> None:
    named = status(goal_name="[red]x[/nope]", contributor={"kind": "user", "id": "[u]", "name": None})
    shown = io.StringIO()
    Console(file=shown, width=200).print(status_table([named]))
    assert "[red]x[/nope]" in shown.getvalue()
    assert "[u]" in shown.getvalue()


def test_the_latest_milestone_of_each_share_is_picked() -> None:
    january, february = status(), status(milestone={"start": "2026-02-01", "end": "2026-02-28"})
    team = status(contributor={"kind": "team", "id": "ann", "name": None})
    assert latest([january, february, team]) == [february, team]
    assert latest([february, january]) == [february]


def test_statuses_are_counted() -> None:
    assert tally([status(), status(status="missed"), status()]) == "2 achieved, 1 missed"
