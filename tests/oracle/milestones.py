"""The milestones of a goal (SPEC 4): walk through the days of its span and cut where a period begins."""

from datetime import date
from typing import Any, NamedTuple

from tests.oracle.control import Account

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Milestone(NamedTuple):
    """One period of a goal, both days inclusive."""

    start: date
    end: date


def milestones(goal: dict[str, Any], account: Account) -> list[Milestone]:
    """The goal's periods in order, clipped to its span."""
    start, end = span(goal, account)
    if goal["duration"] == "custom":
        return [Milestone(start, end)]
    days = [date.fromordinal(each) for each in range(start.toordinal(), end.toordinal() + 1)]
    starts = [day for day in days if day == start or begins(day, goal, account)]
    ends = [date.fromordinal(day.toordinal() - 1) for day in starts[1:]] + [end]
    return [Milestone(*each) for each in zip(starts, ends, strict=True)]


def span(goal: dict[str, Any], account: Account) -> tuple[date, date]:
    """The first and the last day; without an end date, to the end of the fiscal (when aligned) or calendar year."""
    start = date.fromisoformat(goal["start_date"])
    if goal.get("end_date") is not None:
        return start, date.fromisoformat(goal["end_date"])
    first = first_month(goal, account)
    next_year = start.year + 1 if start.month >= first else start.year
    return start, date.fromordinal(date(next_year, first, 1).toordinal() - 1)


def first_month(goal: dict[str, Any], account: Account) -> int:
    """The month in which the goal's years begin."""
    return account.fiscal_year_start_month if goal.get("align_to_fiscal_year") else 1


def begins(day: date, goal: dict[str, Any], account: Account) -> bool:
    """True when a period of the goal begins on the day."""
    months_into_year = (day.month - first_month(goal, account)) % 12
    match goal["duration"]:
        case "weekly":
            return WEEKDAYS[day.weekday()] == account.week_start
        case "monthly":
            return day.day == 1
        case "quarterly":
            return day.day == 1 and months_into_year % 3 == 0
        case "yearly":
            return day.day == 1 and months_into_year == 0
        case other:
            raise ValueError(f"duration: {other!r} is none of SPEC 4")
