"""What commands ask of Kafka: the spine, whole topics, publishing."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError

from agents.changelog import RawRecord, read_to_end, reader
from agents.config import EngineConfig
from schemas import topics
from schemas.entries import decode_entry
from service_goals.errors import CommandError
from streams.spine import Spine


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


async def partitions_of(consumer: AIOKafkaConsumer, config: EngineConfig, names: Sequence[str]) -> list[TopicPartition]:
    """Every partition of these topics (without the namespace)."""
    await consumer.topics()
    found = []
    for name in names:
        partitions = consumer.partitions_for_topic(config.topic(name))
        if not partitions:
            raise CommandError(f"topic {config.topic(name)} is not there; start a worker, it creates what is missing")
        found += [TopicPartition(config.topic(name), partition) for partition in sorted(partitions)]
    return found


async def read_topics(config: EngineConfig, *names: str) -> list[RawRecord]:
    """All committed records, each partition in order of its offsets."""
    records: list[RawRecord] = []
    async with consuming(config) as consumer:
        tps = await partitions_of(consumer, config, names)
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
