"""Simulated years: what the tables hold at the end of each, with `keep_days` and without. No Kafka, no clock.

    python -m benchmarks.soak --years 5 --tickets 40 --keep-days 365

The machines of all partitions run in this process over plain tables. Every day tickets are created, answered and
closed, 1 % of the events come twice, a few again more than a year later, and a snapshot is taken. Each year has a
monthly goal for every user. Every frozen result is compared with what was delivered: a run that isn't exact fails.
"""

import argparse
import json
import resource
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from agents.partitioner import partitioner
from schemas.contributions import decode_message
from schemas.control import Account, Command, Entry, SnapshotRequest
from schemas.goals import Contributor, Goal
from schemas.measures import TEMPLATES
from schemas.records import Output
from schemas.topics import (
    ACCOUNT,
    CONTRIBUTIONS,
    GOALS,
    MILESTONE_RESULTS,
    SNAPSHOT_REQUESTS,
    TICKET_CLOSED,
    TICKET_CREATED,
    TICKET_EVENTS_REJECTED,
    TICKET_RESPONDED,
)
from streams.contributors import Contributors
from streams.spine import Spine
from streams.tickets import Tickets

PARTITIONS = 2
USERS = 20
FIRST = date(2026, 1, 1)
TOO_LATE = timedelta(days=400)
REPEATED, LATE = 0.01, 0.001


