"""The status of an assignment that isn't frozen (SPEC 5): by the local date of now, over all facts so far."""

from datetime import date

from msgspec import UNSET, UnsetType, structs

from schemas.goals import Assignment
from schemas.measures import SHARE_SCALE, unit_of
from schemas.statuses import Number, Party, Period, Status, StatusName
from streams.aggregate import Total
from streams.control import ControlState
from streams.evaluate import Numbers, Ratio, decimal, evaluate, grows, ratio, shown
from streams.status_table import Cause, follow
from streams.watches import Watch


def live_status(state: ControlState, watch: Watch, today: date) -> Status:
    """Of an assignment that isn't stopped, by its running total."""
    assignment, total = watch.assignment, watch.total
    cause: Cause = "waits" if today < assignment.milestone.start else "runs"
    numbers = evaluate(assignment.goal.measure, assignment.target, total)
    heading = projected(assignment, total, today) if assignment.goal.forecast and cause == "runs" else UNSET
    return compose(state, assignment, total, numbers, follow(watch.status, cause), watch.as_of, projected=heading)


def stopped_status(state: ControlState, assignment: Assignment, before: Status | None) -> Status:
    """Of a user who is gone: the numbers stay as last published; without any, null and 0."""
    status = follow(before.status if before is not None else None, "stops")
    nothing = compose(state, assignment, Total(), Numbers(None, None, no_data=False, verdict="worse"), status, None)
    if before is None:
        return structs.replace(nothing, target=None)
    kept = ("actual", "sum", "count", "progress", "target", "as_of", "no_data")
    return structs.replace(nothing, **{name: getattr(before, name) for name in kept})


def projected(assignment: Assignment, total: Total, today: date) -> Number | None:
    """Where a running milestone is heading: a count or sum grows by the days, anything else stays as it is.

    Rounded like an actual, so tickets too have up to 3 decimals. Days begun count today, at most the whole milestone.
    """
    measure, milestone = assignment.goal.measure, assignment.milestone
    exact = ratio(measure, total)
    if exact is None:
        return None
    if grows(measure):
        days = (milestone.end - milestone.start).days + 1
        begun = min(days, (today - milestone.start).days + 1)
        exact = Ratio(exact.top * days, exact.bottom * begun)
    return shown(unit_of(measure), exact)


def compose(
    state: ControlState,
    assignment: Assignment,
    total: Total,
    numbers: Numbers,
    status: StatusName,
    as_of: date | None,
    *,
    frozen: bool = False,
    projected: Number | UnsetType | None = UNSET,
) -> Status:
    """All that a status says, from what it is made of."""
    goal, contributor, milestone = assignment.goal, assignment.contributor, assignment.milestone
    unit = unit_of(goal.measure)
    return Status(
        goal_id=goal.goal_id,
        goal_name=goal.name,
        goal_version=goal.version,
        template=goal.template,
        duration=goal.duration,
        contributor=Party(contributor.kind, contributor.id, state.name_of(contributor.kind, contributor.id)),
        milestone=Period(milestone.start, milestone.end),
        pipelines=assignment.pipelines,
        unit=unit,
        target=decimal(assignment.target, SHARE_SCALE) if unit == "share" else assignment.target,
        actual=numbers.actual,
        sum=total.sum,
        count=total.count,
        progress=numbers.progress,
        status=status,
        no_data=numbers.no_data,
        frozen=frozen,
        as_of=as_of,
        projected=projected,
    )
