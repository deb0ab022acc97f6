"""From all events of a ticket to its facts (SPEC 3): sort them, and take.

Decisions where the page is silent:
- An attribute given as null has a value (null), it is not missing.
- A ticket without a pipeline is credited to its user and team all the same, and to no pipeline.
- The JSON text of an attribute's value, the last resort of the order, is as compact as Python's json writes it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from tests.oracle.control import Account, Directory
from tests.oracle.judge import Event, Scalar
from tests.oracle.times import local_day


class Fact(NamedTuple):
    """One fact: `response`, `resolution` (value in ms) or `closed` (value 1)."""

    kind: str
    ticket_id: str
    value: int
    user: str | None
    team: str | None
    pipeline: str | None
    day: date
    attributes: dict[str, Scalar]

    def credited_to(self, kind: str, identity: str) -> bool:
        """True when the contributor is the fact's user, team or pipeline."""
        return {"user": self.user, "team": self.team, "pipeline": self.pipeline}[kind] == identity


def all_facts(events: Iterable[Event], directory: Directory, account: Account) -> list[Fact]:
    """The facts of all tickets."""
    tickets: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        tickets[event.ticket_id].append(event)
    return [fact for ticket in tickets.values() for fact in ticket_facts(ticket, directory, account)]


def ticket_facts(events: list[Event], directory: Directory, account: Account) -> list[Fact]:
    """The facts of one ticket, from all its events in any order, repeated or not."""
    ordered = sorted(events, key=order)
    topics: dict[str, list[Event]] = {event.topic: [] for event in ordered}
    for event in ordered:
        topics[event.topic].append(event)
    if "ticket-deleted" in topics:
        return []
    pipelines = [event.pipeline_id for event in ordered if event.pipeline_id is not None]
    attributes = latest_attributes(ordered)

    def fact(kind: str, value: int, by: Event) -> Fact:
        day = local_day(by.occurred_at, account.time_zone)
        team = by.team_id
        if team is None and by.user_id is not None:
            team = directory.team(by.user_id, day)
        pipeline = pipelines[-1] if pipelines else None
        return Fact(kind, by.ticket_id, value, by.user_id, team, pipeline, day, attributes)

    facts = []
    if "ticket-created" in topics and "ticket-responded" in topics:
        first = topics["ticket-responded"][0]
        facts.append(fact("response", first.occurred_at - topics["ticket-created"][0].occurred_at, first))
    if "ticket-closed" in topics:
        close = topics["ticket-closed"][-1]
        closed = "ticket-reopened" not in topics or topics["ticket-reopened"][-1].occurred_at <= close.occurred_at
        if closed:
            facts.append(fact("closed", 1, close))
        if closed and "ticket-created" in topics:
            facts.append(fact("resolution", close.occurred_at - topics["ticket-created"][0].occurred_at, close))
    return [each for each in facts if each.value >= 0]


def order(event: Event) -> tuple[Any, ...]:
    """The order of the events of a ticket: by time, then by what tells them apart; null before any id."""
    ids = [("",) if each is None else ("id", each) for each in (event.user_id, event.team_id, event.pipeline_id)]
    return (event.occurred_at, event.event_id, event.topic, *ids)


def latest_attributes(ordered: list[Event]) -> dict[str, Scalar]:
    """For each name, the value of the latest event that has it."""
    names = {name for event in ordered for name in event.attributes}
    latest = {}
    for name in names:
        having = [event for event in ordered if name in event.attributes]
        last = max(having, key=lambda event: (order(event), json.dumps(event.attributes[name], ensure_ascii=False)))
        latest[name] = last.attributes[name]
    return latest
