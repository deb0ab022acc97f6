"""Everything that the routes use, made once for a server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Depends, Request, params

from agents.clock import now
from agents.monitor.health import Health
from agents.monitor.meters import Meters
from schemas.instants import format_instant
from serving.access.guard import Caller, Guard
from serving.access.tokens import Role
from serving.config import ServingConfig
from serving.control import Control
from serving.goals import Goals
from serving.index.database import Database
from serving.index.mirror import Mirror
from serving.index.rows import Seen
from serving.index.totals import Totals
from serving.live.hub import Hub
from serving.parts import Part, told
from serving.read_model.filler import Filler
from serving.read_model.store import Store
from serving.tickets.reader import TicketReader
from serving.turns import Turns


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running server."""

    config: ServingConfig
    control: Control
    goals: Goals
    store: Store
    filler: Filler
    database: Database
    totals: Totals
    mirror: Mirror
    hub: Hub
    guard: Guard
    tickets: TicketReader | None
    """None: they are not kept."""
    turns: Turns
    """Of questions about what is in force."""
    meters: Meters

    parts: Sequence[Part]
    """What follows Kafka and Valkey; none ever ends by itself."""

    def health(self) -> Health:
        """The answer of `/healthz`."""
        reasons = [f"stopped: {told(part)}; start the server again" for part in self.parts if part.done()]
        if not self.control.well:
            reasons.append(f"broker unreachable: {self.config.engine.broker} does not answer")
        if not self.mirror.well:
            reasons.append("read model unreachable: Valkey or Redis does not answer")
        elif not self.filler.well:
            reasons.append("read model stands still: Kafka, or Valkey or Redis, does not answer")
        catching_up = not (self.filler.caught_up.is_set() and self.mirror.loaded.is_set())
        return Health(self.meters.process, tuple(reasons), {"catching_up": catching_up})

    @property
    def control_seen(self) -> Seen:
        """How fresh answers from what is in force are."""
        as_of = self.control.state.last_snapshot
        return Seen(_instant(self.control.at), as_of.isoformat() if as_of is not None else None)

    @property
    def tickets_seen(self) -> Seen:
        """How fresh answers from the tickets are: they come on a way of their own."""
        return Seen(_instant(self.tickets.at if self.tickets is not None else None), self.mirror.seen.as_of)

    def today(self) -> date:
        """The account's local date."""
        return self.control.state.crediting.days.today(now())


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Parts = Annotated[Services, Depends(_services)]


def _allowed(needed: Role) -> params.Depends:
    async def admit(request: Request, services: Parts) -> Caller:
        return await services.guard.admit(request, needed)

    return params.Depends(admit)


VIEWER, MANAGER, ADMIN = _allowed("viewer"), _allowed("manager"), _allowed("admin")
Viewer = Annotated[Caller, VIEWER]


def _instant(at: int | None) -> str | None:
    return format_instant(at) if at is not None else None
