"""Clients of Kafka end when they are told to."""

import asyncio
import gc

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


async def test_a_producer_is_stopped_whatever_its_last_request_comes_to(kafka: str, namespace: str) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    fenced, heir = (clients.producer(config, transactional_id=namespace) for _ in range(2))
    await fenced.start()
    await fenced.begin_transaction()
    await heir.start()
    offsets = {TopicPartition(config.topic(TICKET_CREATED), 0): 1}
    asking = asyncio.create_task(fenced.send_offsets_to_transaction(offsets, config.group))
    await asyncio.sleep(0)  # now it asks, and will be told that it was fenced
    await clients.stop(fenced)
    await clients.stop(heir)
    asking.cancel()
    await asyncio.wait({asking})
    del fenced, asking
    # What aiokafka leaves behind is logged here, and not while Python compiles something: 3.11 can't bear it.
    gc.collect()
