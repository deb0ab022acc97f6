"""Finding one moment for all partitions, while the workers go on.

What the workers keep can be compared only with what they have read, and nobody stops them for it. The law that makes
it possible: a source's contributions so far add up to the facts of its rows at its *standing* (streams.tickets), and
they say that standing; a contributors partition's cells are the sum of the contributions before its position, which
lies in its changelog in the same transaction. So, in this order:

1. Read each contributors partition's changelog up to a committed end: cells, and a position Q in `contributions`.
2. Then find the standing of each tickets partition: the offsets that it last wrote into its changelog, and how far it
   has applied the spine. It is at least what any contribution that was counted at step 1 had.
3. Add the contributions behind Q to the cells, as far as their standing is not past that of step 2. They are there:
   only what is committed is ever deleted. When Q was passed and deleted meanwhile, begin again.

The cells are then those of the logs up to the standings, exactly, however much was flowing. Each read goes up to what
had been *written* when the read before it had ended: a transaction may show in one partition before another.

Live statuses follow the cells by up to a publish interval. They are compared for contributors partitions in which
nothing was written from an interval before until after they were read; the others are named.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.changelog import Rows
from agents.config import EngineConfig
from agents.positions import POSITIONS
from schemas.contributions import CellKey, Change, Contributions, Standing, decode_message
from schemas.topics import APPLIED, CONTRIBUTIONS, TICKET_TOPICS
from service_goals.audit.epochs import Cut
from service_goals.audit.log import read_stretches
from service_goals.audit.spill import Spill
from service_goals.client.kafka import administering, consuming, written_ends
from service_goals.errors import CommandError
from streams.layers import Layers

PATIENCE: Final = 20.0
"""Seconds to wait for partitions to rest, for their statuses."""
SETTLING: Final = 0.5
"""Seconds beyond the publish interval in which a status must have gone out."""
_ATTEMPTS: Final = 5
_TAIL: Final = 2_000
"""Offsets at the end of a changelog in which its positions are looked for first."""

Kept = Spill[tuple[CellKey, Change]]
"""What adds up to the workers' cells, by contributors partition."""


class _Passed(Exception):  # noqa: N818  not an error: the reader was too slow, and tries again
    """Contributions that the cells lack are deleted already."""


def cut_of(standings: Sequence[Standing]) -> Cut:
    """Up to where the ticket topics are in the cells; `standings` by tickets partition."""
    return {topic: [standing[n] for standing in standings] for n, topic in enumerate(TICKET_TOPICS, start=1)}


