"""The course of a milestone, day by day, as its statuses would have been with the facts that are known now."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import structs

from schemas.contributions import Change
from schemas.encode_control import target_wire
from schemas.goals import Assignment
from schemas.measures import unit_of
from streams.aggregate import Total
from streams.evaluate import evaluate, grows


def course(assignment: Assignment, changes: Mapping[int, Change], today: date) -> dict[str, Any]:
    """What `/history` shows; `changes` by ordinal of the day."""
    measure, milestone = assignment.goal.measure, assignment.milestone
    unit = unit_of(measure)
    return {
        "unit": unit,
        "target": target_wire(assignment.target, unit),
        "better": measure.better,
        "milestone": {"start": milestone.start, "end": milestone.end},
        "days": list(_days(assignment, changes, min(today, milestone.end))),
    }


def _days(assignment: Assignment, changes: Mapping[int, Change], last: date) -> Iterator[dict[str, Any]]:
    measure, target = assignment.goal.measure, assignment.target
    any_count = structs.replace(measure, minimum_count=None)
    until = Total()
    for day in range(assignment.milestone.start.toordinal(), last.toordinal() + 1):
        own, change = Total(), changes.get(day, Change())
        for total in (own, until):
            total.add(change)
        numbers = evaluate(measure, target, until)
        yield {
            "date": date.fromordinal(day),
            "count": own.count,
            "sum": own.sum,
            "value": evaluate(any_count, target, own).actual,
            "actual": numbers.actual,
            "progress": numbers.progress,
            "pace": _pace(assignment, day),
        }


def _pace(assignment: Assignment, day: int) -> float | None:
    """The part of the target that is due by the end of the day, where a number grows towards it."""
    measure, milestone = assignment.goal.measure, assignment.milestone
    if not grows(measure) or measure.better == "lower":
        return None
    first, last = milestone.start.toordinal(), milestone.end.toordinal()
    return round(assignment.target * (day - first + 1) / (last - first + 1), 3)
