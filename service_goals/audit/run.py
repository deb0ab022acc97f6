"""The audit: one walk along the logs, stopping at the cut of each snapshot, then at where the workers are now."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from agents.clock import now
from agents.config import EngineConfig
from schemas import topics
from schemas.control import Entry, SnapshotRequest
from service_goals.audit.compare import (
    Body,
    Difference,
    compare_cells,
    compare_statuses,
    differing,
    due,
    frozen_body,
)
from service_goals.audit.log import TicketLog, ticket_log
from service_goals.audit.quiet import Live, live_at_rest
from service_goals.audit.recompute import Totals
from service_goals.client.kafka import read_spine, read_topic
from service_goals.output import say
from streams.control import ControlState
from streams.spine import Spine


@dataclass
class Report:
    """What the audit found."""

    differences: list[Difference] = field(default_factory=list)
    results: int = 0
    statuses: int = 0
    aggregates: int = 0
    notes: list[str] = field(default_factory=list)
    """What could not be compared, and why."""


async def audit(config: EngineConfig) -> Report:
    """Recompute each frozen result at its own cut, and what is live at what the workers have merged."""
    report = Report()
    spine = await read_spine(config)
    say(f"{len(spine.entries):,} commands are in force; waiting until the workers are at rest")
    live = await live_at_rest(config, spine.last_offset)
    results = await _results(config, report)
    async with ticket_log(config) as log:
        await _audit_results(report, spine, results, log)
        if isinstance(live, Live):
            await _audit_live(report, spine.state, results, log, live)
        else:
            report.notes.append(f"live aggregates and statuses were not compared: {live}; try again at a quiet moment")
    return report


async def _results(config: EngineConfig, report: Report) -> dict[str, Body]:
    """By key; that one was written twice with other content is a difference."""
    results: dict[str, Body] = {}
    for record in await read_topic(config, topics.MILESTONE_RESULTS):
        key, body = (record.key or b"").decode(), orjson.loads(record.value or b"")
        if key in results:
            expected = {name: value for name, value in results[key].items() if name != "computed_at"}
            report.differences += differing("result", key, body, expected)
        else:
            results[key] = body
    report.results = len(results)
    return results


async def _audit_results(report: Report, spine: Spine, results: dict[str, Body], log: TicketLog) -> None:
    by_entry: dict[int, dict[str, Body]] = defaultdict(dict)
    for key, body in results.items():
        by_entry[body["cut"][topics.CONTROL_ACCEPTED][0] - 1][key] = body
    frozen: set[str] = set()
    for entry, request in _requests(spine):
        state = spine.state_after(entry.offset)
        expected, published = due(state, request.as_of, frozen), by_entry.pop(entry.offset, {})
        frozen |= published.keys()
        for key in sorted(expected.keys() ^ published.keys()):
            report.differences.append(Difference("result", key, "published", key in published, key in expected))
        if published:
            say(f"snapshot as of {request.as_of}: {len(published):,} results")
            cut = next(iter(published.values()))["cut"]
            report.differences += _below_least(request, next(iter(published)), cut)
            await log.read_to(cut)
            totals = Totals(state, log.rows.cells(state.crediting))
            for key in sorted(expected.keys() & published.keys()):
                body = frozen_body(state, expected[key], totals, request.as_of) | {"cut": cut}
                report.differences += differing("result", key, published[key], body)
    for orphans in by_entry.values():
        report.differences += [Difference("result", key, "published", True, False) for key in sorted(orphans)]


def _requests(spine: Spine) -> Iterator[tuple[Entry, SnapshotRequest]]:
    return ((entry, entry.command) for entry in spine.entries if isinstance(entry.command, SnapshotRequest))


def _below_least(request: SnapshotRequest, key: str, cut: dict[str, list[int]]) -> Iterator[Difference]:
    """A cut must be at least what was there when the snapshot was requested."""
    for topic, least in request.least_cut.items():
        if any(at < wanted for at, wanted in zip(cut[topic], least, strict=True)):
            yield Difference("result", key, f"cut of {topic}", cut[topic], f"at least {list(least)}")


async def _audit_live(
    report: Report, state: ControlState, results: dict[str, Body], log: TicketLog, live: Live
) -> None:
    await log.read_to(live.cut)
    say(f"{log.rows.records:,} events merged, {log.rows.rejected:,} of them rejected; comparing what is live")
    cells = log.rows.cells(state.crediting)
    report.aggregates = len(cells)
    report.differences += compare_cells(state, live.cells, cells)
    if not live.has_worker:
        report.notes.append("live statuses were not compared: no worker runs, the last change may not be published")
        return
    report.statuses = len(live.statuses)
    today = state.crediting.days.today(now())
    report.differences += compare_statuses(state, Totals(state, cells), live.statuses, results, today)
