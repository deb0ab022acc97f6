"""One goal along the spine: which milestones are closed, and the terms that each of them has (SPEC 4, edits).

Milestones close in order, so "closed" is a number: the first `closed` milestones of the goal are. An edit keeps the
version it replaces only when milestones closed under it; a closed milestone has the terms of the version that it closed
under, an open one those in force.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from schemas.control import Account
from schemas.goals import Assignment, Contributor, Goal, Milestone
from streams.milestones import ended_before, milestones


class Replaced(NamedTuple):
    """A version that is no longer in force, and how many milestones were closed when it was replaced."""

    goal: Goal
    closed: int


@dataclass(frozen=True)
class GoalHistory:
    """A goal in force, with the past that its closed milestones need."""

    goal: Goal
    created: int
    """How many entries were in force before the goal's first one: snapshot requests from there on can close it."""
    milestones: tuple[Milestone, ...]
    closed: int = 0
    replaced: tuple[Replaced, ...] = ()
    """In order; `closed` rises strictly."""
    _assignments: dict[str, tuple[Assignment, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def edited(self, goal: Goal, account: Account, latest_request: date | None) -> "GoalHistory":
        """With another version in force. Until a milestone is closed it may cut the milestones differently."""
        if not self.closed:
            return created(goal, self.created, account, latest_request)
        past = self.replaced
        if not past or past[-1].closed < self.closed:
            past = (*past, Replaced(self.goal, self.closed))
        return GoalHistory(goal, self.created, self.milestones, self.closed, past)

    def due(self, as_of: date) -> bool:
        """Does a snapshot request of this date close a milestone?"""
        return self.next_end is not None and self.next_end < as_of

    def requested(self, as_of: date) -> "GoalHistory":
        """After a snapshot request: what ended before its date is closed."""
        closed = max(self.closed, ended_before(self.milestones, as_of))
        return GoalHistory(self.goal, self.created, self.milestones, closed, self.replaced)

    @cached_property
    def next_end(self) -> date | None:
        """The end of the first milestone that is not closed."""
        return self.milestones[self.closed].end if self.closed < len(self.milestones) else None

    @cached_property
    def contributors(self) -> dict[str, Contributor]:
        """By `KIND:ID`: those of the version in force."""
        return _by_key(self.goal)

    def assignments(self, contributor_key: str) -> tuple[Assignment, ...]:
        """One for each milestone the contributor has part in; none when the version in force doesn't name it."""
        found = self._assignments.get(contributor_key)
        if found is None:
            found = tuple(self._assign(contributor_key)) if contributor_key in self.contributors else ()
            self._assignments[contributor_key] = found
        return found

    def _assign(self, contributor_key: str) -> Iterator[Assignment]:
        versions = [(past.closed, past.goal, _by_key(past.goal).get(contributor_key)) for past in self.replaced]
        versions.append((len(self.milestones), self.goal, self.contributors[contributor_key]))
        begin = 0
        for until, goal, contributor in versions:
            if contributor is not None:
                for index in range(begin, until):
                    milestone = self.milestones[index]
                    target, pipelines = terms(contributor, milestone.start)
                    if target is not None:
                        yield Assignment(goal, contributor, milestone, target, pipelines, index < self.closed)
            begin = until


def created(goal: Goal, count: int, account: Account, latest_request: date | None) -> GoalHistory:
    """A goal whose first entry came after `count` others; `latest_request`: the latest date requested since."""
    cut = milestones(goal, account)
    closed = ended_before(cut, latest_request) if latest_request is not None else 0
    return GoalHistory(goal, count, cut, closed)


def terms(contributor: Contributor, start: date) -> tuple[int | None, tuple[str, ...]]:
    """Target and pipelines for the milestone that starts then: its override's, where there is one, else the own."""
    target, pipelines = contributor.target, contributor.pipelines
    for override in contributor.milestones:
        if override.start == start:
            target = override.target if override.target is not None else target
            pipelines = override.pipelines if override.pipelines is not None else pipelines
    return target, pipelines


def _by_key(goal: Goal) -> dict[str, Contributor]:
    return {contributor.key: contributor for contributor in goal.contributors}
