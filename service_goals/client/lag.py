"""How far behind the workers are."""

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from agents.config import EngineConfig
from schemas.topics import CONTRIBUTIONS, TICKET_TOPICS
from service_goals.client.kafka import consuming, partitions_of

SOURCES = (*TICKET_TOPICS, CONTRIBUTIONS)


async def committed_offsets(config: EngineConfig, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
    """What the workers' group has committed; partitions without a commit are absent."""
    admin = AIOKafkaAdminClient(bootstrap_servers=config.broker)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(config.group, partitions=tps)
    finally:
        await admin.close()
    return {tp: offset.offset for tp, offset in found.items() if offset.offset >= 0}


async def lag(config: EngineConfig) -> dict[str, int]:
    """By topic without the namespace, the committed records that are not consumed; transaction markers don't count."""
    found = dict.fromkeys(SOURCES, 0)
    async with consuming(config) as consumer:
        tps = await partitions_of(config, SOURCES)
        names = {config.topic(name): name for name in SOURCES}
        committed = await committed_offsets(config, tps)
        consumer.assign(tps)
        ends, begins = await consumer.end_offsets(tps), await consumer.beginning_offsets(tps)
        behind = set()
        for tp in tps:
            start = max(committed.get(tp, 0), begins[tp])
            consumer.seek(tp, start)
            if start < ends[tp]:
                behind.add(tp)
        while behind:
            for tp, records in (await consumer.getmany(*behind, timeout_ms=100)).items():
                found[names[tp.topic]] += len(records)
            behind = {tp for tp in behind if await consumer.position(tp) < ends[tp]}
    return found
