"""How a goal's span is cut into milestones (SPEC 4): one table of periods, one rule for all of them."""

from bisect import bisect_left
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, get_args

from schemas.control import Account, WeekDay
from schemas.goals import Duration, Goal, Milestone


class Period(NamedTuple):
    """What one milestone of a duration is long: days or months; neither: the whole span."""

    days: int = 0
    """Counted from the account's `week_start`."""
    months: int = 0
    """Counted from January, or from the fiscal year's first month when the goal is aligned."""


PERIODS: Final[dict[Duration, Period]] = {
    "weekly": Period(days=7),
    "monthly": Period(months=1),
    "quarterly": Period(months=3),
    "yearly": Period(months=12),
    "custom": Period(),
}

_WEEK_DAYS: Final = get_args(WeekDay)
_DAY: Final = timedelta(days=1)


def span(goal: Goal, account: Account) -> tuple[date, date]:
    """First and last local date of the goal; without an `end_date` to the end of the (fiscal) year of the start."""
    if goal.end_date is not None:
        return goal.start_date, goal.end_date
    following = _next_by_months(goal.start_date, PERIODS["yearly"].months, _first_month(goal, account))
    return goal.start_date, _eve(following)


def milestones(goal: Goal, account: Account) -> tuple[Milestone, ...]:
    """The goal's milestones in order: consecutive, without gap or overlap, clipped to its span."""
    start, end = span(goal, account)
    return _cut(goal.duration, start, end, _WEEK_DAYS.index(account.week_start), _first_month(goal, account))


def ended_before(cut: tuple[Milestone, ...], day: date) -> int:
    """How many of a goal's milestones, from the first, ended before `day`."""
    return bisect_left(cut, day, key=lambda milestone: milestone.end)


@lru_cache(maxsize=4096)
def _cut(duration: Duration, start: date, end: date, week_start: int, first_month: int) -> tuple[Milestone, ...]:
    cut = []
    begin: date | None = start
    while begin is not None and begin <= end:
        following = _next_start(duration, begin, week_start, first_month)
        cut.append(Milestone(begin, min(end, _eve(following))))
        begin = following
    return tuple(cut)


def _next_start(duration: Duration, day: date, week_start: int, first_month: int) -> date | None:
    """The first day of the period after the one that holds `day`; None when the calendar ends before it."""
    period = PERIODS[duration]
    if period.days:
        ahead = period.days - (day.weekday() - week_start) % period.days
        return day + timedelta(days=ahead) if day <= date.max - timedelta(days=ahead) else None
    return _next_by_months(day, period.months, first_month) if period.months else None


def _next_by_months(day: date, months: int, first_month: int) -> date | None:
    into = (day.year * 12 + day.month - first_month) % months
    year, month = divmod(day.year * 12 + day.month - 1 - into + months, 12)
    return date(year, month + 1, 1) if year <= date.max.year else None


def _first_month(goal: Goal, account: Account) -> int:
    return account.fiscal_year_start_month if goal.align_to_fiscal_year else 1


def _eve(following: date | None) -> date:
    return following - _DAY if following is not None else date.max
