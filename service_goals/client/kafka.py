"""What commands ask of Kafka: whole topics, the spine, statuses; a consumer, a producer."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from agents import clients
from agents.changelog import RawRecord, read_to_end, reader
from agents.config import EngineConfig
from agents.unreachable import why_unreachable
from schemas import topics
from schemas.entries import decode_entry
from service_goals.errors import CommandError
from streams.spine import Spine

_ATTEMPTS: Final = 40
_PAUSE: Final = 0.25
"""Seconds between two looks for the partitions of a topic that was just created."""


@asynccontextmanager
async def connected(client: Any, config: EngineConfig, close: str) -> AsyncIterator[None]:
    """Start one of aiokafka's clients; `close` names the method that ends it, started or not."""
    try:
        try:
            await client.start()
        except KafkaConnectionError:
            raise CommandError(await why_unreachable(config)) from None
        # aiokafka's tasks must have begun before they can be cancelled: stop would raise the cancellation otherwise.
        await asyncio.sleep(0)
        yield
    finally:
        await getattr(client, close)()


@asynccontextmanager
async def consuming(config: EngineConfig) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group, for committed records."""
    consumer = reader(config)
    async with connected(consumer, config, "stop"):
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
    async with connected(producer, config, "stop"):
        yield producer


@asynccontextmanager
async def administering(config: EngineConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    """For metadata and the group's offsets."""
    admin = clients.admin(config)
    async with connected(admin, config, "close"):
        yield admin


async def partitions_of(config: EngineConfig, names: Iterable[str]) -> list[TopicPartition]:
    """Every partition of these topics (without the namespace); a topic that is not there has none."""
    async with administering(config) as admin:
        there = set(await admin.list_topics())
        wanted = [name for name in map(config.topic, names) if name in there]
        for _ in range(_ATTEMPTS if wanted else 0):
            described = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics(wanted)}
            if all(described.get(name) for name in wanted):
                return [TopicPartition(name, partition) for name in wanted for partition in range(described[name])]
            await asyncio.sleep(_PAUSE)
    if not wanted:
        return []
    raise CommandError(f"Kafka doesn't show the partitions of {', '.join(wanted)}; see whether the broker is well")


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
