"""What the workers have published, read for the audit: results, news and statuses as the bytes they are."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from agents.changelog import RawRecord
from agents.config import EngineConfig
from schemas import topics
from schemas.contributions import Standing, Tick, decode_message
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


async def read_ticked_cuts(config: EngineConfig, standings: Sequence[Standing]) -> dict[int, Cut]:
    """The cut of each snapshot that a source has ticked for at its standing, by the offset of the snapshot's entry.

    All that the other sources have read lies before their part of the cut.
    """
    ticks: dict[int, dict[int, Tick]] = defaultdict(dict)
    async for record in _read(config, topics.CUTS):
        message = decode_message(record.value or b"")
        if isinstance(message, Tick) and message.spine_offset <= standings[message.source][0]:
            ticks[message.spine_offset][message.source] = message
    so_far = [dict(zip(TICKET_TOPICS, standing[1:], strict=True)) for standing in standings]
    return {entry: _whole(of, so_far) for entry, of in ticks.items()}


def _whole(ticks: Mapping[int, Tick], so_far: Sequence[Mapping[str, int]]) -> Cut:
    by_source = [ticks[source].cut if source in ticks else read for source, read in enumerate(so_far)]
    return {topic: [offsets[topic] for offsets in by_source] for topic in TICKET_TOPICS}


async def _read(config: EngineConfig, topic: str) -> AsyncIterator[RawRecord]:
    tps = await partitions_of(config, [topic])
    ends = await written_ends(config, tps) if tps else {}
    async with consuming(config) as consumer:
        begins = await consumer.beginning_offsets(tps) if tps else {}
        async for records in read_stretches(consumer, {tp: (begins[tp], ends[tp]) for tp in tps}):
            for record in records:
                yield record
