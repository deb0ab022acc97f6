"""The three machines wired as the workers wire them, over partitions in memory: commands and events in, topics out.

Nothing is in step: each partition takes as much as chance gives it, and is now and then begun anew from its table.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from agents.partitioner import partitioner
from schemas.contributions import decode_message
from schemas.entries import decode_entry
from schemas.records import Output
from schemas.topics import (
    CONTRIBUTIONS,
    CONTROL_ACCEPTED,
    GOAL_NOTIFICATIONS,
    GOAL_STATUS,
    MILESTONE_RESULTS,
    TICKET_TOPICS,
)
from streams.contributors import Contributors
from streams.judge import Judge
from streams.spine import Spine
from streams.tickets import Tickets
from tests.oracle import differences as oracle
from tests.oracle.log import Entry, Record
from tests.oracle.recompute import live
from tests.ticket_builders import Raw

Wire = dict[str, Any]


class WholeCore:
    """A system of `partitions`; `now` is its clock, in milliseconds."""

    def __init__(self, partitions: int, now: int, random: Random) -> None:
        """Empty."""
        self.now = now
        self.accepted: list[tuple[int, Entry]] = []
        self.refused: list[str] = []
        self._random, self._all = random, range(partitions)
        self._partition_of = partitioner(partitions)
        self._spine = Spine()
        self._judge = Judge(self._spine.state)
        self._records = {topic: [list[Raw]() for _ in self._all] for topic in TICKET_TOPICS}
        self._contributions = [list[bytes]() for _ in self._all]
        self._written: list[Output] = []
        self._tables: list[dict[bytes, bytes]] = [{} for _ in range(2 * partitions)]
        self._tickets = [self._begin_tickets(each, {}) for each in self._all]
        self._contributors = [self._begin_contributors(each) for each in self._all]

    def publish(self, topic: str, ticket_id: str, value: Wire) -> None:
        """A ticket event, stamped with the clock."""
        partition = self._partition_of(ticket_id.encode())
        log = self._records[topic][partition]
        offset = log[-1].offset + self._random.choice((1, 1, 1, 2)) if log else 0
        log.append(Raw(partition, offset, self.now, ticket_id.encode(), json.dumps(value).encode()))

    def command(self, topic: str, key: str, value: Wire | None) -> None:
        """A command and its verdict."""
        raw = json.dumps(value).encode() if value is not None else None
        verdict = self._judge.judge(topic, Raw(0, 0, self.now, key.encode(), raw), self.now, self._ends())
        if verdict.topic != CONTROL_ACCEPTED:
            self.refused.append(dict(verdict.headers)["reason"].decode())
            return
        offset = self._spine.last_offset + self._random.randint(1, 3)
        self._spine.append(decode_entry(Raw(0, offset, self.now, verdict.key, verdict.value)))
        self.accepted.append((offset, json.loads(verdict.value or b"")))

    def run(self, steps: int) -> None:
        """So many runs of partitions that chance picks, each with a part of what waits for it."""
        for _ in range(steps):
            partition = self._random.choice(self._all)
            self._random.choice((self._run_tickets, self._run_contributors))(partition, self._random.randrange)
            if self._random.random() < 0.1:
                self._tickets[partition] = self._begin_tickets(partition, self._tickets[partition].positions)

    def settle(self) -> None:
        """Until nothing waits any more."""
        for _ in range(len(self.accepted)):
            for partition in self._all:
                self._run_tickets(partition, lambda end: end - 1)
            for partition in self._all:
                self._run_contributors(partition, lambda end: end - 1)

    def written(self, topic: str) -> list[Wire]:
        """The values of a topic; deletions left out."""
        return [json.loads(each.value) for each in self._written if each.topic == topic and each.value is not None]

    def differences(self) -> list[str]:
        """Between what was written and the plain recomputation from the logs."""
        records = [Record(topic, *raw) for topic, logs in self._records.items() for log in logs for raw in log]
        results, news = self.written(MILESTONE_RESULTS), self.written(GOAL_NOTIFICATIONS)
        shown: dict[str, Wire | None] = {
            (each.key or b"").decode(): json.loads(each.value or b"null")
            for each in self._written
            if each.topic == GOAL_STATUS
        }
        frozen = {oracle.key_of(each): {name: each[name] for name in each if name != "cut"} for each in results}
        expected = live(records, self.accepted, self.now, frozen)
        return [
            *oracle.check(results, records, self.accepted),
            *oracle.check_notifications(news, records, self.accepted, oracle.cuts_of(results, self.accepted)),
            *oracle.check_live(shown, expected, self.accepted),
        ]

    def _begin_tickets(self, partition: int, positions: dict[str, int]) -> Tickets:
        return Tickets(self._tables[partition], partition, len(self._all), self._partition_of, dict(positions))

    def _begin_contributors(self, partition: int) -> Contributors:
        table = self._tables[len(self._all) + partition]
        return Contributors(table, partition, len(self._all), self._partition_of)

    def _run_tickets(self, partition: int, part: Callable[[int], int]) -> None:
        """`part`: chooses how many, less than its argument, are taken."""
        machine = self._tickets[partition]
        for topic in self._random.sample(TICKET_TOPICS, len(TICKET_TOPICS)):
            waiting = [raw for raw in self._records[topic][partition] if raw.offset >= machine.positions[topic]]
            machine.receive(topic, waiting[: part(len(waiting) + 1)])
        for _ in machine.advance(self._spine):
            pass
        for output in machine.outputs():
            if output.topic == CONTRIBUTIONS:
                self._contributions[output.partition or 0].append(output.value or b"")

    def _run_contributors(self, partition: int, part: Callable[[int], int]) -> None:
        machine, waiting = self._contributors[partition], self._contributions[partition]
        taken = part(len(waiting) + 1)
        for message in waiting[:taken]:
            machine.receive(decode_message(message))
        del waiting[:taken]
        machine.advance(self._spine, self.now)
        machine.publish(self.now)
        self._written += machine.outputs()
        if self._random.random() < 0.1:
            self._contributors[partition] = self._begin_contributors(partition)

    def _ends(self) -> dict[str, tuple[int, ...]]:
        return {topic: tuple(log[-1].offset + 1 if log else 0 for log in logs) for topic, logs in self._records.items()}
