"""Reading stretches of Kafka's logs: exactly the committed records between two offsets."""

import time
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.changelog import RawRecord
from agents.config import EngineConfig
from schemas.topics import TICKET_TOPICS
from service_goals.audit.epochs import Epochs
from service_goals.audit.recompute import Logged
from service_goals.audit.spill import Spill
from service_goals.client.kafka import consuming
from service_goals.errors import CommandError

Stretch = tuple[int, int]
"""From the first offset to before the second."""

_PATIENCE: Final = 120.0
"""Seconds without a record. Kafka ends a transaction that nobody finishes after one minute."""
_RECORDS: Final = 20_000


async def read_stretches(
    consumer: AIOKafkaConsumer, stretches: Mapping[TopicPartition, Stretch]
) -> AsyncIterator[list[RawRecord]]:
    """Yield the committed records of each stretch, in batches of one partition in order of its offsets.

    Waits until transactions that are open in a stretch are decided. CommandError when that takes too long.
    """
    left = {tp for tp, (start, end) in stretches.items() if start < end}
    if not left:
        return  # a consumer that is stopped right after an assignment hangs (aiokafka 0.14)
    consumer.assign(sorted(left))
    for tp in left:
        consumer.seek(tp, stretches[tp][0])
    moved = time.monotonic()
    while left:
        for tp, records in (await consumer.getmany(*left, timeout_ms=200, max_records=_RECORDS)).items():
            moved = time.monotonic()
            end = stretches[tp][1]
            yield records if records[-1].offset < end else [record for record in records if record.offset < end]
        left = {tp for tp in left if await consumer.position(tp) < stretches[tp][1]}
        if time.monotonic() - moved > _PATIENCE:
            names = ", ".join(f"{tp.topic} {tp.partition}" for tp in sorted(left))
            raise CommandError(f"nothing comes of {names}: a transaction stays open; see whether the broker is well")


async def spill_log(
    config: EngineConfig, epochs: Epochs, spill: Spill[Logged], on_progress: Callable[[int], None]
) -> int:
    """Sort the ticket records of all epochs into buckets by ticket; returns their number.

    `on_progress` is told of the number of records whenever some came.
    """
    places = {(config.topic(topic), partition): (topic, partition) for topic, partition in epochs.ends}
    ends = {TopicPartition(*name): epochs.ends[place] for name, place in places.items()}
    count = 0
    async with consuming(config) as consumer:
        begins = await consumer.beginning_offsets(list(ends))
        stretches = {tp: (begins[tp], ends[tp]) for tp in ends}
        async for records in read_stretches(consumer, stretches):
            for record in records:
                _spill(record, places[record.topic, record.partition][0], epochs, spill)
            count += len(records)
            on_progress(len(records))
    return count


def _spill(record: RawRecord, topic: str, epochs: Epochs, spill: Spill[Logged]) -> None:
    epoch = epochs.of(topic, record.partition, record.offset)
    place = (epoch, TICKET_TOPICS.index(topic), record.partition, record.offset)
    bucket = zlib.crc32(record.key or b"") % spill.buckets
    spill.add(bucket, Logged(*place, record.timestamp, record.key, record.value), len(record.value or b""))
