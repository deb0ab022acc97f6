"""What is not as the logs say, and the tickets that it is about."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from schemas.statuses import contributor_of, goal_of
from service_goals.audit.recompute import Creditings, Logged, tickets, turns
from streams.derive import Fact

Body = dict[str, Any]
What = Literal["result", "notification", "status", "aggregate"]

FEW: Final = 5
"""Tickets that a line names; JSON has all of them."""


class Scope(NamedTuple):
    """Which facts a number is about."""

    epoch: int
    contributor: str
    """`KIND:ID`."""
    accumulator: int
    pipelines: tuple[str | None, ...] | None
    """None: all."""
    first: int
    """Ordinals of local days, both inclusive."""
    last: int

    def covers(self, pipeline: str | None, day: int) -> bool:
        """Is a fact of the same contributor and accumulator in it?"""
        return self.first <= day <= self.last and (self.pipelines is None or pipeline in self.pipelines)


@dataclasses.dataclass
class Difference:
    """One thing that is not what the logs say."""

    what: What
    key: str
    """`GOAL_ID|KIND:ID|MILESTONE_START`; of an aggregate `KIND:ID|FACT ACCUMULATOR|PIPELINE|DAY`."""
    field: str
    published: Any
    recomputed: Any
    milestones: tuple[str, ...] = ()
    """What it concerns, as `GOAL_ID|KIND:ID|MILESTONE_START`."""
    scope: Scope | None = None
    """None: it is about no tickets."""
    tickets: list[str] = dataclasses.field(default_factory=list)
    """Those whose facts are in the scope, sorted."""

    def as_json(self) -> Body:
        """For machines."""
        names = ("what", "key", "field", "published", "recomputed")
        milestones = [_named(each) for each in self.milestones]
        return {name: getattr(self, name) for name in names} | {"milestones": milestones, "tickets": self.tickets}

    def __str__(self) -> str:
        said = f"{self.what} {self.key}: {self.field} is {self.published!r}, the logs say {self.recomputed!r}"
        if self.milestones and self.milestones != (self.key,):
            said += f"; it counts for {_few(self.milestones)}"
        if self.scope is not None:
            said += f"; {len(self.tickets):,} tickets" + (f": {_few(self.tickets)}" if self.tickets else "")
        return said


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    more = ", …" if len(listed) > FEW else ""
    return ", ".join(listed[:FEW]) + more


def _named(key: str) -> Body:
    return {"goal": goal_of(key), "contributor": contributor_of(key), "milestone": key.rpartition("|")[2]}


class Tracing:
    """Finds the tickets whose facts lie in the scopes of differences."""

    def __init__(self, differences: Iterable[Difference]) -> None:
        """Those without a scope are left alone."""
        self._wanted: dict[int, dict[tuple[str, int], list[Difference]]] = defaultdict(lambda: defaultdict(list))
        for each in differences:
            if each.scope is not None:
                self._wanted[each.scope.epoch][each.scope.contributor, each.scope.accumulator].append(each)

    def trace(self, records: Iterable[Logged], creditings: Creditings) -> None:
        """Look through a bucket: all records of the tickets in it."""
        for ticket_id, of_ticket in tickets(records).items():
            facts: dict[int, list[Fact]] = {turn.epoch: turn.after for turn in turns(of_ticket, creditings)}
            for epoch, wanted in self._wanted.items():
                since = max((turn for turn in facts if turn <= epoch), default=None)
                if since is not None:
                    for each in _concerned(facts[since], wanted):
                        each.tickets.append(ticket_id.decode())

    def finish(self) -> None:
        """The tickets in order."""
        for wanted in self._wanted.values():
            for differences in wanted.values():
                for each in differences:
                    each.tickets.sort()


def _concerned(facts: list[Fact], wanted: Mapping[tuple[str, int], list[Difference]]) -> Iterator[Difference]:
    """Each difference once that one of a ticket's facts is in the scope of."""
    found: dict[int, Difference] = {}
    for fact in facts:
        user, team, pipeline, day = fact.credit
        for contributor in (user and f"user:{user}", team and f"team:{team}", pipeline and f"pipeline:{pipeline}"):
            for counted in fact.accumulators if contributor else ():
                for each in wanted.get((contributor or "", counted.index), ()):
                    if each.scope is not None and each.scope.covers(pipeline, day):
                        found[id(each)] = each
    return iter(found.values())
