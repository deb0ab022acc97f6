"""What the audit has before it: what the workers published and keep at one moment, and what snapshots there were."""

from dataclasses import dataclass
from datetime import date

from agents.clock import now
from agents.config import EngineConfig
from schemas.contributions import Standing
from schemas.control import SnapshotRequest
from service_goals.audit.moment import Kept, Looking, read_applied
from service_goals.audit.partition import Shot
from service_goals.audit.published import Published, read_published, read_status_bytes, read_ticked_cuts
from service_goals.client.kafka import consuming, read_spine
from streams.spine import Spine


@dataclass(frozen=True)
class Found:
    """What the workers say, and up to where."""

    published: Published
    standings: list[Standing]
    """By tickets partition."""
    statuses: dict[str, bytes]
    resting: frozenset[int]
    walked: list[int]
    """By contributors partition, the spine offset up to which results must be out."""
    spine: Spine
    today: date | None
    """None: no worker keeps the statuses, or midnight passed meanwhile."""


async def find(config: EngineConfig, partitions: int, kept: Kept) -> Found:
    """Results first, so that the moment is past their cuts; the spine last, so that it has all that they refer to."""
    looking = Looking(config, partitions, kept)
    async with consuming(config) as consumer:
        walked = await read_applied(config, consumer, "contributors", range(partitions))
        published = await read_published(config)
        has_worker = await looking.wait_for_rest()
        began = now()
        standings = await looking.find()
        statuses = await read_status_bytes(config)
        resting = await looking.resting()
        after = await read_applied(config, consumer, "contributors", range(partitions))
        spine = await read_spine(config)
    days = spine.state.crediting.days
    today = days.today(now()) if has_worker and days.today(began) == days.today(now()) else None
    settled = {q for q in resting if walked[q] == after[q] >= spine.last_offset}
    return Found(published, standings, statuses, frozenset(settled), walked, spine, today)


async def find_shots(config: EngineConfig, found: Found) -> list[Shot]:
    """Every snapshot request, in order, with its cut as far as somebody states it."""
    spine = found.spine
    requests = [(entry, entry.command) for entry in spine.entries if isinstance(entry.command, SnapshotRequest)]
    cuts = found.published.cuts() | await read_ticked_cuts(config, found.standings)
    shots, epoch = [], -1
    for entry, request in requests:
        cut = cuts.get(entry.offset)
        epoch += cut is not None
        shots.append(Shot(entry.offset, request, spine.state_after(entry.offset), cut, epoch))
    return shots
