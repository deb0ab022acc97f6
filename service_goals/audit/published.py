"""What the workers have published, read for the audit: results, news and statuses as the bytes they are."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from agents.changelog import RawRecord
from agents.config import EngineConfig
from schemas import topics
from schemas.contributions import Tick, decode_message
from schemas.topics import CONTROL_ACCEPTED, TICKET_TOPICS
from service_goals.audit.epochs import Cut
from service_goals.audit.log import read_stretches
from service_goals.client.kafka import consuming, partitions_of, written_ends

Body = dict[str, Any]


@dataclass
class Published:
    """By key; what was written more than once under a key has all its values."""

    results: dict[str, list[bytes]] = field(default_factory=dict)
    news: dict[str, list[bytes]] = field(default_factory=dict)

    def cuts(self) -> dict[int, Cut]:
        """By the offset of the snapshot's entry, the cut that most of its results state."""
        stated: dict[int, Counter[bytes]] = defaultdict(Counter)
        for bodies in self.results.values():
            cut = orjson.loads(bodies[0])["cut"]
            stated[entry_of(cut)][orjson.dumps(cut)] += 1
        return {entry: orjson.loads(counts.most_common(1)[0][0]) for entry, counts in stated.items()}


def entry_of(cut: Mapping[str, Any]) -> int:
    """The offset of the snapshot request that a result's cut belongs to."""
    offset: int = cut[CONTROL_ACCEPTED][0]
    return offset - 1


async def read_published(config: EngineConfig) -> Published:
    """All results and notifications that were committed when this was called."""
    published = Published()
    for topic, found in {
        topics.MILESTONE_RESULTS: published.results,
        topics.GOAL_NOTIFICATIONS: published.news,
    }.items():
        async for record in _read(config, topic):
            found.setdefault((record.key or b"").decode(), []).append(record.value or b"")
    return published


async def read_status_bytes(config: EngineConfig) -> dict[str, bytes]:
    """The live statuses by key."""
    last = {record.key or b"": record.value async for record in _read(config, topics.GOAL_STATUS)}
    return {key.decode(): value for key, value in last.items() if value is not None}


async def read_ticked_cuts(config: EngineConfig, sources: int) -> dict[int, Cut]:
    """The cuts in the ticks that `contributions` still has, by the offset of the snapshot's entry.

    A snapshot that froze nothing states its cut nowhere else; ticks that were worked off may be deleted.
    """
    ticks: dict[int, dict[int, Tick]] = defaultdict(dict)
    async for record in _read(config, topics.CONTRIBUTIONS, partition=0):
        message = decode_message(record.value or b"")
        if isinstance(message, Tick):
            ticks[message.spine_offset][message.source] = message
    return {
        entry: {topic: [of[source].cut[topic] for source in range(sources)] for topic in TICKET_TOPICS}
        for entry, of in ticks.items()
        if len(of) == sources
    }


async def _read(config: EngineConfig, topic: str, partition: int | None = None) -> AsyncIterator[RawRecord]:
    tps = [tp for tp in await partitions_of(config, [topic]) if partition in (None, tp.partition)]
    ends = await written_ends(config, tps) if tps else {}
    async with consuming(config) as consumer:
        begins = await consumer.beginning_offsets(tps) if tps else {}
        async for records in read_stretches(consumer, {tp: (begins[tp], ends[tp]) for tp in tps}):
            for record in records:
                yield record
