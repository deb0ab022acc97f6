"""The tickets stage: ticket events in; one row a ticket, net changes of facts out.

The law: whatever the order, the repetition and the grouping into runs, the contributions sent so far add up to the
facts of the rows under the crediting in force at `applied`. A tick stands between what is in its cut and what isn't.
"""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.contributions import Standing, Tick, encode_message
from schemas.control import SnapshotRequest
from schemas.events import DAY, Rejected, TicketEvent, decode_event
from schemas.records import Output, Record
from schemas.rows import KEY_PREFIX, Row, decode_row, encode_row
from schemas.topics import APPLIED, CONTRIBUTIONS, CUTS, TICKET_TOPICS
from streams.contribute import NetChanges
from streams.control import ControlState
from streams.crediting import Crediting
from streams.derive import Derivation, negative_values
from streams.merge import merge
from streams.recount import Recount
from streams.retention import NOTHING_KNOWN, last_event
from streams.set_aside import expired_reason, overfilled_reason, rejected
from streams.spine import Spine

_APPLIED_KEY: Final = b"\0applied"
_KEPT_FROM_KEY: Final = b"\0kept-from"
_REBUILT_KEY: Final = b"\0rebuilt"
"""The generation of the last rebuild that was told."""
_ROW: Final = KEY_PREFIX
"""Prefix of a row's key; the ticket_id follows."""
_ROWS_PER_BREATH: Final = 1_000
_ROOM: Final = 4 * 1024 * 1024
"""Bytes of a row and of the events that would still go into it, as they came: in a row they take less than twice as
many, and changelogs have room for 8 MiB."""


@dataclass(slots=True)
class Stats:
    """Counters since the machine was made; they only rise."""

    events: int = 0
    """Accepted records."""
    rejected: int = 0
    late: int = 0
    """Accepted records that were published more than a day after they happened."""
    negative_values: int = 0
    """Times that a response or resolution came to be negative, so no fact."""
    rows_recounted: int = 0
    """Rows gone through because the crediting changed."""
    expired_events: int = 0
    """Records set aside because they happened before all that is kept; neither accepted nor rejected."""
    expired_rows: int = 0
    """Rows deleted because nothing happened to their tickets for so long."""
    expired_without_creation: int = 0
    """Of them, those that never saw a `ticket-created`: it never came, or went with an earlier row of the ticket."""


