"""What is in force, plainly: no sharing, no cutting by rules, no counting; each day and entry is looked at again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count, groupby, takewhile
from typing import Any

from schemas.control import Account

Wire = dict[str, Any]
Term = tuple[str, str, str, int, Any, tuple[str, ...], bool]
"""Goal, start, end, version, target, pipelines, closed."""

WEEK_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def period_of(duration: str, day: date, week_start: str, first_month: int) -> object:
    """A name for the period that holds the day: the same for two days exactly when they are in the same one."""
    if duration == "weekly":
        return day - timedelta(days=(day.weekday() - WEEK_DAYS.index(week_start)) % 7)
    if duration == "custom":
        return None
    months_in_year = (day.month - first_month) % 12
    year = day.year if day.month >= first_month else day.year - 1
    return year, months_in_year // {"monthly": 1, "quarterly": 3, "yearly": 12}[duration]


def cut_by_days(goal: Wire, account: Account) -> list[tuple[date, date]]:
    """Milestones as (first, last day), found by naming each day's period."""
    first_month = account.fiscal_year_start_month if goal.get("align_to_fiscal_year") else 1
    start = date.fromisoformat(goal["start_date"])

    def period(duration: str) -> Callable[[date], object]:
        return lambda day: period_of(duration, day, account.week_start, first_month)

    days = (start + timedelta(days=ahead) for ahead in count())
    if "end_date" in goal:
        lasting = takewhile(lambda day: day <= date.fromisoformat(goal["end_date"]), days)
    else:
        lasting = takewhile(lambda day: period("yearly")(day) == period("yearly")(start), days)
    pieces = (list(piece) for _, piece in groupby(lasting, key=period(goal["duration"])))
    return [(piece[0], piece[-1]) for piece in pieces]


@dataclass
class Naive:
    """Follows the accepted entries, as plain JSON."""

    account: Account = field(default_factory=Account)
    directory: dict[str, Wire] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    goals: dict[str, Wire] = field(default_factory=dict)
    closed: dict[tuple[str, date], Wire] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    snapshots: list[date] = field(default_factory=list)
    ever_closed: bool = False

    def stopped(self, contributor: str) -> bool:
        if not contributor.startswith("user:"):
            return False
        return not self.directory.get(contributor, {"active": contributor not in self.gone})["active"]

    def terms(self) -> Iterator[tuple[str, Term]]:
        """Contributor and terms, for each milestone of each goal."""
        for goal_id, in_force in self.goals.items():
            for start, end in cut_by_days(in_force, self.account):
                goal = self.closed.get((goal_id, start), in_force)
                for contributor in goal["contributors"]:
                    target, pipelines = contributor.get("target"), contributor.get("pipelines", [])
                    for override in contributor.get("milestones", []):
                        if override["start"] == start.isoformat():
                            target, pipelines = override.get("target", target), override.get("pipelines", pipelines)
                    known = (goal_id, start.isoformat(), end.isoformat(), goal["version"], target, tuple(pipelines))
                    yield f"{contributor['kind']}:{contributor['id']}", (*known, (goal_id, start) in self.closed)

    def of(self, contributor: str) -> list[Term]:
        return sorted(term for one, term in self.terms() if one == contributor)

    def take(self, entries: Iterable[Wire]) -> "Naive":
        for entry in entries:
            getattr(self, "_" + entry["topic"].replace("-", "_"))(entry["key"], entry["value"])
        return self

    def _account(self, _key: str, value: Wire | None) -> None:
        settings = (
            {name: value[name] for name in ("time_zone", "fiscal_year_start_month", "week_start")} if value else {}
        )
        self.account = Account(**settings)

    def _directory(self, key: str, value: Wire | None) -> None:
        if value is not None:
            self.directory[key] = value
            self.gone.discard(key)
        else:
            self.directory.pop(key, None)
            self.gone.add(key)

    def _goals(self, key: str, value: Wire | None) -> None:
        self.goals.pop(key, None)
        if value is not None:
            self.goals[key] = value
        else:
            self.closed = {place: goal for place, goal in self.closed.items() if place[0] != key}

    def _snapshot_requests(self, key: str, _value: Wire) -> None:
        as_of = date.fromisoformat(key)
        self.snapshots.append(as_of)
        for goal_id, goal in self.goals.items():
            for start, end in cut_by_days(goal, self.account):
                if end < as_of:
                    self.closed.setdefault((goal_id, start), goal)
                    self.ever_closed = True
        ended = ((one, term) for one, term in self.terms() if date.fromisoformat(term[2]) < as_of)
        self.used |= {term[0] for one, term in ended if not self.stopped(one)}
