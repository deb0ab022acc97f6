"""What a goal must obey beyond its own form (SPEC 4): the calendar, the directory, and what is closed already."""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.control import Account
from schemas.decode_goal import NO_VERSION
from schemas.goals import Contributor, ContributorKind, Goal, Override
from schemas.reading import Refused
from streams.control import ControlState
from streams.history import GoalHistory, terms
from streams.milestones import milestones, span

_FIXED: Final = ("template", "measure", "duration", "align_to_fiscal_year")
"""What can't change once a milestone is closed; the dates come beside them."""


def numbered(goal: Goal, in_force: Goal | None) -> Goal:
    """With its version: one more than in force when none is given; that in force when it says the same."""
    if in_force is None:
        return msgspec.structs.replace(goal, version=max(goal.version, 1))
    if goal.version == NO_VERSION:
        version = in_force.version if same(goal, in_force) else in_force.version + 1
        return msgspec.structs.replace(goal, version=version)
    if goal.version > in_force.version:
        return goal
    if same(goal, in_force):
        return in_force
    raise Refused(
        f"version: {goal.version} is not higher than {in_force.version}, which is in force; "
        f"give {in_force.version + 1}, or none"
    )


def same(one: Goal, other: Goal) -> bool:
    """Alike but for the version; as JSON, since to Python True is 1."""
    return _content(one) == _content(other)


def _content(goal: Goal) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(goal, version=NO_VERSION))


def check_calendar(goal: Goal, account: Account) -> None:
    """Every override starts a milestone, every milestone has a target, and a forecast has one pipeline each time."""
    starts = [milestone.start for milestone in milestones(goal, account)]
    if goal.forecast and goal.duration == "yearly":
        raise Refused("forecast: true, yearly milestones have no forecast; leave it out or choose a shorter duration")
    for path, contributor in _numbered(goal):
        for index, override in enumerate(contributor.milestones):
            if override.start not in starts:
                raise Refused(
                    f"{path}.milestones[{index}].start: {override.start} starts no milestone, "
                    f"give one of {_few([start.isoformat() for start in starts])}"
                )
        for start in starts:
            target, pipelines = terms(contributor, start)
            if target is None:
                raise Refused(f"{path}.target: missing for the milestone of {start}, give one for all or for this one")
            single = len(pipelines) == 1 or (contributor.kind == "pipeline" and not pipelines)
            if goal.forecast and not single:
                raise Refused(
                    f"{path}.pipelines: {len(pipelines) or 'all'} in the milestone of {start}, "
                    "a forecast needs exactly one; name one or leave forecast out"
                )


def check_directory(goal: Goal, state: ControlState) -> None:
    """Once the directory knows any of a kind, who is named must be known, or be named by the goal in force."""
    in_force = state.goal(goal.goal_id)
    named = {(kind, named_id) for _, kind, named_id in _named(in_force)} if in_force else set()
    for path, kind, named_id in _named(goal):
        known = state.known(kind)
        if known and named_id not in known and (kind, named_id) not in named:
            raise Refused(f"{path}: no {kind} {named_id!r} in the directory, add it there first or mend the id")


def check_closed(goal: Goal, history: GoalHistory, account: Account) -> None:
    """What holds for closed milestones stays as it is."""
    if not history.closed:
        return
    before = history.goal
    for field in _FIXED:
        if getattr(goal, field) != getattr(before, field):
            raise Refused(f"{field}: can't change any more, a milestone is closed; make a new goal")
    for field, old, new in zip(("start_date", "end_date"), span(before, account), span(goal, account), strict=True):
        if old != new:
            raise Refused(f"{field}: can't change from {old} to {new} any more, a milestone is closed; make a new goal")
    closed = {milestone.start for milestone in history.milestones[: history.closed]}
    members = {contributor.key: contributor for contributor in before.contributors}
    for path, contributor in _numbered(goal):
        old_overrides = _overrides(members.get(contributor.key))
        new_overrides = _overrides(contributor)
        for start in sorted(closed):
            if old_overrides.get(start) != new_overrides.get(start):
                raise Refused(f"{path}.milestones: the milestone of {start} is closed, leave its override as it was")


def _overrides(contributor: Contributor | None) -> dict[object, Override]:
    return {override.start: override for override in contributor.milestones} if contributor is not None else {}


def _numbered(goal: Goal) -> Iterator[tuple[str, Contributor]]:
    return ((f"contributors[{index}]", each) for index, each in enumerate(goal.contributors))


def _named(goal: Goal) -> Iterator[tuple[str, ContributorKind, str]]:
    """Everyone and every pipeline that the goal names, with the path."""
    for path, contributor in _numbered(goal):
        yield f"{path}.id", contributor.kind, contributor.id
        for index, pipeline in enumerate(contributor.pipelines):
            yield f"{path}.pipelines[{index}]", "pipeline", pipeline
        for number, override in enumerate(contributor.milestones):
            for index, pipeline in enumerate(override.pipelines or ()):
                yield f"{path}.milestones[{number}].pipelines[{index}]", "pipeline", pipeline
        for index, notify in enumerate(contributor.notify):
            yield f"{path}.notify[{index}].user_id", "user", notify.user_id


def _few(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
