"""Requesting a snapshot and waiting until all of it is durable."""

import asyncio
from datetime import date

from aiokafka import TopicPartition

from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from service_goals.client.commands import Command, submit
from service_goals.client.kafka import consuming
from service_goals.client.offsets import committed_offsets
from service_goals.client.patience import Patience


async def take_snapshot(config: EngineConfig, as_of: date) -> int:
    """Request a snapshot and wait for it; the offset of its entry in `control-accepted`. CommandError when it fails."""
    key = as_of.isoformat()
    accepted = await submit(config, [Command(topics.SNAPSHOT_REQUESTS, key, {"as_of": key})])
    entry = f"{topics.SNAPSHOT_REQUESTS}|{key}".encode()
    offset: int = next(record.offset for record in reversed(accepted) if record.key == entry)
    await until_applied(config, offset)
    return offset


async def until_applied(config: EngineConfig, offset: int) -> None:
    """Wait until every partition of the contributors stage has applied the entry of the spine at `offset`."""
    patience = Patience(
        "the snapshot is requested; see whether workers run and no publisher's transaction is open, then they take it"
    )
    partitions = await ensure_topics(config)
    applied: dict[bytes, int] = dict.fromkeys((b"contributors|%d" % each for each in range(partitions)), -1)
    async with consuming(config) as consumer:
        tp = TopicPartition(config.topic(topics.APPLIED), 0)
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        while True:
            for record in (await consumer.getmany(timeout_ms=200)).get(tp, ()):
                if record.key in applied:
                    applied[record.key] = int(record.value)
            if all(at >= offset for at in applied.values()):
                return
            # History may have to be read up to the cut before a partition applies anything.
            patience.look((dict(applied), await committed_offsets(config)))
            await asyncio.sleep(0)
