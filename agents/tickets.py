"""The tickets agent: ticket events in, one row a ticket, net changes of facts out."""

import asyncio
from collections.abc import Mapping

from agents.lane import Records
from agents.owner import Owner
from agents.partitioner import partitioner
from agents.stage import Stage
from schemas import topics
from schemas.records import Output
from streams.spine import Spine
from streams.tickets import Tickets


class TicketsStage(Stage):
    """Partitioned by ticket_id; the five ticket topics are co-partitioned."""

    name = "tickets"
    topics = topics.TICKET_TOPICS

    def build(self, owner: Owner) -> "TicketsWork":
        """The machine over the partition's rows."""
        target = partitioner(self.partitions)
        machine = Tickets(owner.rows, owner.partition, self.partitions, target, dict(owner.positions))
        return TicketsWork(machine, owner, self.spine.spine)


class TicketsWork:
    """Drives the tickets machine of one partition."""

    def __init__(self, machine: Tickets, owner: Owner, spine: Spine) -> None:
        self._machine, self._owner, self._spine = machine, owner, spine

    async def take(self, records: Mapping[str, Records]) -> None:
        """Merge the records, then walk along the spine as far as it allows."""
        for topic, new in records.items():
            self._machine.receive(topic, new)
        for topic, position in self._owner.positions.items():
            self._machine.reached(topic, position)
        for _ in self._machine.advance(self._spine):
            await asyncio.sleep(0)

    def holds_back(self) -> bool:
        """A run is always worked off whole."""
        return False

    def outputs(self) -> list[Output]:
        """Contributions, ticks, rejects."""
        return self._machine.outputs()

    def due_in(self) -> float | None:
        """Only records and the spine move it."""
        return None
