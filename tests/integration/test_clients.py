"""Clients of Kafka end when they are told to."""

import asyncio

from aiokafka import TopicPartition

from agents import clients
from agents.changelog import reader
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas.topics import TICKET_CREATED


async def test_a_consumer_that_is_stopped_while_it_changes_its_partitions_ends(kafka: str, namespace: str) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=2)
    await ensure_topics(config)
    first, second = (TopicPartition(config.topic(TICKET_CREATED), partition) for partition in range(2))
    consumer = reader(config)
    await consumer.start()
    consumer.assign([first])
    await consumer.position(first)
    await consumer.getmany(timeout_ms=50)  # a fetch is under way now: there is nothing yet
    consumer.assign([second])
    stopping = asyncio.create_task(clients.stop(consumer))  # a timeout here would cure what it should find
    done, _ = await asyncio.wait({stopping}, timeout=2 * clients.STOP_PATIENCE)
    assert done == {stopping}
    assert consumer._fetcher._fetch_task.done()
