"""How much is left to be worked off: exact where it is little, quick where it is much."""

from aiokafka import AIOKafkaProducer

from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas.topics import TICKET_CREATED
from service_goals.client.offsets import lag


async def test_markers_of_transactions_count_only_in_a_long_backlog(kafka: str, namespace: str) -> None:
    config = EngineConfig(kafka, namespace, partitions=1)
    await ensure_topics(config)
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=f"{namespace}-publisher")
    async with producer:
        for _ in range(3):
            async with producer.transaction():
                await producer.send(config.topic(TICKET_CREATED), key=b"t", value=b"1")
                await producer.send(config.topic(TICKET_CREATED), key=b"t", value=b"2")
    assert (await lag(config))[TICKET_CREATED] == 6
    assert (await lag(config, counted=8))[TICKET_CREATED] == 9
    assert (await lag(config, counted=9))[TICKET_CREATED] == 6
