"""The audit: one walk along the logs, stopping at the cut of each snapshot."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from agents.changelog import RawRecord
from agents.config import EngineConfig
from schemas import topics
from schemas.control import Entry, SnapshotRequest
from service_goals.audit.compare import Difference, Published, compare_live, compare_results
from service_goals.audit.recompute import Rows
from service_goals.client.kafka import partitions_of, read_spine, read_statuses, read_topics
from service_goals.client.lag import committed_offsets, lag
from service_goals.output import say
from streams.spine import Spine

Cut = Mapping[str, list[int]]


@dataclass
class Report:
    """What the audit found."""

    differences: list[Difference] = field(default_factory=list)
    results: int = 0
    statuses: int = 0
    notes: list[str] = field(default_factory=list)


class Log:
    """The ticket records, handed out up to one cut after the other."""

    def __init__(self, records: list[RawRecord], names: Mapping[str, str]) -> None:
        self._records: dict[tuple[str, int], list[RawRecord]] = defaultdict(list)
        for record in records:
            self._records[names[record.topic], record.partition].append(record)
        self._read: dict[tuple[str, int], int] = defaultdict(int)

    def feed(self, rows: Rows, cut: Cut) -> None:
        """Everything before the cut that was not handed out yet."""
        for (topic, partition), records in self._records.items():
            begin = end = self._read[topic, partition]
            while end < len(records) and records[end].offset < cut[topic][partition]:
                end += 1
            self._read[topic, partition] = end
            rows.feed(topic, records[begin:end])


async def audit(config: EngineConfig) -> Report:
    """Recompute each frozen result at its own cut, and each live status at what the workers have consumed."""
    report = Report()
    say("reading the logs")
    names = {config.topic(topic): topic for topic in topics.TICKET_TOPICS}
    behind = sum((await lag(config)).values())
    statuses = {_key(each): each for each in await read_statuses(config)}
    spine = await read_spine(config)
    found = [orjson.loads(each.value or b"") for each in await read_topics(config, topics.MILESTONE_RESULTS)]
    log = Log(await read_topics(config, *topics.TICKET_TOPICS), names)
    rows = Rows()
    _audit_results(report, spine, found, log, rows)
    if behind:
        report.notes.append(f"live statuses not compared: the workers have yet to read {behind:,} records")
    else:
        log.feed(rows, await _consumed(config))
        report.differences += compare_live(spine.state, rows.facts(spine.state), statuses)
        report.statuses = len(statuses)
    return report


def _audit_results(report: Report, spine: Spine, results: list[Published], log: Log, rows: Rows) -> None:
    first: dict[str, Published] = {}
    for result in results:
        before = first.setdefault(_key(result), result)
        if before is not result:
            report.differences.append(Difference("result", _key(result), "written", "again", "once"))
    report.results = len(first)
    frozen: set[str] = set()
    for number, (entry, day, mine) in enumerate(_snapshots(spine, first), start=1):
        say(f"snapshot {number} as of {entry.key}: {len(mine):,} results")
        if mine:
            log.feed(rows, next(iter(mine.values()))["cut"])
        state = spine.state_after(entry.offset)
        report.differences += compare_results(state, rows.facts(state), day, mine, frozen)


def _snapshots(spine: Spine, results: Mapping[str, Published]) -> Iterator[tuple[Entry, int, dict[str, Published]]]:
    """Each snapshot request with its day and the results whose cut ends right behind it."""
    by_entry: dict[int, dict[str, Published]] = defaultdict(dict)
    for key, result in results.items():
        by_entry[result["cut"][topics.CONTROL_ACCEPTED][0] - 1][key] = result
    for entry in spine.entries:
        if isinstance(entry.command, SnapshotRequest):
            yield entry, entry.command.as_of.toordinal(), by_entry[entry.offset]


async def _consumed(config: EngineConfig) -> Cut:
    """What the workers have committed, as a cut."""
    tps = await partitions_of(config, topics.TICKET_TOPICS)
    committed = await committed_offsets(config, tps)
    cut: dict[str, list[int]] = {topic: [] for topic in topics.TICKET_TOPICS}
    for tp in tps:
        cut[tp.topic.removeprefix(config.prefix)].append(committed.get(tp, 0))
    return cut


def _key(published: Published) -> str:
    contributor = published["contributor"]
    return f"{published['goal_id']}|{contributor['kind']}:{contributor['id']}|{published['milestone']['start']}"
