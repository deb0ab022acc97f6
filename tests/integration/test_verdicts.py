"""What a server says of a command: what it knows, and nothing it can't know yet."""

import asyncio
from pathlib import Path

from aiokafka import TopicPartition

from agents import clients
from agents.config import EngineConfig
from agents.ending import end
from agents.topics import ensure_topics
from schemas import topics
from service_goals.embedded import EmbeddedKafka
from serving.control import Control
from serving.goals import Goals

PATIENCE = 30.0


async def test_a_refusal_that_the_server_has_not_read_yet_is_not_called_an_acceptance(
    kafka: str, namespace: str
) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    await judge_by_hand(config, "name: missing")
    control, producer = Control(config), clients.producer(config)
    goals = Goals(config, control, producer, 1.0)
    assert await goals.state_of(topics.GOALS, 0) == ("pending", None)
    following = asyncio.create_task(control.run())
    try:
        await asyncio.wait_for(control.caught_up.wait(), PATIENCE)
        assert await goals.state_of(topics.GOALS, 0) == ("refused", "name: missing")
        assert await goals.state_of(topics.GOALS, 1) == ("accepted", None)
    finally:
        await end(following)


async def test_a_kafka_that_goes_away_is_missed(tmp_path: Path, namespace: str) -> None:
    broker = EmbeddedKafka(tmp_path)
    await asyncio.to_thread(broker.start)
    try:
        config = EngineConfig(broker=broker.bootstrap, namespace=namespace, partitions=1)
        await ensure_topics(config)
        control = Control(config, look=0.1, patience=1.0)
        following = asyncio.create_task(control.run())
        await asyncio.wait_for(control.caught_up.wait(), PATIENCE)
        assert control.well
    finally:
        await asyncio.to_thread(broker.stop)
    async with asyncio.timeout(PATIENCE):
        while control.well:  # noqa: ASYNC110 - what is waited for is that something doesn't come
            await asyncio.sleep(0.05)
    await end(following)


async def judge_by_hand(config: EngineConfig, reason: str) -> None:
    """Two commands, the first of them refused."""
    commands, refused = TopicPartition(config.topic(topics.GOALS), 0), config.topic(topics.CONTROL_REJECTED)
    producer = clients.producer(config)
    await producer.start()
    try:
        for _ in range(2):
            await producer.send_and_wait(commands.topic, b"{}", b"close", partition=0)
        place = {"reason": reason, "topic": topics.GOALS, "partition": "0", "offset": "0"}
        headers = [(name, text.encode()) for name, text in place.items()]
        await producer.send_and_wait(refused, b"{}", b"close", partition=0, headers=headers)
    finally:
        await clients.stop(producer)
    consumer = clients.consumer(config, group_id=config.group, enable_auto_commit=False)
    consumer.assign([commands])
    await consumer.start()
    try:
        await consumer.commit({commands: 2})
    finally:
        await clients.stop(consumer)
