"""Builders for tests of the contributors stage: a spine, a machine with its table, facts, and what came out."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from schemas.contributions import CellKey, Change, Contributions, Message, Tick
from schemas.control import Account, Command, Entry, SnapshotRequest, User
from schemas.goals import Contributor, ContributorKind, Duration, Goal, Notify, Template
from schemas.measures import TEMPLATES, Measure
from schemas.records import Output
from schemas.topics import ACCOUNT, DIRECTORY, GOALS, SNAPSHOT_REQUESTS, TICKET_TOPICS
from streams.contributors import Contributors
from streams.spine import Spine

MONDAY = date(2026, 1, 5)
"""The first day of the tests' weeks."""
RESPONSE, RESOLUTION, CLOSED = 0, 1, 2
"""The templates' accumulators."""
ANN = "user:ann"

Fields = dict[str, Any]


def day(number: int) -> date:
    """Counted from MONDAY, which is 0."""
    return MONDAY + timedelta(days=number)


def noon(number: int) -> int:
    """Milliseconds since the epoch of 12:00 UTC of a day."""
    at = day(number)
    return int(datetime(at.year, at.month, at.day, 12, tzinfo=UTC).timestamp()) * 1000


def contributor(key: str = ANN, target: int | None = 10, **more: Any) -> Contributor:
    """Who has what to reach; `key` is `KIND:ID`."""
    kind, _, identity = key.partition(":")
    return Contributor(cast(ContributorKind, kind), identity, target, **more)


def goal(
    goal_id: str = "g",
    *contributors: Contributor,
    measure: Measure | None = None,
    template: Template = "tickets-closed",
    duration: Duration = "weekly",
    weeks: int = 2,
    **more: Any,
) -> Goal:
    """A weekly goal of two weeks from MONDAY on; for ann to close 10 tickets, unless said otherwise."""
    fields: Fields = {"version": 1, "start_date": MONDAY, "end_date": day(7 * weeks - 1)} | more
    return Goal(
        goal_id=goal_id,
        name=fields.pop("name", f"Goal {goal_id}"),
        template="custom" if measure else template,
        measure=measure or TEMPLATES[template],
        duration=duration,
        align_to_fiscal_year=False,
        forecast=fields.pop("forecast", False),
        contributors=contributors or (contributor(),),
        **fields,
    )


def notify(user_id: str, *on: Any) -> Notify:
    """A recipient."""
    return Notify(user_id, on)


class Log(Spine):
    """A spine with short words for appending; each returns the entry's offset."""

    def put(self, topic: str, key: str, command: Command | None) -> int:
        """Offsets have gaps, as transaction markers make them."""
        offset = self.last_offset + 2
        self.append(Entry(offset, topic, key, command, noon(0)))
        return offset

    def goal(self, command: Goal) -> int:
        """Create or edit."""
        return self.put(GOALS, command.goal_id, command)

    def delete_goal(self, goal_id: str) -> int:
        """Delete."""
        return self.put(GOALS, goal_id, None)

    def user(self, user_id: str, **fields: Any) -> int:
        """Create or change."""
        return self.put(DIRECTORY, f"user:{user_id}", User(user_id, **fields))

    def account(self, **fields: Any) -> int:
        """Change the calendar."""
        return self.put(ACCOUNT, ACCOUNT, Account(**fields))

    def snapshot(self, number: int) -> int:
        """Request one as of a day."""
        return self.put(SNAPSHOT_REQUESTS, day(number).isoformat(), SnapshotRequest(day(number)))


def fact(
    number: int, value: int = 1, *, who: str = ANN, of: int = CLOSED, pipeline: str | None = "p", **more: Any
) -> tuple[CellKey, Change]:
    """One fact on a day."""
    return CellKey(who, of, pipeline, day(number).toordinal()), Change(1, value, **more)


def taken_back(counted: tuple[CellKey, Change]) -> tuple[CellKey, Change]:
    """The change that undoes a fact."""
    key, change = counted
    values = {value: -times for value, times in change.values.items()}
    return key, Change(-change.count, -change.sum, -change.within, values)


def sent(*facts: tuple[CellKey, Change], source: int = 0) -> Contributions:
    """What a source sends."""
    return Contributions(source, list(facts))


def tick(request: int, source: int = 0, at: int = 0) -> Tick:
    """The source stands at offset `at` of every ticket topic."""
    return Tick(source, request, dict.fromkeys(TICKET_TOPICS, at))


class Stage:
    """A machine, its table, and everything that it has put out."""

    def __init__(self, log: Log | None = None, sources: int = 1) -> None:
        """The machine of the only partition."""
        self.log = log or Log()
        self.table: dict[bytes, bytes] = {}
        self.sources = sources
        self.written: list[Output] = []
        self.machine = self.reload()

    def reload(self) -> Contributors:
        """As after a crash: whatever isn't in the table is gone."""
        self.machine = Contributors(self.table, 0, self.sources, lambda key: 0)
        return self.machine

    def at(self, number: int, *messages: Message) -> "Stage":
        """At noon of a day: these come in, the spine is walked, what changed is published."""
        for message in messages:
            self.machine.receive(message)
        self.machine.advance(self.log, noon(number))
        self.machine.publish(noon(number))
        self.written += self.machine.outputs()
        return self

    def snapshot(self, number: int) -> "Stage":
        """Requested, ticked by all sources and taken, at noon of its day."""
        request = self.log.snapshot(number)
        return self.at(number, *(tick(request, source) for source in range(self.sources)))

    def records(self, topic: str) -> list[Fields]:
        """The values written to a topic, in order; a delete is empty."""
        return [json.loads(one.value or b"{}") for one in self.written if one.topic == topic]

    def latest(self, topic: str = "goal-status") -> dict[str, Fields]:
        """The topic as compaction leaves it."""
        values = {(one.key or b"").decode(): one.value for one in self.written if one.topic == topic}
        return {key: json.loads(value) for key, value in values.items() if value is not None}

    def status(self, week: int = 0, goal_id: str = "g", who: str = ANN) -> Fields:
        """The status that is out for a week's milestone."""
        return self.latest()[f"{goal_id}|{who}|{day(7 * week)}"]

    def told(self) -> list[tuple[str, str]]:
        """Kind and start of the milestone of all news, in order."""
        return [(one["kind"], one["milestone"]["start"]) for one in self.records("goal-notifications")]


def picked(fields: Fields, names: str) -> list[Any]:
    """The values of some fields, named in one string."""
    return [fields.get(name, "absent") for name in names.split()]


def without_time(values: Iterable[Fields]) -> list[Fields]:
    """What a repeat must have alike."""
    return [{name: value for name, value in fields.items() if name != "computed_at"} for fields in values]
