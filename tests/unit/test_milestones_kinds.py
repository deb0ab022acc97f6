"""Milestones (SPEC 4): how spans are found and cut, drawn as lists of starts."""

from datetime import date, timedelta
from typing import Any

import pytest

from schemas.control import Account
from schemas.decode_goal import read_goal
from schemas.goals import Goal
from schemas.reading import Node
from streams.milestones import ended_before, milestones, span
from tests.control_court import a_goal

FISCAL_APRIL = Account(fiscal_year_start_month=4)


def goal(duration: str, start: str, end: str | None = None, **fields: Any) -> Goal:
    return read_goal(Node("", a_goal(duration=duration, start_date=start, end_date=end, **fields)))


def drawn(a_goal: Goal, account: Account = Account()) -> str:  # noqa: B008 - frozen
    """Starts, then the last end."""
    cut = milestones(a_goal, account)
    return " ".join([*(one.start.isoformat() for one in cut), "…", cut[-1].end.isoformat()])


def test_weeks_begin_on_the_accounts_first_day_and_are_clipped_to_the_span() -> None:
    weekly = goal("weekly", "2025-01-01", "2025-01-21")

    assert drawn(weekly) == "2025-01-01 2025-01-06 2025-01-13 2025-01-20 … 2025-01-21"
    assert drawn(weekly, Account(week_start="wednesday")) == "2025-01-01 2025-01-08 2025-01-15 … 2025-01-21"
    assert drawn(weekly, Account(week_start="thursday")) == "2025-01-01 2025-01-02 2025-01-09 2025-01-16 … 2025-01-21"


def test_months_are_calendar_months_also_when_aligned() -> None:
    expected = "2024-01-31 2024-02-01 2024-03-01 … 2024-03-10"

    assert drawn(goal("monthly", "2024-01-31", "2024-03-10")) == expected
    assert drawn(goal("monthly", "2024-01-31", "2024-03-10", align_to_fiscal_year=True), FISCAL_APRIL) == expected


def test_quarters_are_counted_from_january_or_from_the_fiscal_year_when_aligned() -> None:
    february = Account(fiscal_year_start_month=2)
    span_of = ("2025-01-15", "2025-08-31")

    assert drawn(goal("quarterly", *span_of), february) == "2025-01-15 2025-04-01 2025-07-01 … 2025-08-31"
    aligned = goal("quarterly", *span_of, align_to_fiscal_year=True)
    assert drawn(aligned, february) == "2025-01-15 2025-02-01 2025-05-01 2025-08-01 … 2025-08-31"


def test_years_are_calendar_years_or_fiscal_years_when_aligned() -> None:
    assert (
        drawn(goal("yearly", "2024-02-29", "2026-01-01"), FISCAL_APRIL)
        == "2024-02-29 2025-01-01 2026-01-01 … 2026-01-01"
    )
    aligned = goal("yearly", "2024-02-29", "2026-01-01", align_to_fiscal_year=True)
    assert drawn(aligned, FISCAL_APRIL) == "2024-02-29 2024-04-01 2025-04-01 … 2026-01-01"


def test_a_custom_goal_is_one_milestone() -> None:
    assert drawn(goal("custom", "2025-03-03", "2026-05-05")) == "2025-03-03 … 2026-05-05"


@pytest.mark.parametrize(
    ("start", "aligned", "end"),
    [
        ("2025-03-31", False, "2025-12-31"),
        ("2025-03-31", True, "2025-03-31"),
        ("2025-04-01", True, "2026-03-31"),
        ("2025-12-31", True, "2026-03-31"),
        ("9999-06-01", True, "9999-12-31"),
    ],
)
def test_without_an_end_the_goal_lasts_to_the_end_of_the_year_of_its_start(start: str, aligned: bool, end: str) -> None:
    for duration in ("weekly", "monthly", "quarterly", "yearly"):
        a_goal = goal(duration, start, align_to_fiscal_year=aligned)
        assert span(a_goal, FISCAL_APRIL) == (date.fromisoformat(start), date.fromisoformat(end))
        assert milestones(a_goal, FISCAL_APRIL)[-1].end == date.fromisoformat(end)


def test_a_milestone_has_ended_from_the_day_after_its_last_one() -> None:
    cut = milestones(goal("monthly", "2025-01-01"), Account())

    assert [ended_before(cut, date(2025, 1, 31)), ended_before(cut, date(2025, 2, 1))] == [0, 1]
    assert ended_before(cut, cut[-1].end + timedelta(days=1)) == 12
