"""The tickets agent: ticket events in, one row a ticket, net changes of facts out."""

import asyncio
from collections.abc import Mapping
from functools import cached_property

from agents import faults
from agents.excess import TooManyRejectedError
from agents.faults import Moment
from agents.lane import Records
from agents.owner import Owner
from agents.partitioner import partitioner
from agents.spine import SpineReader
from agents.stage import Stage
from schemas import topics
from schemas.metrics import EXPIRED_EVENTS, EXPIRED_ROWS, EXPIRED_WITHOUT_CREATION, LATE, NEGATIVE, RECOUNTED
from schemas.records import Output
from schemas.rejects import EXPIRED, kind_of, reason_of
from streams.ceiling import Ceiling
from streams.spine import Spine
from streams.tickets import Tickets


class TicketsStage(Stage):
    """Partitioned by ticket_id; the five ticket topics are co-partitioned."""

    name = "tickets"
    topics = (*topics.TICKET_TOPICS, topics.REBUILDS)

    @cached_property
    def _ceiling(self) -> Ceiling:
        """Of all partitions together."""
        return Ceiling(self.config.reject_ceiling, self.config.reject_sample)

    def build(self, owner: Owner) -> "TicketsWork":
        """The machine over the partition's rows."""
        target = partitioner(self.partitions)
        machine = Tickets(owner.rows, owner.partition, self.partitions, target, dict(owner.positions))
        return TicketsWork(machine, owner, self.spine, self._ceiling)


class TicketsWork:
    """Drives the tickets machine of one partition."""

    def __init__(self, machine: Tickets, owner: Owner, reader: SpineReader, ceiling: Ceiling) -> None:
        self._machine, self._owner, self._reader, self._ceiling = machine, owner, reader, ceiling
        self._spine: Spine | None = None
        """None until it is known to have all that was applied: Faust may assign partitions before it has been read."""
        self._observed = 0
        """Records that the ceiling knows of."""

    async def take(self, records: Mapping[str, Records]) -> None:
        """Merge the records, walk along the spine as far as it allows, tell all rows anew when that is asked for."""
        spine = self._spine = self._spine or await self._reader.caught_up()
        for topic in topics.TICKET_TOPICS:
            self._machine.receive(topic, records.get(topic, ()))
            self._machine.reached(topic, self._owner.positions[topic])
        for _ in self._machine.advance(spine):
            await self._passing(Moment.SCANNING)
            await asyncio.sleep(0)
        if self._machine.applied < spine.last_offset:
            await self._passing(Moment.HELD_UP)
        for request in records.get(topics.REBUILDS, ()):
            for _ in self._machine.rebuild(int(request.value or b"-1")):
                await asyncio.sleep(0)

    def holds_back(self) -> bool:
        """A run is always worked off whole."""
        return False

    def outputs(self) -> list[Output]:
        """Contributions, ticks, rejects. Raises TooManyRejectedError: then nothing of this run is to be committed."""
        outputs, stats = self._machine.outputs(), self._machine.stats
        if (seen := stats.events + stats.rejected) != self._observed:
            rejects = [each for each in outputs if each.topic == topics.TICKET_EVENTS_REJECTED and not _expired(each)]
            if excess := self._ceiling.observe(seen - self._observed, rejects):
                raise TooManyRejectedError(excess)
            self._observed = seen
        return outputs

    def committed(self) -> None:
        """Count what the machine has counted."""
        stats = self._machine.stats
        self._owner.meter.counted(LATE, stats.late)
        self._owner.meter.counted(NEGATIVE, stats.negative_values)
        self._owner.meter.counted(RECOUNTED, stats.rows_recounted)
        self._owner.meter.counted(EXPIRED_EVENTS, stats.expired_events)
        self._owner.meter.counted(EXPIRED_ROWS, stats.expired_rows)
        self._owner.meter.counted(EXPIRED_WITHOUT_CREATION, stats.expired_without_creation)

    def due_in(self) -> float | None:
        """Only records and the spine move it."""
        return None

    async def _passing(self, moment: Moment) -> None:
        await faults.passing(moment, TicketsStage.name, self._owner.partition, self._owner.rows)


def _expired(reject: Output) -> bool:
    """Nothing is wrong with what came too late: publishers may repeat what is old."""
    return kind_of(reason_of(reject.headers)) == EXPIRED
