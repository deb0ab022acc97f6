"""How far the workers are: what their group has committed, and how much is left."""

import asyncio
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from agents.config import EngineConfig
from schemas.topics import COMMAND_TOPICS, CONTRIBUTIONS, TICKET_TOPICS
from service_goals.client.kafka import administering, consuming, partitions_of
from service_goals.errors import CommandError

Offsets = dict[TopicPartition, int]

SOURCES = (*TICKET_TOPICS, CONTRIBUTIONS, *COMMAND_TOPICS)
"""All that the workers read."""


_COORDINATOR_COMES: Final = (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)
"""What Kafka says while it sets up the first group ever, or moves one."""
_ATTEMPTS: Final = 60
_PAUSE: Final = 0.5
"""Seconds."""


async def committed_offsets(config: EngineConfig) -> Offsets:
    """What the workers' group has committed; partitions without a commit are absent."""
    async with administering(config) as admin:
        for _ in range(_ATTEMPTS):
            try:
                found = await admin.list_consumer_group_offsets(config.group)
                break
            except _COORDINATOR_COMES:
                await asyncio.sleep(_PAUSE)
        else:
            raise CommandError(f"Kafka has no coordinator for the group {config.group}; see whether the broker is well")
    return {tp: offset.offset for tp, offset in found.items() if offset.offset >= 0}


async def lag(config: EngineConfig) -> dict[str, int]:
    """By topic without the namespace, the records that are not worked off; transaction markers don't count."""
    left = dict.fromkeys(SOURCES, 0)
    tps = await partitions_of(config, SOURCES)
    if not tps:
        return left
    committed = await committed_offsets(config)
    async with consuming(config) as consumer:
        consumer.assign(tps)
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
        behind = set()
        for tp in tps:
            start = max(committed.get(tp, 0), begins[tp])
            consumer.seek(tp, start)
            if start < ends[tp]:
                behind.add(tp)
        while behind:
            for tp, records in (await consumer.getmany(*behind, timeout_ms=100)).items():
                left[tp.topic.removeprefix(config.prefix)] += len(records)
            behind = {tp for tp in behind if await consumer.position(tp) < ends[tp]}
    return left
