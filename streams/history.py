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
    milestones: tuple[Milestone, ...]
    closed: int = 0
    replaced: tuple[Replaced, ...] = ()
    """In order; `closed` rises strictly."""
    _assignments: dict[str, tuple[Assignment, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def edited(self, goal: Goal, account: Account) -> "GoalHistory":
        """With another version in force. Until a milestone is closed it may cut the milestones differently."""
        if not self.closed:
            return begun(goal, account)
        past = self.replaced
        if not past or past[-1].closed < self.closed:
            past = (*past, Replaced(self.goal, self.closed))
        return GoalHistory(goal, self.milestones, self.closed, past)

    def due(self, as_of: date) -> bool:
        """Does a snapshot request of this date close a milestone?"""
        return self.next_end is not None and self.next_end < as_of

    def requested(self, as_of: date) -> "GoalHistory":
        """After a snapshot request: what ended before its date is closed."""
        closed = max(self.closed, ended_before(self.milestones, as_of))
        return GoalHistory(self.goal, self.milestones, closed, self.replaced)

    @cached_property
    def next_end(self) -> date | None:
        """The end of the first milestone that is not closed."""
        return self.milestones[self.closed].end if self.closed < len(self.milestones) else None

    @cached_property
    def members(self) -> frozenset[str]:
        """As `KIND:ID`: who the version in force names, and who was removed but keeps closed milestones."""
        versions = (*(past.goal for past in self.replaced), self.goal)
        return frozenset(contributor.key for goal in versions for contributor in goal.contributors)

    @cached_property
    def _versions(self) -> tuple[tuple[Goal, dict[str, Contributor], int], ...]:
        """Each version with its contributors by `KIND:ID`, and the index of the first milestone not its own."""
        versions = (*self.replaced, Replaced(self.goal, len(self.milestones)))
        return tuple((goal, {one.key: one for one in goal.contributors}, until) for goal, until in versions)

    def assignments(self, contributor_key: str) -> tuple[Assignment, ...]:
        """One for each milestone that the contributor has part in, in order."""
        found = self._assignments.get(contributor_key)
        if found is None:
            found = self._assignments[contributor_key] = tuple(self._assign(contributor_key))
        return found

    def _assign(self, contributor_key: str) -> Iterator[Assignment]:
        begin = 0
        for goal, named, until in self._versions:
            contributor = named.get(contributor_key)
            if contributor is not None:
                for index in range(begin, until):
                    milestone = self.milestones[index]
                    target, pipelines = terms(contributor, milestone.start)
                    if target is not None:
                        yield Assignment(goal, contributor, milestone, target, pipelines, index < self.closed)
            begin = until


def begun(goal: Goal, account: Account) -> GoalHistory:
    """A goal without a past. Milestones that ended already are closed by the next snapshot request, like all others."""
    return GoalHistory(goal, milestones(goal, account))


def terms(contributor: Contributor, start: date) -> tuple[int | None, tuple[str, ...]]:
    """Target and pipelines for the milestone that starts then: its override's, where there is one, else the own."""
    target, pipelines = contributor.target, contributor.pipelines
    for override in contributor.milestones:
        if override.start == start:
            target = override.target if override.target is not None else target
            pipelines = override.pipelines if override.pipelines is not None else pipelines
    return target, pipelines
