"""What one owner tells of its partition: its state, and what its committed transactions moved."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Literal

from agents.clock import elapsed
from agents.monitor.meters import Meters
from schemas.metrics import CHANGED_ROWS, CONSUMED, FENCED, RECOVERY, REJECTED, TRANSACTION, WRITTEN, Metric
from schemas.records import Output
from schemas.topics import CONTROL_REJECTED, TICKET_EVENTS_REJECTED

State = Literal["recovering", "running", "fenced"]


class OwnerMeter:
    """Written by the owner, a few times a run; read from other threads. Times are `clock.elapsed`."""

    def __init__(self, meters: Meters, stage: str, partition: int, topics: Iterable[str]) -> None:
        self.stage, self.partition = stage, partition
        self.state: State = "recovering"
        self.since = elapsed()
        """When the state began."""
        self.busy_since: float | None = None
        """When the run under way began; None: it waits for one."""
        self.error = ""
        """What it was fenced by."""
        self.positions: dict[str, int] = {}
        """For each source topic the next offset to read, once all before it was committed."""
        self.applied: int | None = None
        """The last spine entry applied, as far as the stage tells."""
        self._meters = meters
        self._taken: Counter[str] = Counter()
        self._counted: dict[Metric, int] = {}
        for topic in topics:
            meters.add(CONSUMED, 0, topic)
            meters.add(REJECTED, 0, topic)

    def recovering(self) -> None:
        """What was taken and not committed is taken again."""
        self._enter("recovering")
        self._taken.clear()
        self._counted.clear()

    def running(self, positions: Mapping[str, int]) -> None:
        """Recovered up to here."""
        self._meters.observe(RECOVERY, elapsed() - self.since, self.stage)
        self.positions = dict(positions)
        self._enter("running")

    def fenced(self, error: Exception) -> None:
        """Kafka refused or failed; the partition is taken again."""
        self._meters.add(FENCED, 1, self.stage)
        self.error = repr(error)
        self._enter("fenced")

    def begins(self, records: Mapping[str, Sized]) -> None:
        """A run of these, by topic."""
        self.busy_since = elapsed()
        for topic, new in records.items():
            self._taken[topic] += len(new)

    def rests(self) -> None:
        """The run has ended."""
        self.busy_since = None

    def committed(self, positions: Mapping[str, int], outputs: Sequence[Output], rows: int, seconds: float) -> None:
        """All that was taken is durable, with `rows` in the changelog; it took so long."""
        self._meters.observe(TRANSACTION, seconds, self.stage)
        self._meters.add(CHANGED_ROWS, rows, self.stage)
        for topic, count in self._taken.items():
            self._meters.add(CONSUMED, count, topic)
        self._taken.clear()
        for topic, count in Counter(output.topic for output in outputs).items():
            self._meters.add(WRITTEN, count, topic)
        for topic, count in Counter(map(_source, filter(_is_reject, outputs))).items():
            self._meters.add(REJECTED, count, topic)
        self.positions = dict(positions)

    def counted(self, metric: Metric, count: int) -> None:
        """The counter of a machine, which began at 0 with it, has come to `count`."""
        self._meters.add(metric, count - self._counted.get(metric, 0))
        self._counted[metric] = count

    def observe(self, metric: Metric, value: float) -> None:
        """Put a value into a histogram without labels."""
        self._meters.observe(metric, value)

    def _enter(self, state: State) -> None:
        self.state, self.since, self.busy_since = state, elapsed(), None


def _is_reject(output: Output) -> bool:
    return output.topic in (TICKET_EVENTS_REJECTED, CONTROL_REJECTED)


def _source(reject: Output) -> str:
    """The topic that a rejected record came from (SPEC 2.1)."""
    return dict(reject.headers)["topic"].decode()