class Tickets:
    """One partition of the stage. Advance it after it has received: only then are facts derived."""

    def __init__(
        self,
        table: MutableMapping[bytes, bytes],
        partition: int,
        partitions: int,
        partition_of: Callable[[bytes], int],
        positions: dict[str, int],
    ) -> None:
        """`partition_of`: which of the `partitions` a contributor's key is in; `positions`: next offset by topic."""
        self.stats = Stats()
        self.positions = {topic: positions.get(topic, 0) for topic in TICKET_TOPICS}
        self.applied = int(table.get(_APPLIED_KEY, b"-1"))
        """The offset of the last spine entry applied; -1: none."""
        self._told = self.applied
        self._kept_from = int(table.get(_KEPT_FROM_KEY, b"%d" % NOTHING_KNOWN))
        """What happened before this instant has expired."""
        self._table = table
        self._partition = partition
        self._partitions = partitions
        self._changes = NetChanges(partition, partitions, partition_of)
        self._received: dict[str, dict[str, list[TicketEvent]]] = {}
        """By topic and ticket, the events that are not merged yet."""
        self._filled: dict[str, int] = {}
        """By ticket, the bytes of its row and of its events with attributes that are not merged yet."""
        self._crediting: Crediting | None = None
        self._ready: list[Output] = []

    def receive(self, topic: str, records: Sequence[Record]) -> None:
        """Merge records of one ticket topic, in their order; those before the position have been and are skipped."""
        position = self.positions[topic]
        if records and records[0].offset < position:
            records = [record for record in records if record.offset >= position]
        if not records:
            return
        aside, late, expired, kept_from = len(self._ready), 0, 0, self._kept_from
        received = self._received.setdefault(topic, {})
        for record in records:
            try:
                event = decode_event(topic, record)
            except Rejected as reason:
                self._ready.append(rejected(topic, record, str(reason)))
                continue
            at = event.stamp[0]
            if at < kept_from:
                expired += 1
                self._ready.append(rejected(topic, record, expired_reason(at, kept_from)))
                continue
            if event.attributes and self._overfills(event.ticket_id, record):
                self._ready.append(rejected(topic, record, overfilled_reason(event.ticket_id, _ROOM)))
                continue
            late += record.timestamp - at > DAY
            of_ticket = received.get(event.ticket_id)
            if of_ticket is None:
                received[event.ticket_id] = [event]
            else:
                of_ticket.append(event)
        aside = len(self._ready) - aside
        self.stats.rejected += aside - expired
        self.stats.expired_events += expired
        self.stats.events += len(records) - aside
        self.stats.late += late
        self.positions[topic] = records[-1].offset + 1

    def _overfills(self, ticket_id: str, record: Record) -> bool:
        """Would the ticket's row come to be too large to be written? Then its partition could never go on."""
        filled = self._filled.get(ticket_id)
        if filled is None:
            filled = len(self._table.get(_ROW + ticket_id.encode(), b""))
        filled += len(record.value or b"")
        if filled > _ROOM:
            return True
        self._filled[ticket_id] = filled
        return False

    def reached(self, topic: str, offset: int) -> None:
        """Nothing is left before `offset`."""
        self.positions[topic] = max(self.positions[topic], offset)

    def advance(self, spine: Spine) -> Iterator[None]:
        """Settle what was received, then walk along the spine as far as the positions allow; yields to let others run.

        Entries up to the next snapshot request are one step. Receive nothing before the walk has ended. Raises
        RuntimeError when the spine doesn't have yet what was applied: facts would come about as they once did.
        """
        if spine.last_offset < self.applied:
            raise RuntimeError(f"read the spine on: {self.applied} was applied, it ends at {spine.last_offset}")
        if self._crediting is None:
            self._enforce(spine.state_after(self.applied).crediting)
        self._settle()
        step = self.applied
        for entry in spine.after(self.applied):
            if isinstance(entry.command, SnapshotRequest):
                yield from self._move(spine, step)
                if not self._covers(entry.command):
                    return
                self._tick(entry.offset)
                yield from self._expire(spine.state_after(entry.offset))
            step = entry.offset
        yield from self._move(spine, step)

    def rebuild(self, generation: int) -> Iterator[None]:
        """Tell the facts of all rows anew (streams.rebuild), once for a generation; after `advance`, and yields as it.

        What was settled before goes out before it; then nothing is told twice.
        """
        if generation <= int(self._table.get(_REBUILT_KEY, b"-1")):
            return
        self._ready.extend(self._changes.drain(self._standing()))
        for n, (key, stored) in enumerate(self._table.items(), start=1):
            if key.startswith(_ROW):
                self._changes.replace([], self._derivation.facts(decode_row(stored)))
            if n % _ROWS_PER_BREATH == 0:
                yield
        self._ready.extend(self._changes.drain_anew(generation))
        self._table[_REBUILT_KEY] = b"%d" % generation

    def outputs(self) -> list[Output]:
        """What is to be written, in order, drained."""
        self._settle()
        ready, self._ready = [*self._ready, *self._changes.drain(self._standing())], []
        if self.applied != self._told:
            self._told = self.applied
            ready.append(Output(APPLIED, b"tickets|%d" % self._partition, b"%d" % self.applied))
        return ready

    def _settle(self) -> None:
        """Merge what was received, a ticket at a time, over all topics: a row is read and written once."""
        if not self._received:
            return
        if self._crediting is None:
            raise RuntimeError("advance the machine along the spine before you take its outputs")
        self._filled.clear()
        while self._received:
            topic, received = self._received.popitem()
            others = tuple(self._received.items())
            for ticket_id, events in received.items():
                key = _ROW + ticket_id.encode()
                stored = self._table.get(key)
                old = None if stored is None else decode_row(stored)
                row = merge(old, topic, events)
                for other, of_other in others:
                    if ticket_id in of_other:
                        row = merge(row, other, of_other.pop(ticket_id))
                self._replace(key, stored, old, row)

    def _replace(self, key: bytes, stored: bytes | None, old: Row | None, row: Row) -> None:
        """Write the row if it changed, and count what changed about its facts."""
        encoded = encode_row(row)
        if encoded == stored:
            return
        self._table[key] = encoded
        self._changes.replace(self._derivation.facts(old), self._derivation.facts(row))
        if negative := negative_values(row):
            self.stats.negative_values += max(0, negative - negative_values(old))

    def _move(self, spine: Spine, offset: int) -> Iterator[None]:
        """Apply the entries up to and with `offset`: when they change the crediting, credit every row anew."""
        if offset == self.applied:
            return
        crediting = spine.state_after(offset).crediting
        if self._crediting is not None and crediting != self._crediting:
            yield from self._recount(Recount(self._crediting, crediting))
        self._enforce(crediting)
        self._apply(offset)

    def _recount(self, recount: Recount) -> Iterator[None]:
        for n, (key, stored) in enumerate(self._table.items(), start=1):
            if key.startswith(_ROW):
                recount.apply(decode_row(stored), self._changes)
                self.stats.rows_recounted += 1
            if n % _ROWS_PER_BREATH == 0:
                yield

    def _expire(self, state: ControlState) -> Iterator[None]:
        """Forget the rows of tickets to which nothing happened in all that is kept; their facts stay counted."""
        if not state.kept_from:
            return
        self._kept_from = kept_from = state.crediting.days.start_of(state.kept_from)
        self._table[_KEPT_FROM_KEY] = b"%d" % kept_from
        gone: list[bytes] = []
        for n, (key, stored) in enumerate(self._table.items(), start=1):
            if key.startswith(_ROW) and last_event(row := decode_row(stored)) < kept_from:
                gone.append(key)
                self.stats.expired_without_creation += row.created is None
            if n % _ROWS_PER_BREATH == 0:
                yield
        for key in gone:
            del self._table[key]
        self.stats.expired_rows += len(gone)

    def _enforce(self, crediting: Crediting) -> None:
        if crediting is not self._crediting:
            self._crediting = crediting
            self._derivation = Derivation(crediting)

    def _apply(self, offset: int) -> None:
        self.applied = offset
        self._table[_APPLIED_KEY] = b"%d" % offset

    def _standing(self) -> Standing:
        return self.applied, *self.positions.values()

    def _covers(self, request: SnapshotRequest) -> bool:
        """Everything that stood in this partition when the snapshot was requested has been received."""
        return all(
            self._partition >= len(least) or self.positions[topic] >= least[self._partition]
            for topic, least in request.least_cut.items()
        )

    def _tick(self, offset: int) -> None:
        """Tell every contributors partition: what was sent so far is the cut of the request at `offset`."""
        self._ready.extend(self._changes.drain(self._standing()))
        tick = encode_message(Tick(self._partition, offset, dict(self.positions)))
        self._ready.extend(Output(CONTRIBUTIONS, None, tick, partition) for partition in range(self._partitions))
        self._ready.append(Output(CUTS, b"%d|%d" % (offset, self._partition), tick))
        self._apply(offset)