class Record(NamedTuple):
    """As read from Kafka."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Event(NamedTuple):
    """As a publisher sends it."""

    topic: str
    ticket: str
    at: datetime
    user: str | None


class System:
    """All partitions of both stages, along one spine."""

    def __init__(self, keep_days: int | None) -> None:
        self.target = partitioner(PARTITIONS)
        self.tables: dict[str, list[dict[bytes, bytes]]] = {
            stage: [{} for _ in range(PARTITIONS)] for stage in ("tickets", "aggregates")
        }
        self.tickets = [Tickets(each, n, PARTITIONS, self.target, {}) for n, each in enumerate(self.tables["tickets"])]
        self.contributors = [
            Contributors(each, n, PARTITIONS, self.target) for n, each in enumerate(self.tables["aggregates"])
        ]
        self.spine = Spine()
        self.results: list[dict[str, Any]] = []
        self.set_aside = 0
        self.command(ACCOUNT, ACCOUNT, Account(keep_days=keep_days))

    def command(self, topic: str, key: str, command: Command) -> None:
        """In force from here on."""
        self.spine.append(Entry(len(self.spine.entries), topic, key, command, 0))

    def deliver(self, events: Iterable[Event], now: datetime) -> None:
        """All of them in one run, then everybody walks along the spine."""
        runs: dict[tuple[int, str], list[Record]] = defaultdict(list)
        for event in events:
            partition = self.target(event.ticket.encode())
            run = runs[partition, event.topic]
            offset = self.tickets[partition].positions[event.topic] + len(run)
            run.append(Record(partition, offset, _ms(now), event.ticket.encode(), _value(event)))
        for (partition, topic), records in runs.items():
            self.tickets[partition].receive(topic, records)
        for machine in self.tickets:
            for _ in machine.advance(self.spine):
                pass
            self._take(machine.outputs())
        for target in self.contributors:
            target.advance(self.spine, _ms(now))
            target.publish(_ms(now))
            self._take(target.outputs())

    def _take(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if output.topic == CONTRIBUTIONS:
                self.contributors[output.partition or 0].receive(decode_message(output.value or b""))
            elif output.topic == MILESTONE_RESULTS:
                self.results.append(json.loads(output.value or b""))
            self.set_aside += output.topic == TICKET_EVENTS_REJECTED

    def held(self, stage: str, *prefixes: bytes) -> tuple[int, int]:
        """Rows of these kinds, and their bytes."""
        rows = [each for table in self.tables[stage] for each in table.items() if each[0][:1] in prefixes]
        return len(rows), sum(len(key) + len(value) for key, value in rows)


class Simulation:
    """Days of tickets, and what has to come of them."""

    def __init__(self, system: System, tickets: int) -> None:
        self.system, self._per_day = system, tickets
        self._random = Random(1)
        self._due: dict[date, list[Event]] = defaultdict(list)
        self._closed: Counter[tuple[str, date]] = Counter()
        self._number = self.events = self.checked = 0

    def live(self, day: date) -> None:
        """One day: tickets happen, events arrive, the snapshot of the next midnight is taken."""
        for _ in range(self._per_day):
            self._ticket(day)
        arriving = self._due.pop(day, [])
        self._random.shuffle(arriving)
        now = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
        self.events += len(arriving)
        self.system.deliver(arriving, now)
        as_of = day + timedelta(days=1)
        self.system.command(SNAPSHOT_REQUESTS, as_of.isoformat(), SnapshotRequest(as_of))
        self.system.deliver([], now + timedelta(hours=2))
        self._check()

    def _ticket(self, day: date) -> None:
        self._number += 1
        random, ticket = self._random, f"T-{self._number}"
        user = f"user-{random.randrange(USERS)}"
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for topic, hours in ((TICKET_CREATED, 23), (TICKET_RESPONDED, 8), (TICKET_CLOSED, 200)):
            at += timedelta(seconds=random.randrange(hours * 3600))
            event = Event(topic, ticket, at, None if topic == TICKET_CREATED else user)
            self._due[at.date()].append(event)
            if topic == TICKET_CLOSED:
                self._closed[user, at.date().replace(day=1)] += 1
            if random.random() < REPEATED:
                self._due[at.date() + timedelta(days=1)].append(event)
            if random.random() < LATE:
                self._due[at.date() + TOO_LATE].append(event)

    def _check(self) -> None:
        """What was frozen is what was closed in that month; every such event has arrived by its end."""
        for result in self.system.results:
            where = result["contributor"]["id"], date.fromisoformat(result["milestone"]["start"])
            if result["count"] != self._closed.pop(where, 0):
                raise SystemExit(f"not exact: {result}")
            self.checked += 1
        self.system.results.clear()


def _goal(year: int) -> Goal:
    return Goal(
        goal_id=f"closed-{year}",
        name=f"Closed in {year}",
        version=1,
        template="tickets-closed",
        measure=TEMPLATES["tickets-closed"],
        duration="monthly",
        start_date=date(year, 1, 1),
        end_date=date(year, 12, 31),
        align_to_fiscal_year=False,
        forecast=False,
        contributors=tuple(Contributor("user", f"user-{each}", 100) for each in range(USERS)),
    )


def _value(event: Event) -> bytes:
    fields = {
        "event_id": f"{event.ticket}-{event.topic}",
        "ticket_id": event.ticket,
        "occurred_at": event.at.isoformat().replace("+00:00", "Z"),
        "user_id": event.user,
        "pipeline_id": "support",
        "attributes": {"priority": "high", "channel": "mail"} if event.topic == TICKET_CREATED else None,
    }
    return json.dumps(fields).encode()


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000


def simulate(years: int, tickets: int, keep_days: int | None) -> None:
    """Print a line of a Markdown table for each year."""
    system = System(keep_days)
    simulation = Simulation(system, tickets)
    day = FIRST
    for year in range(FIRST.year, FIRST.year + years):
        system.command(GOALS, f"closed-{year}", _goal(year))
        while day.year == year:
            simulation.live(day)
            day += timedelta(days=1)
        rows, cells = system.held("tickets", b"t"), system.held("aggregates", b"c", b"l")
        shown = system.held("aggregates", b"s", b"n")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        numbers = (year, simulation.events, *rows, *cells, *shown, system.set_aside, simulation.checked, memory)
        print("| " + " | ".join(f"{each:,}" if each != year else str(each) for each in numbers) + " |", flush=True)


def main() -> None:
    """Parse, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--tickets", type=int, default=40, help="a day")
    parser.add_argument("--keep-days", type=int, help="default: for ever")
    options = parser.parse_args()
    names = "events|ticket rows|bytes|day cells|bytes|told, shown|bytes|set aside|results checked|peak MB"
    print(f"| year | {names.replace('|', ' | ')} |\n|{'---|' * 11}")
    simulate(options.years, options.tickets, options.keep_days)


if __name__ == "__main__":
    main()
