"""Short ways to write down small logs by hand."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.judge import Event, verdict
from tests.oracle.log import Cut, Entry, Record, ends
from tests.oracle.times import instant_ms

FAR_FUTURE_MS = 4_102_444_800_000  # 2100-01-01T00:00:00Z: nothing here is ahead of its record


def ms(text: str) -> int:
    """Milliseconds of an RFC 3339 time."""
    instant = instant_ms(text)
    assert instant is not None
    return instant


@dataclass
class Tickets:
    """Ticket records on one partition a topic, each appended by `happens`."""

    records: list[Record] = field(default_factory=list)

    def happens(self, what: str, ticket: str, at: str, user: str | None = None, **fields: Any) -> Record:
        """Append an event `ticket-WHAT`; the pipeline is `p` where a created one names none."""
        topic = f"ticket-{what}"
        offset = sum(record.topic == topic for record in self.records)
        value = {"event_id": f"{topic}-{offset}", "ticket_id": ticket, "occurred_at": at, "user_id": user} | fields
        if what == "created":
            value.setdefault("pipeline_id", "p")
        record = Record(topic, 0, offset, FAR_FUTURE_MS, ticket.encode(), json.dumps(value).encode())
        self.records.append(record)
        return record

    def closed(self, user: str, *instants: str) -> None:
        """Append, for each instant, a ticket of its own that the user closes then."""
        for at in instants:
            self.happens("closed", f"t{len(self.records)}", at, user, pipeline_id="p")

    @property
    def events(self) -> list[Event]:
        """The events of the records; all of them are valid."""
        verdicts = [verdict(record) for record in self.records]
        return [each for each in verdicts if isinstance(each, Event)]

    @property
    def cut(self) -> Cut:
        """The cut after what was appended so far."""
        return ends(self.records, 1)


def year_begins() -> Tickets:
    """Ana closes 2 tickets in January, 3 in February, 1 in March; Bo closes 1 in January."""
    tickets = Tickets()
    tickets.closed("ana", "2026-01-01T00:00:00Z", "2026-01-31T23:59:59.999Z")
    tickets.closed(
        "ana", "2026-02-01T00:00:00Z", "2026-02-10T12:00:00Z", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z"
    )
    tickets.closed("bo", "2026-01-15T12:00:00Z")
    return tickets


@dataclass
class Spine:
    """The accepted control entries, each appended by a method that returns its offset."""

    accepted: list[tuple[int, Entry]] = field(default_factory=list)

    def add(self, topic: str, key: str, value: dict[str, Any] | None) -> int:
        """Append an entry; offsets leave gaps, as transactions do."""
        offset = 2 * len(self.accepted)
        entry = {"topic": topic, "key": key, "value": value, "at": "2026-01-01T00:00:00Z"}
        self.accepted.append((offset, entry))
        return offset

    def goal(self, goal: dict[str, Any]) -> int:
        """Append a goal."""
        return self.add("goals", goal["goal_id"], goal)

    def user(self, user: str, **fields: Any) -> int:
        """Append what the directory says of a user."""
        return self.add("directory", f"user:{user}", fields)

    def snapshot(self, as_of: str) -> int:
        """Append a snapshot request."""
        return self.add("snapshot-requests", as_of, {"as_of": as_of})


def contributor(identity: str, target: Any, kind: str = "user", **terms: Any) -> dict[str, Any]:
    """A contributor of a goal."""
    return {"kind": kind, "id": identity, "target": target} | terms


def goal(*contributors: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A goal `g`: tickets closed a month, from January to March 2026, unless the fields say otherwise."""
    return {
        "goal_id": "g",
        "name": "G",
        "version": 1,
        "template": "tickets-closed",
        "duration": "monthly",
        "start_date": "2026-01-01",
        "end_date": "2026-03-31",
        "contributors": list(contributors),
    } | fields
