"""What a server asks of Kafka beside reading: which partitions there are, and how far the workers have judged."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
    UnknownTopicOrPartitionError,
)

from agents import clients
from agents.config import EngineConfig

_ATTEMPTS: Final = 40
_PAUSE: Final = 0.25
"""Seconds between two looks for what is just being made."""
_COORDINATOR_COMES: Final = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
"""What Kafka says while it sets up the first group ever, or moves one."""


async def partitions_of(config: EngineConfig, names: Iterable[str]) -> list[TopicPartition]:
    """Every partition of these topics (without the namespace), which are there. Raises KafkaError."""
    wanted = [config.topic(name) for name in names]
    async with _administering(config) as admin:
        for _ in range(_ATTEMPTS):
            described = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics(wanted)}
            if all(described.get(name) for name in wanted):
                return [TopicPartition(name, partition) for name in wanted for partition in range(described[name])]
            await asyncio.sleep(_PAUSE)
    raise UnknownTopicOrPartitionError(f"Kafka doesn't show the partitions of {', '.join(wanted)}")


async def judged_until(config: EngineConfig, topic: str) -> int:
    """The first offset of a command topic that has no verdict yet. Raises KafkaError."""
    tp = TopicPartition(config.topic(topic), 0)
    async with _administering(config) as admin:
        for _ in range(_ATTEMPTS):
            with suppress(*_COORDINATOR_COMES):
                found = await admin.list_consumer_group_offsets(config.group, partitions=[tp])
                return max(0, found[tp].offset) if tp in found else 0
            await asyncio.sleep(_PAUSE)
    raise GroupCoordinatorNotAvailableError(f"Kafka has no coordinator for the group {config.group}")


@asynccontextmanager
async def _administering(config: EngineConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = clients.admin(config)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
