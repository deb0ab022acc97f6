"""How far the workers are: what their group has committed, and how much is left."""

from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from agents import asking
from agents.config import EngineConfig
from schemas.topics import COMMAND_TOPICS, CONTRIBUTIONS, TICKET_TOPICS
from service_goals.client.kafka import administering, consuming, partitions_of
from service_goals.errors import CommandError

Offsets = dict[TopicPartition, int]

SOURCES = (*TICKET_TOPICS, CONTRIBUTIONS, *COMMAND_TOPICS)
"""All that the workers read."""


async def committed_offsets(config: EngineConfig) -> Offsets:
    """What the workers' group has committed; partitions without a commit are absent."""
    async with administering(config) as admin:
        try:
            return await asking.committed_offsets(admin, config.group)
        except GroupCoordinatorNotAvailableError as error:
            raise CommandError(f"{error.args[0]}; see whether the broker is well") from None


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
