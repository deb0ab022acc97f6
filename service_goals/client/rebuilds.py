"""Asking for the aggregates to be derived anew, and waiting until they are."""

import asyncio
from typing import NamedTuple

import msgspec

from agents.clock import now
from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas.topics import REBUILDS, REBUILT
from service_goals.client.kafka import producing, read_topic
from service_goals.client.offsets import committed_offsets
from service_goals.client.patience import LOOK, Patience


class Rebuilt(NamedTuple):
    """What a rebuild found, over all partitions."""

    aggregates: int
    mended: int
    """Those that were not what the rows say."""


async def rebuild(config: EngineConfig, look: float = LOOK) -> Rebuilt:
    """Ask every tickets partition for its facts, and wait until the cells of all partitions are made of them.

    CommandError when nothing moves for too long; the workers go on with it all the same. `look`: seconds.
    """
    partitions = await ensure_topics(config)
    generation = now()
    async with producing(config) as producer:
        for partition in range(partitions):
            value = b"%d" % generation
            await producer.send_and_wait(config.topic(REBUILDS), value=value, partition=partition)
    patience = Patience("the rebuild is requested; see whether workers run, they take it up")
    while True:
        found = {record.key: record.value or b"{}" for record in await read_topic(config, REBUILT)}
        done = [each for each in map(msgspec.json.decode, found.values()) if each["generation"] >= generation]
        if len(done) == partitions:
            return Rebuilt(sum(each["cells"] for each in done), sum(each["mended"] for each in done))
        patience.look((len(done), await committed_offsets(config)))
        await asyncio.sleep(look)
