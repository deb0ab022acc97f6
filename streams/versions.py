"""A goal's version (SPEC 4): given or counted, and when a record says nothing new."""

import msgspec

from schemas.decode_goal import NO_VERSION
from schemas.goals import Goal
from schemas.reading import Refused


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
