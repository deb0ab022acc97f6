"""The recomputation: the log into buckets, tickets into sums, sums into what had to come out, by partition."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from agents.config import EngineConfig
from schemas.statuses import contributor_of
from schemas.topics import TICKET_TOPICS
from service_goals.audit.by_partition import ByPartition
from service_goals.audit.differences import Difference, Tracing
from service_goals.audit.epochs import Cut, Epochs
from service_goals.audit.found import Found
from service_goals.audit.log import spill_log
from service_goals.audit.moment import Kept, cut_of
from service_goals.audit.partition import PartitionAudit, Shot, Tally, unexpected, wrong_cuts
from service_goals.audit.progress import Steps
from service_goals.audit.recompute import Added, Cells, Creditings, Logged, Sums, expired_before, tickets, turns
from service_goals.audit.spill import Spill
from service_goals.client.kafka import partitions_of, written_ends

RECORDS_A_BUCKET: Final = 50_000
MOST_BUCKETS: Final = 512
MOST_SUMS: Final = 200_000
"""Sums in memory; more go to the disk."""


@dataclass
class Report:
    """What the audit found."""

    differences: list[Difference] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    records: int = 0
    notes: list[str] = field(default_factory=list)
    """What could not be compared, and why."""


class Work:
    """The logs, from here on."""

    def __init__(self, config: EngineConfig, partitions: int, found: Found, shots: list[Shot], steps: Steps) -> None:
        self._config, self._partitions, self._found, self._shots, self._steps = config, partitions, found, shots, steps
        self._cuts = [shot.cut for shot in shots if shot.cut is not None]
        self._live = len(self._cuts)
        """The epoch of what is live: the last one."""
        self._states = [shot.state for shot in shots if shot.cut is not None]
        self._report = Report()
        self._share_out = ByPartition(partitions)

    async def run(self, directory: Path, kept: Kept) -> Report:
        """Read, add up, compare, and name the tickets of what differs."""
        report, cuts = self._report, [*self._cuts, cut_of(self._found.standings)]
        ticked_by_all = min(standing[0] for standing in self._found.standings)
        report.differences += wrong_cuts([shot for shot in self._shots if shot.entry <= ticked_by_all], cuts[-1])
        log = await self._read(directory, Epochs(await self._within_log(cuts)))
        added: Spill[Added] = Spill(directory, "added", Added, self._partitions)
        creditings = self._creditings()
        self._add_up(log, creditings, added)
        self._steps.begin("comparing", self._partitions)
        for partition in range(self._partitions):
            self._compare(partition, kept, added)
            self._steps.advance()
        report.differences += unexpected(self._found.published, report.tally)
        self._trace(log, creditings)
        self._note()
        return report

    async def _within_log(self, cuts: list[Cut]) -> list[Cut]:
        """The cuts, none past the end of a log: nothing would ever come from there."""
        tps = await partitions_of(self._config, TICKET_TOPICS)
        ends = await written_ends(self._config, tps)
        end = {topic: [ends[tp] for tp in tps if tp.topic == self._config.topic(topic)] for topic in TICKET_TOPICS}
        return [
            {topic: [min(at, last) for at, last in zip(cut[topic], end[topic], strict=True)] for topic in TICKET_TOPICS}
            for cut in cuts
        ]

    async def _read(self, directory: Path, epochs: Epochs) -> Spill[Logged]:
        total = sum(epochs.ends.values())
        buckets = min(max(total // RECORDS_A_BUCKET, 1), MOST_BUCKETS)
        log: Spill[Logged] = Spill(directory, "log", Logged, buckets)
        self._steps.begin("reading the ticket events", total)
        self._report.records = await spill_log(self._config, epochs, log, self._steps.advance)
        return log

    def _creditings(self) -> Creditings:
        """Each partition of the tickets stage has walked the spine as far as its standing says."""
        by_epoch = [[state.crediting] * self._partitions for state in self._states]
        live = [self._found.spine.state_after(standing[0]).crediting for standing in self._found.standings]
        return Creditings([*by_epoch, live], expired_before(self._states))

    def _add_up(self, log: Spill[Logged], creditings: Creditings, added: Spill[Added]) -> None:
        sums = Sums()
        self._steps.begin("recomputing the tickets", log.buckets)
        for bucket in range(log.buckets):
            for of_ticket in tickets(log.read(bucket)).values():
                for turn in turns(of_ticket, creditings):
                    sums.count(turn)
                if len(sums) > MOST_SUMS:
                    self._put_down(sums, added)
            self._steps.advance()
        self._put_down(sums, added)

    def _put_down(self, sums: Sums, added: Spill[Added]) -> None:
        for one in sums.drain():
            added.add(self._share_out.partition(one.key.contributor), one, len(one.change.values))

    def _compare(self, partition: int, kept: Kept, added: Spill[Added]) -> None:
        found, report, state = self._found, self._report, self._found.spine.state
        by_epoch: dict[int, list[Added]] = defaultdict(list)
        for one in added.read(partition):
            by_epoch[one.epoch].append(one)
        of_partition = PartitionAudit(found.published, by_epoch, found.walked[partition], report.tally)
        mine = {shot.entry: self._share_out.contributors(shot.state, partition) for shot in self._shots}
        report.differences += of_partition.snapshots(self._shots, mine)
        cells = Cells()
        for key, change in kept.read(partition):
            cells.add(key, change)
        contributors = self._share_out.contributors(state, partition)
        report.differences += of_partition.live(state, self._live, cells.by_key(), contributors)
        if partition in found.resting and found.today is not None:
            of = self._share_out.partition
            statuses = {key: body for key, body in found.statuses.items() if of(contributor_of(key)) == partition}
            report.differences += of_partition.statuses(state, self._live, statuses, contributors, found.today)

    def _trace(self, log: Spill[Logged], creditings: Creditings) -> None:
        tracing = Tracing(self._report.differences)
        if not any(each.scope for each in self._report.differences):
            return
        self._steps.begin("looking up the tickets of what differs", log.buckets)
        for bucket in range(log.buckets):
            tracing.trace(log.read(bucket), creditings)
            self._steps.advance()
        tracing.finish()

    def _note(self) -> None:
        found, tally = self._found, self._report.tally
        moving = sorted(set(range(self._partitions)) - found.resting)
        if found.today is None:
            self._report.notes.append(
                "live statuses were not compared: no worker runs that keeps them (or midnight came)"
            )
        elif moving:
            listed = ", ".join(map(str, moving))
            self._report.notes.append(f"live statuses in partitions {listed} were not compared: they are in motion")
        for as_of in sorted(tally.cutless):
            self._report.notes.append(
                f"early news of the snapshot as of {as_of} was not compared: nobody states its cut"
            )
