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


COUNTED = 10_000
"""Records of a partition that are read to count them."""


async def lag(config: EngineConfig, counted: int = COUNTED) -> dict[str, int]:
    """By topic without the namespace, the records that are not worked off.

    Of a partition with more than `counted` the markers of transactions count too: nobody reads a long backlog to say
    how long it is. Near its end they don't, so that nothing left is 0.
    """
    left = dict.fromkeys(SOURCES, 0)
    tps = await partitions_of(config, SOURCES)
    if not tps:
        return left
    committed = await committed_offsets(config)
    async with consuming(config) as consumer:
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
        starts = {tp: max(committed.get(tp, 0), begins[tp]) for tp in tps}
        few = [tp for tp in tps if 0 < ends[tp] - starts[tp] <= counted]
        for tp in set(tps).difference(few):
            left[tp.topic.removeprefix(config.prefix)] += max(0, ends[tp] - starts[tp])
        consumer.assign(few)
        for tp in few:
            consumer.seek(tp, starts[tp])
        while behind := [tp for tp in few if await consumer.position(tp) < ends[tp]]:
            for tp, records in (await consumer.getmany(*behind, timeout_ms=100)).items():
                left[tp.topic.removeprefix(config.prefix)] += len(records)
    return left
