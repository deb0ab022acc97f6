"""The oracle's milestones of SPEC 4, by hand."""

from typing import Any

import pytest

from tests.oracle.control import Account
from tests.oracle.example import goal
from tests.oracle.milestones import milestones


def cut(account: Account | None = None, **fields: Any) -> list[str]:
    return [f"{each.start}/{each.end}" for each in milestones(goal(**fields), account or Account())]


def test_months_are_clipped_to_the_span() -> None:
    assert cut(start_date="2026-01-15", end_date="2026-03-02") == [
        "2026-01-15/2026-01-31",
        "2026-02-01/2026-02-28",
        "2026-03-01/2026-03-02",
    ]


def test_weeks_begin_on_the_accounts_day() -> None:
    span: dict[str, Any] = {"duration": "weekly", "start_date": "2026-01-01", "end_date": "2026-01-14"}  # Thu to Wed
    assert cut(**span) == ["2026-01-01/2026-01-04", "2026-01-05/2026-01-11", "2026-01-12/2026-01-14"]
    assert cut(Account(week_start="sunday"), **span) == [
        "2026-01-01/2026-01-03",
        "2026-01-04/2026-01-10",
        "2026-01-11/2026-01-14",
    ]
    assert cut(Account(week_start="thursday"), **span) == ["2026-01-01/2026-01-07", "2026-01-08/2026-01-14"]


def test_the_default_end_is_the_end_of_the_calendar_year() -> None:
    assert cut(Account(fiscal_year_start_month=4), duration="yearly", start_date="2026-05-10", end_date=None) == [
        "2026-05-10/2026-12-31"
    ]
    assert len(cut(start_date="2026-01-01", end_date=None)) == 12


@pytest.mark.parametrize(
    ("start", "periods"),
    [("2026-05-10", ["2026-05-10/2027-03-31"]), ("2026-02-10", ["2026-02-10/2026-03-31"])],
)
def test_the_default_end_of_an_aligned_goal_is_the_end_of_the_fiscal_year(start: str, periods: list[str]) -> None:
    april = Account(fiscal_year_start_month=4)
    assert cut(april, duration="yearly", start_date=start, end_date=None, align_to_fiscal_year=True) == periods


def test_quarters_count_from_the_fiscal_years_month_only_when_aligned() -> None:
    february = Account(fiscal_year_start_month=2)
    span: dict[str, Any] = {"duration": "quarterly", "start_date": "2026-01-01", "end_date": "2026-09-30"}
    assert cut(february, **span) == ["2026-01-01/2026-03-31", "2026-04-01/2026-06-30", "2026-07-01/2026-09-30"]
    assert cut(february, **span, align_to_fiscal_year=True) == [
        "2026-01-01/2026-01-31",
        "2026-02-01/2026-04-30",
        "2026-05-01/2026-07-31",
        "2026-08-01/2026-09-30",
    ]


def test_aligned_years_turn_in_the_fiscal_years_month() -> None:
    july = Account(fiscal_year_start_month=7)
    span: dict[str, Any] = {"duration": "yearly", "start_date": "2025-07-01", "end_date": "2027-06-30"}
    assert cut(july, **span, align_to_fiscal_year=True) == ["2025-07-01/2026-06-30", "2026-07-01/2027-06-30"]
    assert cut(july, **span) == ["2025-07-01/2025-12-31", "2026-01-01/2026-12-31", "2027-01-01/2027-06-30"]


def test_months_do_not_move_when_aligned() -> None:
    assert cut(Account(fiscal_year_start_month=2), align_to_fiscal_year=True) == cut()


def test_a_custom_span_is_one_milestone() -> None:
    assert cut(duration="custom", start_date="2026-02-27", end_date="2026-03-01") == ["2026-02-27/2026-03-01"]


def test_february_has_29_days_in_a_leap_year() -> None:
    assert cut(start_date="2024-02-01", end_date="2024-03-31")[0] == "2024-02-01/2024-02-29"
