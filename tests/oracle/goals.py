"""Goals in force, and what each snapshot has to do (SPEC 2.2, 4, 5): a fold over the accepted control entries.

Decisions where the page is silent:
- A closed milestone keeps everything its goal said when it closed: name and version too, and its contributors.
  Who was added later has no part in it; who was removed later, while stopped, still gets the result after reactivation.
- Deleting a goal also ends its closed milestones that were not frozen yet.
- Every entry of `snapshot-requests` in the log is a snapshot, also a second one of the same date.
- A milestone that is left without a target (the account was changed, so that an override starts no milestone any more)
  is not evaluated.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from tests.oracle.control import Account, Directory
from tests.oracle.log import Accepted
from tests.oracle.milestones import Milestone, milestones

Goal = dict[str, Any]


class Assignment(NamedTuple):
    """One contributor's share of one milestone, with the terms that count for it."""

    goal: Goal
    kind: str
    identity: str
    milestone: Milestone
    target: Any
    pipelines: list[str]
    notify: list[dict[str, Any]]

    @property
    def key(self) -> str:
        """The key in `milestone-results` and `goal-status`."""
        return f"{self.goal['goal_id']}|{self.kind}:{self.identity}|{self.milestone.start}"


def assignments(goal: Goal, milestone: Milestone) -> list[Assignment]:
    """The shares of a milestone, one a contributor, overrides applied."""
    shares = []
    for contributor in goal["contributors"]:
        terms = {name: contributor.get(name) for name in ("target", "pipelines")}
        for override in contributor.get("milestones") or []:
            if override["start"] == milestone.start.isoformat():
                terms |= {name: override[name] for name in terms if override.get(name) is not None}
        if terms["target"] is not None:
            notify, pipelines = contributor.get("notify") or [], terms["pipelines"] or []
            shares.append(
                Assignment(goal, contributor["kind"], contributor["id"], milestone, terms["target"], pipelines, notify)
            )
    return shares


@dataclass
class InForce:
    """The state that the log leads to."""

    account: Account = field(default_factory=Account)
    directory: Directory = field(default_factory=Directory)
    goals: dict[str, Goal] = field(default_factory=dict)
    closed: dict[str, dict[Milestone, Goal]] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)

    def shares(self) -> Iterator[Assignment]:
        """All assignments: of closed milestones as they were then, of the others as they are."""
        for goal_id, goal in self.goals.items():
            for milestone, then in self.closed[goal_id].items():
                yield from assignments(then, milestone)
            for milestone in milestones(goal, self.account):
                if milestone not in self.closed[goal_id]:
                    yield from assignments(goal, milestone)


class Snapshot(NamedTuple):
    """A snapshot request of the log and what it finds: shares to freeze, shares that run (or are still to come)."""

    offset: int
    as_of: date
    account: Account
    directory: Directory
    due: list[Assignment]
    running: list[Assignment]


def replay(accepted: Accepted) -> tuple[list[Snapshot], InForce]:
    """All snapshots in the order of the log, and what is in force at its end."""
    state, snapshots = InForce(), []
    for offset, entry in accepted:
        topic, key, value = entry["topic"], entry["key"], entry["value"]
        if topic == "account":
            state.account = Account.of(value)
        elif topic == "directory":
            state.directory = Directory(state.directory.entries | {key: value})
        elif topic == "goals":
            _goal(state, key, value)
        elif topic == "snapshot-requests" and value is not None:
            snapshots.append(_snapshot(state, offset, date.fromisoformat(value["as_of"])))
    return snapshots, state


def _goal(state: InForce, goal_id: str, value: Goal | None) -> None:
    if value is None:
        state.goals.pop(goal_id, None)
        state.closed.pop(goal_id, None)
    else:
        state.goals[goal_id] = value
        state.closed.setdefault(goal_id, {})


def _snapshot(state: InForce, offset: int, as_of: date) -> Snapshot:
    for goal_id, goal in state.goals.items():
        for milestone in milestones(goal, state.account):
            if milestone.end < as_of:
                state.closed[goal_id].setdefault(milestone, goal)
    active = [each for each in state.shares() if not state.directory.stopped(each.kind, each.identity)]
    open_shares = [each for each in active if each.key not in state.frozen]
    due = [each for each in open_shares if each.milestone.end < as_of]
    running = [each for each in open_shares if each.milestone.end >= as_of]
    state.frozen |= {each.key for each in due}
    return Snapshot(offset, as_of, state.account, state.directory, due, running)
