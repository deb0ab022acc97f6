"""What commands ask of Kafka: the spine, whole topics, publishing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from agents.changelog import RawRecord, read_to_end, reader
from agents.config import EngineConfig
from schemas import topics
from schemas.entries import decode_entry
from service_goals.errors import CommandError
from streams.spine import Spine

_ATTEMPTS: Final = 20
_PAUSE: Final = 0.25
"""Seconds between two looks for a topic."""


@asynccontextmanager
async def consuming(config: EngineConfig) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside any group, for committed records."""
    consumer = reader(config)
    try:
        await consumer.start()
    except KafkaConnectionError:
        await consumer.stop()
        raise _unreachable(config) from None
    try:
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def producing(config: EngineConfig) -> AsyncIterator[AIOKafkaProducer]:
    """An idempotent producer with Kafka's default partitioner."""
    producer = AIOKafkaProducer(
        bootstrap_servers=config.broker,
        enable_idempotence=True,
        compression_type=config.compression_type(),
        linger_ms=5,
        max_request_size=8 * 1024 * 1024,
    )
    try:
        await producer.start()
    except KafkaConnectionError:
        await producer.stop()
        raise _unreachable(config) from None
    try:
        yield producer
    finally:
        await producer.stop()


def _unreachable(config: EngineConfig) -> CommandError:
    return CommandError(f"SERVICE_GOALS_BROKER={config.broker}: no Kafka answers there; start one or name another")


async def partitions_of(config: EngineConfig, names: Sequence[str]) -> list[TopicPartition]:
    """Every partition of these topics (without the namespace); a just-created topic may need a moment to show."""
    wanted = [config.topic(name) for name in names]
    admin = AIOKafkaAdminClient(bootstrap_servers=config.broker)
    await admin.start()
    try:
        for _ in range(_ATTEMPTS):
            described = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics(wanted)}
            if all(described.get(name) for name in wanted):
                return [TopicPartition(name, partition) for name in wanted for partition in range(described[name])]
            await asyncio.sleep(_PAUSE)
    finally:
        await admin.close()
    missing = next(name for name in wanted if not described.get(name))
    raise CommandError(f"topic {missing} is not there; start a worker, it creates what is missing")


async def read_topics(config: EngineConfig, *names: str) -> list[RawRecord]:
    """All committed records, each partition in order of its offsets."""
    records: list[RawRecord] = []
    async with consuming(config) as consumer:
        tps = await partitions_of(config, names)
        async for batch in read_to_end(consumer, tps):
            records += batch
    return records


async def read_values(config: EngineConfig, name: str) -> list[dict[str, Any]]:
    """The JSON values of a topic that has no deletes."""
    return [orjson.loads(record.value or b"null") for record in await read_topics(config, name)]


async def read_statuses(config: EngineConfig) -> list[dict[str, Any]]:
    """The live statuses, the last of each key, by key."""
    last = {record.key or b"": record.value for record in await read_topics(config, topics.GOAL_STATUS)}
    return [orjson.loads(value) for _, value in sorted(last.items()) if value is not None]


async def read_spine(config: EngineConfig) -> Spine:
    """All that was accepted so far, and what is in force after it."""
    spine = Spine()
    for record in await read_topics(config, topics.CONTROL_ACCEPTED):
        spine.append(decode_entry(record))
    return spine
