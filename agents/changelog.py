"""Reading a partition to its end with `read_committed`: how tables recover and how the spine starts."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from agents import clients
from agents.config import EngineConfig

FETCH_BYTES = 4 * 1024 * 1024
TO_THE_END_MS = 50
FOLLOWING_MS = 500
"""For how long a broker holds an empty fetch back; so long the connection is deaf to what is asked next, as ends."""
PLENTY = 256 * 1024
"""Bytes that a fetch waits for, FOLLOWING_MS at most, where that late is early enough: each commit of each partition
would else be a fetch of its own, which the broker and the workers pay for."""
Rows = dict[bytes, bytes]
"""A table's rows, or one partition's: key and value as they lie in the changelog."""
RawRecord: TypeAlias = "ConsumerRecord[bytes | None, bytes | None]"


def reader(
    config: EngineConfig,
    isolation_level: str = "read_committed",
    wait_ms: int = TO_THE_END_MS,
    min_bytes: int = 1,
) -> AIOKafkaConsumer:
    """A consumer outside any group; for committed records, unless told otherwise; FOLLOWING_MS for who goes on."""
    return clients.consumer(
        config,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level=isolation_level,
        fetch_max_wait_ms=wait_ms,
        fetch_min_bytes=min_bytes,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_bytes=8 * FETCH_BYTES,
        request_timeout_ms=20_000,
    )


async def read_to_end(
    consumer: AIOKafkaConsumer, tps: Sequence[TopicPartition], begins: Mapping[TopicPartition, int] | None = None
) -> AsyncIterator[list[RawRecord]]:
    """Yield what these partitions hold now, in batches; partitions in no particular order.

    `begins`: offsets to read from that there are, where that is not the beginning. The position decides where the end
    is, not the last record: transaction markers take offsets too.
    """
    consumer.assign(list(tps))
    await consumer.seek_to_beginning(*tps)
    for tp, offset in (begins or {}).items():
        consumer.seek(tp, offset)
    ends = await consumer.end_offsets(list(tps))
    unread = {tp for tp in tps if await consumer.position(tp) < ends[tp]}
    while unread:
        for records in (await consumer.getmany(*unread, timeout_ms=200, max_records=20_000)).values():
            yield records
        unread = {tp for tp in unread if await consumer.position(tp) < ends[tp]}


@asynccontextmanager
async def reading(
    config: EngineConfig,
    isolation_level: str = "read_committed",
    wait_ms: int = TO_THE_END_MS,
    min_bytes: int = 1,
) -> AsyncIterator[AIOKafkaConsumer]:
    """A `reader`, started and in the end stopped."""
    consumer = reader(config, isolation_level, wait_ms, min_bytes)
    try:
        await consumer.start()
        yield consumer
    finally:
        await clients.stop(consumer)


async def ends_of(
    config: EngineConfig, tps: Sequence[TopicPartition], isolation_level: str = "read_committed"
) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition, committed ones unless told otherwise.

    Over a connection of its own: a question over Faust's waits for the fetch under way, a second and more.
    """
    async with reading(config, isolation_level) as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(list(tps))
        return ends


async def written_ends_of(config: EngineConfig, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition, whatever becomes of transactions that are still open.

    What a publisher was told is written may lie behind somebody else's open transaction: `ends_of` stands before both.
    """
    return await ends_of(config, tps, "read_uncommitted")


async def rows_of(consumer: AIOKafkaConsumer, tp: TopicPartition) -> Rows:
    """The table rows that a changelog partition stands for: the last value of each key."""
    rows: Rows = {}
    async for records in read_to_end(consumer, [tp]):
        for record in records:
            if record.value is None:
                rows.pop(record.key, None)
            else:
                rows[record.key] = record.value
    return rows


async def read_rows(config: EngineConfig, tp: TopicPartition) -> Rows:
    """As `rows_of`, over a connection of its own."""
    async with reading(config) as consumer:
        return await rows_of(consumer, tp)


async def any_between(consumer: AIOKafkaConsumer, tp: TopicPartition, begin: int, end: int) -> bool:
    """Whether there are committed records from offset `begin` on and before `end`."""
    consumer.assign([tp])
    consumer.seek(tp, begin)
    while await consumer.position(tp) < end:
        for records in (await consumer.getmany(tp, timeout_ms=200, max_records=1)).values():
            return bool(records[0].offset < end)
    return False
