"""What Kafka is asked beside reading: which partitions there are, and how far a group is."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
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

_PATIENCE: Final = 30.0
"""Seconds for what is just being made, unless the caller has less."""
_PAUSE: Final = 0.25
"""Seconds between two looks for it."""
_COORDINATOR_COMES: Final = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
"""What Kafka says while it sets up the first group ever, or moves one."""


@asynccontextmanager
async def administering(config: EngineConfig) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for metadata and groups, started and in the end closed."""
    admin = clients.admin(config)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def partitions_of(
    admin: AIOKafkaAdminClient, names: Iterable[str], patience: float = _PATIENCE
) -> list[TopicPartition]:
    """Every partition of these topics (names as Kafka has them), which are there or about to be.

    Raises KafkaError; UnknownTopicOrPartitionError when one has no partitions within so many seconds.
    """
    wanted = list(names)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while wanted:
                described = {each["topic"]: len(each["partitions"]) for each in await admin.describe_topics(wanted)}
                if all(described.get(name) for name in wanted):
                    return [TopicPartition(name, number) for name in wanted for number in range(described[name])]
                await asyncio.sleep(_PAUSE)
            return []
    raise UnknownTopicOrPartitionError(f"Kafka doesn't show the partitions of {', '.join(wanted)}")


async def committed_offsets(
    admin: AIOKafkaAdminClient,
    group: str,
    patience: float = _PATIENCE,
    tps: Sequence[TopicPartition] | None = None,
) -> dict[TopicPartition, int]:
    """What a group has committed, of these partitions or of all; those without a commit are absent.

    Raises KafkaError; GroupCoordinatorNotAvailableError when nobody knows the group within so many seconds.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while True:
                with suppress(*_COORDINATOR_COMES):
                    found = await admin.list_consumer_group_offsets(group, partitions=tps)
                    return {tp: each.offset for tp, each in found.items() if each.offset >= 0}
                await asyncio.sleep(_PAUSE)
    raise GroupCoordinatorNotAvailableError(f"Kafka has no coordinator for the group {group}")
