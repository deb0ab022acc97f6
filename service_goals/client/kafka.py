"""What commands ask of Kafka: whole topics, the spine, statuses; a consumer, a producer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, UnknownTopicOrPartitionError

from agents import asking, clients
from agents.changelog import RawRecord, read_to_end, reader
from agents.config import EngineConfig
from agents.unreachable import why_unreachable
from schemas import topics
from schemas.entries import decode_entry
from service_goals.errors import CommandError
from streams.spine import Spine


@asynccontextmanager
async def _connected(client: Any, config: EngineConfig, close: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Start one of aiokafka's clients; `close` ends it, started or not."""
    try:
        try:
            await client.start()
        except KafkaConnectionError:
            raise CommandError(await why_unreachable(config)) from None
        # aiokafka's tasks must have begun before they can be cancelled: stop would raise the cancellation otherwise.
        await asyncio.sleep(0)
        yield
    finally:
        await close()


@asynccontextmanager
async def consuming(config: EngineConfig, isolation_level: str = "read_committed") -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group; for committed records, unless told otherwise."""
    consumer = reader(config, isolation_level)
    async with _connected(consumer, config, partial(clients.stop, consumer)):
        yield consumer


@asynccontextmanager
async def producing(config: EngineConfig) -> AsyncIterator[AIOKafkaProducer]:
    """An idempotent producer: what it sends stays in order and is written once."""
    producer = clients.producer(
        config,
        enable_idempotence=True,
        compression_type=config.compression_type(),
        max_batch_size=256 * 1024,
        max_request_size=8 * 1024 * 1024,
    )
    async with _connected(producer, config, producer.stop):  # not cut off: it flushes
        yield producer


@asynccontextmanager
async def administering(config: EngineConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    """For metadata and the group's offsets."""
    admin = clients.admin(config)
    async with _connected(admin, config, admin.close):
        yield admin


async def partitions_of(config: EngineConfig, names: Iterable[str]) -> list[TopicPartition]:
    """Every partition of these topics (without the namespace); a topic that is not there has none."""
    async with administering(config) as admin:
        there = set(await admin.list_topics())
        try:
            return await asking.partitions_of(admin, [name for name in map(config.topic, names) if name in there])
        except UnknownTopicOrPartitionError as error:
            raise CommandError(f"{error.args[0]}; see whether the broker is well") from None


async def written_ends(config: EngineConfig, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
    """The offset after the last record of each partition, committed or not.

    Who then reads committed records up to there has seen all that was committed before this was asked: a transaction
    writes all of its records before it commits, and what is visible of it in one partition may not be in another yet.
    """
    async with consuming(config, "read_uncommitted") as consumer:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(list(tps))
    return ends


async def read_batches(config: EngineConfig, *names: str) -> AsyncIterator[list[RawRecord]]:
    """The committed records of these topics in batches of one partition, in order of its offsets."""
    tps = await partitions_of(config, names)
    if not tps:
        return
    async with consuming(config) as consumer:
        async for batch in read_to_end(consumer, tps):
            yield batch


async def read_topic(config: EngineConfig, name: str) -> list[RawRecord]:
    """All committed records of a topic; by partition in order of their offsets."""
    return [record async for batch in read_batches(config, name) for record in batch]


async def read_results(config: EngineConfig) -> list[dict[str, Any]]:
    """All frozen results, in the order of their keys."""
    records = await read_topic(config, topics.MILESTONE_RESULTS)
    return [orjson.loads(record.value or b"") for record in sorted(records, key=lambda record: record.key or b"")]


async def read_statuses(config: EngineConfig) -> dict[str, dict[str, Any]]:
    """The live statuses by key, in the order of the keys."""
    last = {record.key or b"": record.value for record in await read_topic(config, topics.GOAL_STATUS)}
    return {key.decode(): orjson.loads(value) for key, value in sorted(last.items()) if value is not None}


async def read_spine(config: EngineConfig) -> Spine:
    """All that was accepted so far, and what is in force after it."""
    spine = Spine()
    async for batch in read_batches(config, topics.CONTROL_ACCEPTED):
        for record in batch:
            spine.append(decode_entry(record))
    return spine
