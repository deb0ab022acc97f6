"""What a server asks of Kafka beside reading: which partitions there are, and how far the workers have judged."""

from collections.abc import Iterable
from typing import Final

from aiokafka import TopicPartition

from agents import asking
from agents.changelog import written_ends_of
from agents.config import EngineConfig

_PATIENCE: Final = 10.0
"""Seconds: somebody waits for the answer."""


async def partitions_of(config: EngineConfig, names: Iterable[str]) -> list[TopicPartition]:
    """Every partition of these topics (without the namespace), which are there. Raises KafkaError."""
    async with asking.administering(config) as admin:
        return await asking.partitions_of(admin, map(config.topic, names), _PATIENCE)


async def judged_until(config: EngineConfig, topic: str) -> int:
    """The first offset of a command topic that has no verdict yet. Raises KafkaError."""
    tp = TopicPartition(config.topic(topic), 0)
    async with asking.administering(config) as admin:
        committed = await asking.committed_offsets(admin, config.group, _PATIENCE, [tp])
    return committed.get(tp, 0)


async def published_until(config: EngineConfig, topic: str) -> int:
    """The offset that the next command, or verdict, of a topic will have. Raises KafkaError."""
    tp = TopicPartition(config.topic(topic), 0)
    return (await written_ends_of(config, [tp]))[tp]
