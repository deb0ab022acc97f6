"""What makes a goal acceptable beside what is in force (SPEC 4): its milestones, the directory, its closed milestones.

Every check raises Refused with the path of the first thing wrong; what a goal says by itself was checked when read.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import structs

from schemas.control import Account
from schemas.encode_control import goal_wire
from schemas.goals import Contributor, ContributorKind, Goal, Override
from schemas.reading import Refused, shown, to_json
from streams.control import ControlState
from streams.history import GoalHistory, terms
from streams.milestones import milestones, span

Place = tuple[str, ContributorKind, str]
"""Path, kind and id of something of the directory that a goal names."""

_FROZEN_FIELDS: Final = ("template", "measure", "duration", "start_date", "end_date", "align_to_fiscal_year")


def check_goal(state: ControlState, goal: Goal) -> None:
    """All rules for putting the goal in force now."""
    history = state.histories.get(goal.goal_id)
    if history is not None and history.closed:
        _check_frozen_fields(history, goal, state.account)
        _check_closed_overrides(history, goal)
    else:
        _check_kept(state, goal)
    check_milestones(goal, state.account, history.closed if history else 0)
    _check_known(state, goal)


def _check_kept(state: ControlState, goal: Goal) -> None:
    start = goal.start_date
    if start.toordinal() < state.kept_from:
        first = date.fromordinal(state.kept_from)
        remedy = f"give {first} or a later day"
        raise Refused(f"start_date: {start}, what happened before {first} has expired (keep_days of account), {remedy}")


def check_milestones(goal: Goal, account: Account, closed: int = 0) -> None:
    """Overrides start milestones, each open milestone has a target and, under a forecast, exactly one pipeline."""
    cut = milestones(goal, account)
    starts = {milestone.start for milestone in cut}
    opened = [milestone.start for milestone in cut[closed:]]
    for index, contributor in enumerate(goal.contributors):
        path = f"contributors[{index}]"
        for at, override in enumerate(contributor.milestones):
            if override.start not in starts:
                raise Refused(f"{path}.milestones[{at}].start: {override.start} {_nearest(override.start, starts)}")
        _check_terms(goal, contributor, path, opened)


def _check_terms(goal: Goal, contributor: Contributor, path: str, opened: list[date]) -> None:
    if contributor.target is not None and not goal.forecast:
        return
    for start, (target, pipelines) in _terms(contributor, opened):
        if target is None:
            remedy = "give one, or an override with a target"
            raise Refused(f"{path}.target: missing for the milestone that starts {start}, {remedy}")
        if goal.forecast and contributor.kind != "pipeline" and len(pipelines) != 1:
            given = f"{len(pipelines)} pipelines" if pipelines else "all pipelines"
            where = f"{given} in the milestone that starts {start}"
            raise Refused(f"{path}.pipelines: {where}, a forecast needs exactly one: name it, or leave forecast out")


def _terms(contributor: Contributor, opened: list[date]) -> Iterator[tuple[date, tuple[int | None, tuple[str, ...]]]]:
    """The terms of open milestones, in order, alike ones once: a goal may have thousands, and so many contributors."""
    overrides = {override.start: override for override in contributor.milestones}
    usual = next((start for start in opened if start not in overrides), None)
    first = opened[0] if opened else date.max
    decisive = {start for start in overrides if start >= first} | ({usual} if usual is not None else set())
    for start in sorted(decisive):
        own = (overrides[start],) if start in overrides else ()
        yield start, terms(structs.replace(contributor, milestones=own), start)


def _nearest(start: date, starts: set[date]) -> str:
    near = min(starts, key=lambda one: (abs(one - start), one))
    return f"starts no milestone of the goal, the nearest is {near}"


def _check_frozen_fields(history: GoalHistory, goal: Goal, account: Account) -> None:
    before, after = ({**goal_wire(one), "end_date": span(one, account)[1].isoformat()} for one in (history.goal, goal))
    for name in _FROZEN_FIELDS:
        if to_json(before.get(name)) != to_json(after.get(name)):
            was, now = shown(before.get(name)), shown(after.get(name))
            raise Refused(f"{name}: {now}, it can't change from {was} once a milestone is closed, make a new goal")


def _check_closed_overrides(history: GoalHistory, goal: Goal) -> None:
    closed = [milestone.start for milestone in history.milestones[: history.closed]]
    before = {contributor.key: _overrides(contributor) for contributor in history.goal.contributors}
    for index, contributor in enumerate(goal.contributors):
        old, new = before.get(contributor.key, {}), _overrides(contributor)
        for start in closed:
            if old.get(start) != new.get(start):
                raise Refused(
                    f"contributors[{index}].milestones{_position(contributor, start)}: the milestone that starts "
                    f"{start} is closed, its override can't be added, changed or removed, leave it as it was"
                )


def _overrides(contributor: Contributor) -> dict[date, Override]:
    return {override.start: override for override in contributor.milestones}


def _position(contributor: Contributor, start: date) -> str:
    return next((f"[{at}].start" for at, override in enumerate(contributor.milestones) if override.start == start), "")


def _check_known(state: ControlState, goal: Goal) -> None:
    before = state.goal(goal.goal_id)
    named = {(kind, item_id) for _, kind, item_id in _places(before)} if before else set()
    for path, kind, item_id in _places(goal):
        known = state.known(kind)
        if known and item_id not in known and (kind, item_id) not in named:
            raise Refused(f"{path}: {shown(item_id)}, the directory has no such {kind}, add it there first")


def _places(goal: Goal) -> Iterator[Place]:
    for index, contributor in enumerate(goal.contributors):
        path = f"contributors[{index}]"
        yield f"{path}.id", contributor.kind, contributor.id
        for at, pipeline in enumerate(contributor.pipelines):
            yield f"{path}.pipelines[{at}]", "pipeline", pipeline
        for number, override in enumerate(contributor.milestones):
            for at, pipeline in enumerate(override.pipelines or ()):
                yield f"{path}.milestones[{number}].pipelines[{at}]", "pipeline", pipeline
        for at, notify in enumerate(contributor.notify):
            yield f"{path}.notify[{at}].user_id", "user", notify.user_id
