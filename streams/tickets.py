"""The tickets stage of one partition, without I/O: events in, rows kept, contributions, ticks and rejects out.

Rows lie in the table that the machine is given; nothing derived is kept. When the spine changes how facts come about,
the machine scans its rows and sends the net difference, so that every cell is always the sum of the facts as the spine
says at `applied`.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from schemas.contributions import CellKey, Change, Contributions, Tick, encode_message
from schemas.control import Entry, SnapshotRequest
from schemas.events import Rejected, TicketEvent, decode_event
from schemas.records import Output, Record
from schemas.rows import Row, decode_row, encode_row
from schemas.topics import APPLIED, CONTRIBUTIONS, TICKET_EVENTS_REJECTED, TICKET_TOPICS
from streams.contribute import NetChanges, chunked
from streams.crediting import Crediting
from streams.derive import negatives, plan
from streams.merge import merge
from streams.spine import Spine

APPLIED_KEY: Final = b"\0applied"
_ROW: Final = b"t"
"""What the keys of ticket rows begin with."""
_RECORD_WEIGHT: Final = 4_000
"""Cells (and distinct values) in one contributions record: under half a megabyte."""
_ROWS_A_BREATH: Final = 1_000


@dataclass
class TicketsStats:
    """What the machine has seen since it was built."""

    events: int = 0
    rejected: int = 0
    unchanged: int = 0
    """Tickets in a run whose events changed nothing: repeats, and what came too late to matter."""
    negative_values: int = 0
    """Values that are no facts at the moment, as the act lies before the creation; of the rows touched so far."""


class Tickets:
    """One partition. `positions` are the next offsets to read, by ticket topic."""

    def __init__(
        self,
        table: MutableMapping[bytes, bytes],
        partition: int,
        partitions: int,
        partition_of: Callable[[bytes], int],
        positions: dict[str, int],
        spine: Spine,
    ) -> None:
        """`partition_of`: Kafka's default partitioner over `partitions`, for the contributor's key as bytes."""
        self.positions = positions
        self.applied = int(table.get(APPLIED_KEY, b"-1"))
        self.stats = TicketsStats()
        self._table, self._partition, self._partitions, self._spine = table, partition, partitions, spine
        self._partition_of = partition_of
        self._partition_by_contributor: dict[str, int] = {}
        self._crediting = spine.state_after(self.applied).crediting
        self._plan = plan(self._crediting.accumulators)
        self._fresh: dict[str, list[TicketEvent]] = {}
        """Events not merged yet, by ticket."""
        self._net = NetChanges()
        self._outputs: list[Output] = []

    def receive(self, topic: str, records: Sequence[Record]) -> None:
        """Take records of one topic; what breaks a rule is refused. They are merged, a ticket at a time, before the
        machine goes on: a run that has several events of a ticket touches its row once."""
        fresh = self._fresh
        for record in records:
            try:
                event = decode_event(topic, record)
            except Rejected as rejected:
                self._reject(topic, record, str(rejected))
            else:
                fresh.setdefault(event.ticket_id, []).append(event)
        self.stats.events += len(records)
        if records:
            self.reached(topic, records[-1].offset + 1)

    def reached(self, topic: str, offset: int) -> None:
        """Nothing is left before `offset`: transaction markers take offsets too."""
        self.positions[topic] = max(offset, self.positions.get(topic, 0))

    def advance(self) -> Iterator[None]:
        """Walk the spine as far as the positions allow; yields now and then, so that others can run."""
        self._settle()
        while entries := self._spine.after(self.applied):
            plain = list(takewhile(lambda entry: not isinstance(entry.command, SnapshotRequest), entries))
            if plain:
                yield from self._apply(plain[-1].offset)
            elif self._covers(entries[0]):
                self._tick(entries[0].offset)
            else:
                return

    def outputs(self) -> list[Output]:
        """What to write, in order; drained."""
        self._settle()
        self._flush()
        outputs, self._outputs = self._outputs, []
        return outputs

    def _settle(self) -> None:
        fresh, self._fresh = self._fresh, {}
        for ticket_id, events in fresh.items():
            self._merge(_ROW + ticket_id.encode(), events)

    def _merge(self, key: bytes, events: list[TicketEvent]) -> None:
        stored = self._table.get(key)
        crediting, plan, net = self._crediting, self._plan, self._net
        row, negative = Row(), 0
        if stored is not None:
            row = decode_row(stored)
            negative = negatives(row)
            net.count(row, crediting, plan, -1)
        changed = [merge(row, event) for event in events]
        net.count(row, crediting, plan, 1)
        if not any(changed):
            self.stats.unchanged += 1
            return
        self.stats.negative_values += negatives(row) - negative
        self._table[key] = encode_row(row)

    def _reject(self, topic: str, record: Record, reason: str) -> None:
        self.stats.rejected += 1
        headers = (
            ("reason", reason.encode(errors="replace")),
            ("topic", topic.encode()),
            ("partition", b"%d" % record.partition),
            ("offset", b"%d" % record.offset),
        )
        output = Output(TICKET_EVENTS_REJECTED, record.key, record.value, self._partition, headers, record.timestamp)
        self._outputs.append(output)

    def _apply(self, offset: int) -> Iterator[None]:
        """Move along entries that are no snapshots, as one step: one scan, and only when facts can have changed."""
        new = self._spine.state_after(offset).crediting
        if new != self._crediting:
            yield from self._scan(new)
        self._crediting, self._plan = new, plan(new.accumulators)
        self._move_to(offset)

    def _scan(self, new: Crediting) -> Iterator[None]:
        old = self._crediting
        grown = replace(old, accumulators=new.accumulators) == new
        taken_back = plan(()) if grown else self._plan
        counted = plan(new.accumulators, len(old.accumulators) if grown else 0)
        for number, key in enumerate(list(self._table)):
            if key.startswith(_ROW):
                row = decode_row(self._table[key])
                self._net.count(row, old, taken_back, -1)
                self._net.count(row, new, counted, 1)
            if number % _ROWS_A_BREATH == 0:
                yield

    def _covers(self, request: Entry) -> bool:
        """Whether all is in that the snapshot must cover."""
        assert isinstance(request.command, SnapshotRequest)
        least = request.command.least_cut
        return all(self.positions.get(topic, 0) >= ends[self._partition] for topic, ends in least.items())

    def _tick(self, offset: int) -> None:
        self._flush()
        cut = {topic: self.positions.get(topic, 0) for topic in TICKET_TOPICS}
        tick = encode_message(Tick(self._partition, offset, cut))
        self._outputs += [Output(CONTRIBUTIONS, None, tick, target) for target in range(self._partitions)]
        self._move_to(offset)

    def _move_to(self, offset: int) -> None:
        self.applied = offset
        self._table[APPLIED_KEY] = b"%d" % offset
        self._flush()
        self._outputs.append(Output(APPLIED, b"tickets|%d" % self._partition, b"%d" % offset, 0))

    def _flush(self) -> None:
        """Turn the net changes into records, a few for each contributors partition."""
        by_partition: dict[int, list[tuple[CellKey, Change]]] = {}
        for key, change in self._net.drain():
            by_partition.setdefault(self._target(key.contributor), []).append((key, change))
        for target, changes in sorted(by_partition.items()):
            for chunk in chunked(changes, _RECORD_WEIGHT):
                value = encode_message(Contributions(self._partition, chunk))
                self._outputs.append(Output(CONTRIBUTIONS, None, value, target))

    def _target(self, contributor: str) -> int:
        target = self._partition_by_contributor.get(contributor)
        if target is None:
            target = self._partition_by_contributor[contributor] = self._partition_of(contributor.encode())
        return target
