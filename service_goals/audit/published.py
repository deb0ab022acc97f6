"""What the workers have published, read for the audit: results, news and statuses as the bytes they are."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
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
    """The cut of each snapshot that a source has ticked for at its standing, by the offset of the snapshot's entry."""
    messages = [decode_message(record.value or b"") async for record in _read(config, topics.CUTS)]
    return ticked_cuts((each for each in messages if isinstance(each, Tick)), standings)


def ticked_cuts(ticks: Iterable[Tick], standings: Sequence[Standing]) -> dict[int, Cut]:
    """As `read_ticked_cuts`. All that a source has read which hasn't ticked at its standing lies before its part."""
    by_entry: dict[int, dict[int, Mapping[str, int]]] = defaultdict(dict)
    for tick in ticks:
        if tick.spine_offset <= standings[tick.source][0]:
            by_entry[tick.spine_offset][tick.source] = tick.cut
    so_far = dict(enumerate(dict(zip(TICKET_TOPICS, standing[1:], strict=True)) for standing in standings))
    return {
        entry: {topic: [offsets[topic] for _, offsets in sorted((so_far | of).items())] for topic in TICKET_TOPICS}
        for entry, of in by_entry.items()
    }


async def _read(config: EngineConfig, topic: str) -> AsyncIterator[RawRecord]:
    tps = await partitions_of(config, [topic])
    ends = await written_ends(config, tps) if tps else {}
    async with consuming(config) as consumer:
        begins = await consumer.beginning_offsets(tps) if tps else {}
        async for records in read_stretches(consumer, {tp: (begins[tp], ends[tp]) for tp in tps}):
            for record in records:
                yield record
