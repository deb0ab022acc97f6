"""Reading the topics of rejects: all of one as a stream, or single records."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.changelog import read_to_end
from agents.config import EngineConfig
from schemas.rejects import Reject, decode_reject
from service_goals.client.kafka import consuming, partitions_of
from service_goals.errors import CommandError
from service_goals.rejects.selection import Place

OnProgress = Callable[[int, int], None]
"""Told how many records have been read, and how many there are (transaction markers are counted there)."""


async def read_rejects(config: EngineConfig, topic: str, on_progress: OnProgress) -> AsyncIterator[Reject]:
    """Yield what lies there now, in no particular order; what comes meanwhile is left out."""
    tps = await partitions_of(config, [topic])
    if not tps:
        return
    async with consuming(config) as consumer:
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
        read, there = 0, sum(ends.values()) - sum(begins.values())
        async for batch in read_to_end(consumer, tps):
            for record in batch:
                yield decode_reject(record)
            read += len(batch)
            on_progress(read, there)
    on_progress(there, there)


async def find_rejects(config: EngineConfig, topic: str, places: Iterable[Place]) -> list[Reject]:
    """The rejects at these places, in their order. CommandError: there is none at one of them."""
    tps = await partitions_of(config, [topic])
    found = []
    async with consuming(config) as consumer:
        for partition, offset in places:
            tp = TopicPartition(config.topic(topic), partition)
            reject = await _reject_at(consumer, tp, offset) if tp in tps else None
            if reject is None:
                raise CommandError(f"{partition}:{offset}: no such reject, see service-goals rejects list")
            found.append(reject)
    return found


async def _reject_at(consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> Reject | None:
    """The committed record with this very offset; a transaction marker or an aborted record is none."""
    begin, end = (await consumer.beginning_offsets([tp]))[tp], (await consumer.end_offsets([tp]))[tp]
    if not begin <= offset < end:
        return None
    consumer.assign([tp])
    consumer.seek(tp, offset)
    while await consumer.position(tp) <= offset:
        for record in (await consumer.getmany(tp, timeout_ms=200, max_records=1)).get(tp, ()):
            return decode_reject(record) if record.offset == offset else None
        await asyncio.sleep(0)
    return None
