"""The judge agent: commands in, each judged once, in one order; what is accepted goes to the spine."""

import heapq
from collections.abc import Iterable, Iterator, Mapping

import orjson

from agents.changelog import RawRecord, ends_of, written_ends_of
from agents.clock import now
from agents.lane import Records
from agents.owner import Owner
from agents.stage import Stage
from schemas import topics
from schemas.records import Output
from streams.control import ControlState
from streams.judge import Judge
from streams.schedule import due_snapshots

FIRST_START = b"first-start"
"""Row: when this system first ran (ms); before the first snapshot nothing older is caught up."""
SCHEDULE_INTERVAL = 1.0
"""Seconds between two looks at the clock."""


class JudgeStage(Stage):
    """One partition for the whole system."""

    name = "judge"
    topics = topics.COMMAND_TOPICS
    ticket_partitions: int

    def build(self, owner: Owner) -> "JudgeWork":
        """The judge over all that was accepted so far."""
        return JudgeWork(self, owner)


class JudgeWork:
    """Drives the judge."""

    def __init__(self, stage: JudgeStage, owner: Owner) -> None:
        self._stage, self._owner = stage, owner
        self._pending: dict[str, Records] = {}
        self._until: dict[str, int] = {}
        self._judge: Judge | None = None
        self._outputs: list[Output] = []
        if FIRST_START not in owner.rows:
            owner.rows[FIRST_START] = str(now()).encode()

    async def take(self, records: Mapping[str, Records]) -> None:
        """Judge what has come, in the order of the records' timestamps over all command topics."""
        for topic, new in records.items():
            self._pending.setdefault(topic, []).extend(new)
        judge = self._judge = self._judge or Judge((await self._stage.spine.caught_up()).state)
        if self._pending and await self._complete():
            least_cut = await self._ticket_ends()
            for topic, record in in_order(self._pending):
                self._outputs.append(judge.judge(topic, record, now(), least_cut))
            self._pending, self._until = {}, {}
        if not self._pending:
            await self._ask_for_snapshots(judge.state)

    def holds_back(self) -> bool:
        """Records wait to be judged together with others: their offsets must not be committed yet."""
        return bool(self._pending)

    def outputs(self) -> list[Output]:
        """Verdicts, and requests for the snapshots that are due."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def committed(self) -> None:
        """Nothing but records, which the owner counts."""

    def due_in(self) -> float | None:
        """The clock may make a snapshot due."""
        return SCHEDULE_INTERVAL

    async def _complete(self) -> bool:
        """Whether all that was there when the first pending record came has been read: a fetch may bring the goals
        before the directory that was published ahead of them."""
        if not self._until:
            tps = [self._stage.source(topic, 0) for topic in topics.COMMAND_TOPICS]
            ends = await ends_of(self._stage.config, tps)
            self._until = {topic: ends[self._stage.source(topic, 0)] for topic in topics.COMMAND_TOPICS}
        return all(self._owner.positions[topic] >= end for topic, end in self._until.items())

    async def _ticket_ends(self) -> dict[str, tuple[int, ...]]:
        if not self._pending.get(topics.SNAPSHOT_REQUESTS):
            return {}
        partitions = range(self._stage.ticket_partitions)
        tps = [self._stage.source(topic, p) for topic in topics.TICKET_TOPICS for p in partitions]
        ends = await written_ends_of(self._stage.config, tps)
        return {topic: tuple(ends[self._stage.source(topic, p)] for p in partitions) for topic in topics.TICKET_TOPICS}

    async def _ask_for_snapshots(self, state: ControlState) -> None:
        due = due_snapshots(state, int(self._owner.rows[FIRST_START]), now())
        if due and await self._all_requests_judged():
            for day in due:
                value = orjson.dumps({"as_of": day.isoformat()})
                self._outputs.append(Output(topics.SNAPSHOT_REQUESTS, day.isoformat().encode(), value, partition=0))

    async def _all_requests_judged(self) -> bool:
        """Whether no request is on its way: what is due may have been asked for, by us or by who judged before us."""
        requests = self._stage.source(topics.SNAPSHOT_REQUESTS, 0)
        ends = await written_ends_of(self._stage.config, [requests])
        return self._owner.positions[topics.SNAPSHOT_REQUESTS] >= ends[requests]


def in_order(pending: Mapping[str, Records]) -> Iterable[tuple[str, RawRecord]]:
    """Merge the topics by timestamp; within a topic the offsets' order stands, whatever the timestamps say."""

    def keyed(rank: int, topic: str) -> Iterator[tuple[int, int, int, RawRecord, str]]:
        latest = 0
        for record in pending.get(topic, ()):
            latest = max(latest, record.timestamp)
            yield latest, rank, record.offset, record, topic

    merged = heapq.merge(*(keyed(rank, topic) for rank, topic in enumerate(topics.COMMAND_TOPICS)))
    return ((topic, record) for _, _, _, record, topic in merged)
