"""The spine reader."""

import asyncio

from agents.config import EngineConfig
from agents.spine import SpineReader
from agents.topics import ensure_topics


async def test_who_asks_before_it_has_started_waits(kafka: str, namespace: str) -> None:
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=1)
    await ensure_topics(config)
    reader = SpineReader(config, lambda: None)
    asking = asyncio.create_task(reader.caught_up())
    await asyncio.sleep(0)
    await reader.start()
    assert (await asking).entries == []
    await reader.stop()
