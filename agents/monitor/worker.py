"""What a worker tells: the gauges, and whether it is well. Asked from other threads, so it only reads."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, get_args

from aiokafka import TopicPartition

from agents.clock import elapsed, now
from agents.config import EngineConfig
from agents.monitor.ends import Ends, lag_by_topic
from agents.monitor.health import Health
from agents.monitor.meters import Reading
from agents.monitor.owner_meter import OwnerMeter, State
from agents.owner import Owner
from agents.spine import SpineReader
from agents.stage import Stage
from schemas.metrics import LAG, LAG_AGE, PARTITIONS, ROWS, SNAPSHOT_AGE, SNAPSHOTS_WAITING

SILENCE: Final = 10.0
"""Seconds without an answer after which Kafka counts as unreachable, and the event loop as stuck."""
STUCK: Final = 300.0
"""Seconds that one run may take, also one that goes through all rows."""


class WorkerMonitor:
    """Over the stages of a worker."""

    def __init__(self, config: EngineConfig, stages: Sequence[Stage], spine: SpineReader) -> None:
        self.ends = Ends(config, self._wanted)
        """To be run as a service of the worker."""
        self._config, self._stages, self._spine = config, stages, spine

    def health(self) -> Health:
        """The answer of `/healthz`."""
        meters = [owner.meter for _, owner in self._owners()]
        silent, still = elapsed() - self.ends.answered, elapsed() - self.ends.beat
        reasons: list[str] = []
        if still > SILENCE:
            reasons.append(f"stuck: the event loop has stood still for {still:.0f} s; if it stays so, start it again")
        elif silent > SILENCE:
            reasons.append(f"broker unreachable: {self._config.broker} has not answered for {silent:.0f} s")
        if not all(stage.joined for stage in self._stages):
            reasons.append("joining: the group has not yet told this worker its partitions")
        reasons += unwell(meters, elapsed())
        partitions = {stage.name: _by_state(meters, stage.name) for stage in self._stages}
        return Health("worker", tuple(reasons), {"partitions": partitions})

    def readings(self) -> Iterator[Reading]:
        """The gauges."""
        positions = {**self._sources(), self._spine.tp: self._spine.position}
        for topic, lag in lag_by_topic(self.ends.ends, positions).items():
            yield Reading(LAG, lag, (topic.removeprefix(self._config.prefix),))
        yield Reading(LAG_AGE, elapsed() - self.ends.answered)
        for stage in self._stages:
            owners = list(stage.owners.values())
            yield Reading(ROWS, sum(len(owner.rows) for owner in owners), (stage.name,))
            count = Counter(owner.meter.state for owner in owners)
            yield from (Reading(PARTITIONS, count[state], (stage.name, state)) for state in get_args(State))
        yield from self._snapshots()

    def _snapshots(self) -> Iterator[Reading]:
        applied = min((at for _, owner in self._owners() if (at := owner.meter.applied) is not None), default=None)
        if applied is None:
            return
        spine = self._spine.spine
        yield Reading(SNAPSHOTS_WAITING, len(spine.snapshots(applied, spine.last_offset)))
        if taken := spine.snapshots(-1, applied):
            yield Reading(SNAPSHOT_AGE, (now() - taken[-1].at) / 1000)

    def _owners(self) -> list[tuple[Stage, Owner]]:
        return [(stage, owner) for stage in self._stages for owner in list(stage.owners.values())]

    def _wanted(self) -> Iterator[TopicPartition]:
        """All that is read here, also by partitions that still recover: their lag is known when they run."""
        yield self._spine.tp
        for stage, owner in self._owners():
            yield from (stage.source(topic, owner.partition) for topic in stage.topics)

    def _sources(self) -> dict[TopicPartition, int]:
        """Where the partitions that have recovered are, by source partition."""
        return {
            stage.source(topic, owner.partition): position
            for stage, owner in self._owners()
            for topic, position in owner.meter.positions.items()
        }


def unwell(owners: Iterable[OwnerMeter], at: float) -> Iterator[str]:
    """What keeps partitions from running, a line for each stage and cause; `at` is now."""
    causes: dict[tuple[str, str], list[OwnerMeter]] = {}
    for owner in owners:
        stuck = owner.busy_since is not None and at - owner.busy_since > STUCK
        if cause := "stuck" if stuck else "" if owner.state == "running" else owner.state:
            causes.setdefault((cause, owner.stage), []).append(owner)
    for (why, stage), concerned in causes.items():
        which = f"{stage} {', '.join(str(partition) for partition in sorted(each.partition for each in concerned))}"
        longest = at - min(each.busy_since or each.since for each in concerned)
        match why:
            case "stuck":
                yield f"stuck: {which} at one run for {longest:.0f} s"
            case "fenced":
                yield f"fenced: {which} lost the transaction and is taken again ({concerned[0].error})"
            case _:
                yield f"recovering: {which} for {longest:.1f} s"


def _by_state(owners: Iterable[OwnerMeter], stage: str) -> dict[State, list[int]]:
    """The partitions in each state, those without any left out."""
    found: dict[State, list[int]] = {}
    for owner in owners:
        if owner.stage == stage:
            found.setdefault(owner.state, []).append(owner.partition)
    return {state: sorted(partitions) for state, partitions in found.items()}
