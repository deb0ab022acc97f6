"""Finding a moment at which all that was published belongs to the same offsets: nothing moves, all is worked off."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import TopicPartition

from agents.changelog import read_rows
from agents.config import EngineConfig
from schemas.topics import APPLIED, CONTRIBUTIONS, TICKET_TOPICS
from service_goals.audit.log import Cut
from service_goals.audit.recompute import Cells
from service_goals.client.kafka import administering, consuming, partitions_of, read_statuses, read_topic
from service_goals.client.offsets import Offsets, committed_offsets
from streams.layers import Layers

PATIENCE: Final = 20.0
"""Seconds to wait for such a moment."""
SETTLING: Final = 0.5
"""Seconds beyond the publish interval in which a status must have gone out."""


@dataclass(frozen=True)
class Live:
    """What the workers had published and kept at one moment."""

    cut: Cut
    """Up to where they had merged the ticket topics."""
    statuses: dict[str, dict[str, Any]]
    cells: Cells
    has_worker: bool
    """Without one a status may be out of date: it is published a moment after the aggregates changed."""


async def live_at_rest(config: EngineConfig, spine_end: int) -> Live | str:
    """What is live once nothing moves; or why that can't be had."""
    deadline = time.monotonic() + PATIENCE
    before = await _Position.now(config)
    while True:
        await asyncio.sleep(config.publish_interval + SETTLING)
        after = await _Position.now(config)
        if after == before and after.unfinished(spine_end) is None:
            live = await _read(config, after)
            if await _Position.now(config) == after:
                return live
        if time.monotonic() > deadline:
            return after.unfinished(spine_end) or "new events keep coming"
        before = after


@dataclass(frozen=True)
class _Position:
    """How far the workers are."""

    config: EngineConfig
    committed: Offsets
    contributions: Offsets
    """What is left of them, by partition."""
    applied: dict[bytes, int]

    @classmethod
    async def now(cls, config: EngineConfig) -> "_Position":
        tps = await partitions_of(config, [CONTRIBUTIONS])
        async with consuming(config) as consumer:
            ends = await consumer.end_offsets(tps) if tps else {}
        committed = await committed_offsets(config)
        left = {tp: ends[tp] - committed.get(tp, 0) for tp in tps if ends[tp] > committed.get(tp, 0)}
        applied = {record.key or b"": int(record.value or b"-1") for record in await read_topic(config, APPLIED)}
        return cls(config, committed, left, applied)

    def unfinished(self, spine_end: int) -> str | None:
        """What the workers have still to do before published and merged are the same; None: nothing."""
        if self.contributions:
            return f"{len(self.contributions)} partitions of contributions are not worked off"
        behind = sum(at < spine_end for at in self.applied.values())
        return f"{behind} partitions have not applied all commands" if behind else None


async def _read(config: EngineConfig, position: _Position) -> Live:
    cut: dict[str, list[int]] = {topic: [] for topic in TICKET_TOPICS}
    for tp in await partitions_of(config, TICKET_TOPICS):
        cut[tp.topic.removeprefix(config.prefix)].append(position.committed.get(tp, 0))
    cells: Cells = {}
    changelog = config.changelog("aggregates")
    count = len(cut[TICKET_TOPICS[0]])
    for partition in range(count):
        # At rest no snapshot is unfinished: all cells are in the base layer.
        layers = Layers(await read_rows(config, TopicPartition(changelog, partition)), count)
        cells |= dict(layers.base.cells())
    async with administering(config) as admin:
        (group,) = await admin.describe_consumer_groups([config.group])
        has_worker = any(described[-2] for described in group.groups)
    return Live(cut, await read_statuses(config), cells, has_worker)
