"""Another publisher's transaction that stays open for a moment: snapshots that are requested meanwhile wait for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents import clients
from agents.config import EngineConfig
from tests.oracle.generate import Message

OPEN_MS = 10_000
"""Kafka ends it after that, should its publisher find no broker to tell the end to."""
PATIENCE = 5.0
"""Seconds; then there is no such transaction this time."""


@contextlib.asynccontextmanager
async def held_up(config: EngineConfig, name: str, repeats: Iterable[Message]) -> AsyncIterator[None]:
    """Open from before these events until this ends. They are published elsewhere too: when it is lost, nothing is."""
    producer = AIOKafkaProducer(
        bootstrap_servers=config.broker,
        transactional_id=f"{config.prefix}{name}",
        transaction_timeout_ms=OPEN_MS,
    )
    is_open = False
    try:
        async with _without_broker():
            await producer.start()
            await producer.begin_transaction()
            for each in repeats:
                await producer.send_and_wait(config.topic(each.topic), each.value, each.key, None, each.timestamp_ms)
            is_open = True
        yield
        async with _without_broker():
            if is_open:
                await producer.commit_transaction()
    finally:
        await clients.stop(producer)


@contextlib.asynccontextmanager
async def _without_broker() -> AsyncIterator[None]:
    """What needs a broker is left undone where there is none."""
    with contextlib.suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            yield