class Looking:
    """Looks for a moment: `wait_for_rest`, `find`, then, when the statuses are read, `resting`."""

    def __init__(self, config: EngineConfig, partitions: int, kept: Kept) -> None:
        self._config, self._kept = config, kept
        self._partitions = range(partitions)
        self._marks: dict[TopicPartition, int] = {}
        self._ahead: set[int] = set()
        """Contributors partitions that have contributions to take."""

    def _tps(self, topic: str) -> list[TopicPartition]:
        return [TopicPartition(topic, partition) for partition in self._partitions]

    async def wait_for_rest(self) -> bool:
        """Wait, not for ever, until nothing is written to the aggregates; False at once when no worker runs."""
        async with administering(self._config) as admin:
            (group,) = await admin.describe_consumer_groups([self._config.group])
        if not any(described[-2] for described in group.groups):
            return False
        watched = [*self._tps(self._config.topic(CONTRIBUTIONS)), *self._tps(self._config.changelog("aggregates"))]
        deadline = time.monotonic() + PATIENCE
        while len(self._marks) < len(watched) and time.monotonic() < deadline:
            before = await written_ends(self._config, watched)
            await asyncio.sleep(self._config.publish_interval + SETTLING)
            after = await written_ends(self._config, watched)
            self._marks = {tp: at for tp, at in after.items() if at == before[tp]}
        return True

    async def resting(self) -> frozenset[int]:
        """The contributors partitions in which nothing was written since, neither contributions nor cells."""
        now = await written_ends(self._config, self._marks) if self._marks else {}
        still = Counter(tp.partition for tp, at in now.items() if at == self._marks[tp])
        return frozenset(partition for partition, topics in still.items() if topics == 2) - self._ahead

    async def find(self) -> list[Standing]:
        """The standings that what is `kept` belongs to afterwards."""
        async with consuming(self._config) as consumer:
            for _ in range(_ATTEMPTS):
                positions = [await self._read_cells(consumer, partition) for partition in self._partitions]
                standings = await self._standings(consumer)
                try:
                    await self._roll(consumer, positions, standings)
                except _Passed:
                    continue
                return standings
        raise CommandError("the workers go on faster than the aggregates can be read; try again when less is flowing")

    async def _read_cells(self, consumer: AIOKafkaConsumer, partition: int) -> int:
        """Spill a partition's cells anew; its position in `contributions`."""
        rows = await read_committed(consumer, TopicPartition(self._config.changelog("aggregates"), partition))
        self._kept.clear(partition)
        for key, cell in Layers(rows, len(self._partitions)).cells():
            self._kept.add(partition, (key, cell), len(cell.values))
        position: int = orjson.loads(rows.get(POSITIONS, b"{}")).get(CONTRIBUTIONS, 0)
        return position

    async def _standings(self, consumer: AIOKafkaConsumer) -> list[Standing]:
        """Offsets between two looks at `applied` that say the same belong to it."""
        applied = await read_applied(self._config, consumer, "tickets", self._partitions)
        for _ in range(_ATTEMPTS):
            changelogs = self._tps(self._config.changelog("tickets"))
            ends = await written_ends(self._config, changelogs)
            positions = [await _positions(consumer, tp, ends[tp]) for tp in changelogs]
            before, applied = applied, await read_applied(self._config, consumer, "tickets", self._partitions)
            if applied == before:
                return [(at, *offsets) for at, offsets in zip(applied, positions, strict=True)]
        raise CommandError("commands keep coming; try again when they don't")

    async def _roll(self, consumer: AIOKafkaConsumer, positions: list[int], standings: list[Standing]) -> None:
        tps = self._tps(self._config.topic(CONTRIBUTIONS))
        begins, ends = await consumer.beginning_offsets(tps), await written_ends(self._config, tps)
        if any(begins[tp] > positions[tp.partition] for tp in tps):
            raise _Passed
        self._ahead = set()
        stretches = {tp: (positions[tp.partition], ends[tp]) for tp in tps}
        async for records in read_stretches(consumer, stretches):
            for record in records:
                message = decode_message(record.value or b"")
                self._ahead.add(record.partition)
                if isinstance(message, Contributions) and not _is_past(message.standing, standings[message.source]):
                    for key, change in message.changes:
                        self._kept.add(record.partition, (key, change))


def _is_past(standing: Standing, other: Standing) -> bool:
    return any(mine > theirs for mine, theirs in zip(standing, other, strict=True))


async def read_committed(consumer: AIOKafkaConsumer, tp: TopicPartition) -> Rows:
    """A changelog's rows as of the end of a transaction: the last value of each key."""
    begins, ends = await consumer.beginning_offsets([tp]), await consumer.end_offsets([tp])
    rows: Rows = {}
    async for records in read_stretches(consumer, {tp: (begins[tp], ends[tp])}):
        for record in records:
            if record.value is None:
                rows.pop(record.key or b"", None)
            else:
                rows[record.key or b""] = record.value
    return rows


async def _positions(consumer: AIOKafkaConsumer, tp: TopicPartition, end: int) -> Standing:
    """The ticket topics' next offsets as a tickets partition last wrote them: near the end of its changelog."""
    tail = _TAIL
    while True:
        start = max(end - tail, 0)
        found: Mapping[str, int] | None = None
        async for records in read_stretches(consumer, {tp: (start, end)}):
            for record in records:
                if record.key == POSITIONS and record.value is not None:
                    found = orjson.loads(record.value)
        if found is not None or start == 0:
            return tuple((found or {}).get(topic, 0) for topic in TICKET_TOPICS)
        tail *= 8


async def read_applied(
    config: EngineConfig, consumer: AIOKafkaConsumer, stage: str, partitions: Iterable[int]
) -> list[int]:
    """By partition of a stage, the offset of the last spine entry that it has applied; -1: none."""
    tp = TopicPartition(config.topic(APPLIED), 0)
    begins, ends = await consumer.beginning_offsets([tp]), await written_ends(config, [tp])
    last: dict[bytes, int] = {}
    async for records in read_stretches(consumer, {tp: (begins[tp], ends[tp])}):
        last |= {record.key or b"": int(record.value or b"-1") for record in records}
    return [last.get(b"%b|%d" % (stage.encode(), partition), -1) for partition in partitions]
