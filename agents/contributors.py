"""The contributors agent: net changes in, day cells kept, live statuses, results and notifications out."""

from collections.abc import Mapping

from agents import faults
from agents.clock import now
from agents.faults import Moment
from agents.lane import Records
from agents.owner import Owner
from agents.partitioner import partitioner
from agents.stage import Stage
from schemas import topics
from schemas.contributions import Contributions, decode_message
from schemas.metrics import CONTRIBUTIONS, SNAPSHOT_DURATION
from schemas.records import Output
from streams.contributors import Contributors
from streams.spine import Spine


class ContributorsStage(Stage):
    """Partitioned by contributor."""

    name = "aggregates"
    topics = (topics.CONTRIBUTIONS,)

    def build(self, owner: Owner) -> "ContributorsWork":
        """The machine over the partition's rows."""
        machine = Contributors(owner.rows, owner.partition, self.partitions, partitioner(self.partitions))
        return ContributorsWork(machine, owner, self.spine.spine, self.config.publish_interval)

    def worked_off(self) -> dict[int, int]:
        """By partition the offset up to which the durable rows have the contributions."""
        owners = self.owners.items()
        return {partition: owner.committed.get(topics.CONTRIBUTIONS, 0) for partition, owner in owners}


class ContributorsWork:
    """Drives the contributors machine of one partition; live statuses at most once an interval."""

    def __init__(self, machine: Contributors, owner: Owner, spine: Spine, publish_interval: float) -> None:
        self._machine, self._owner, self._spine = machine, owner, spine
        self._interval = round(publish_interval * 1000)
        self._changes, self._applied = 0, machine.applied
        owner.meter.applied = machine.applied
        self._publish_at = 0

    async def take(self, records: Mapping[str, Records]) -> None:
        """Add the changes up, walk along the spine (a snapshot is evaluated on the way), publish when it is time."""
        at = now()
        for record in records.get(topics.CONTRIBUTIONS, ()):
            message = decode_message(record.value or b"")
            self._changes += len(message.changes) if isinstance(message, Contributions) else 0
            self._machine.receive(message)
        self._machine.advance(self._spine, at)
        if self._machine.applied < self._spine.last_offset:
            await faults.passing(Moment.HELD_UP, ContributorsStage.name, self._owner.partition, self._owner.rows)
        if at >= self._publish_at:
            self._machine.publish(at)
            self._publish_at = at + self._interval

    def holds_back(self) -> bool:
        """A run is always worked off whole."""
        return False

    def outputs(self) -> list[Output]:
        """Statuses, results, notifications."""
        return self._machine.outputs()

    def committed(self) -> None:
        """Count the changes, and the time that each snapshot took."""
        self._owner.meter.counted(CONTRIBUTIONS, self._changes)
        for request in self._spine.snapshots(self._applied, self._machine.applied):
            self._owner.meter.observe(SNAPSHOT_DURATION, max(0, now() - request.at) / 1000)
        self._owner.meter.applied = self._applied = self._machine.applied

    def due_in(self) -> float | None:
        """The next time to publish: also when nothing came, since local midnight changes what depends on the date."""
        return max(0.0, (self._publish_at - now()) / 1000)
