"""Composition: the server's parts, its routes, and what stands in front of them."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import Depends, FastAPI
from redis.asyncio import Redis

from agents import clients
from agents.ending import end
from agents.monitor.meters import Meters, Reading
from agents.topics import ensure_topics
from schemas.metrics import HEALTHY, STREAMS
from serving import problems
from serving.access.guard import Guard
from serving.access.sessions import Sessions
from serving.access.shield import BodyLimit, SecurityHeaders
from serving.access.tokens import TokenFile
from serving.config import ServingConfig
from serving.control import Control
from serving.goals import Goals
from serving.index.database import Database
from serving.index.mirror import Mirror
from serving.index.rows import SCHEMA
from serving.index.totals import Totals
from serving.live.hub import Hub
from serving.measured import Measured
from serving.page import mount_page
from serving.parameters import checked
from serving.parts import started, until_ready
from serving.read_model.filler import Filler
from serving.read_model.keys import Keys
from serving.read_model.store import Store
from serving.routes import control, goals, health, live, notifications, session, statuses, tickets
from serving.services import Services
from serving.tickets import facts
from serving.tickets.reader import TicketReader
from serving.turns import Turns

ROUTERS: Final = tuple(
    each.router for each in (session, tickets, statuses, notifications, goals, control, live, health)
)

AT_ONCE: Final = 2
"""Questions about what is in force; Python answers them, and other requests want their share of it."""


@asynccontextmanager
async def running(config: ServingConfig, client: Redis) -> AsyncIterator[Services]:
    """The parts of a server, started and caught up. MisconfiguredError: Kafka isn't there, or not as it must be.

    PartEndedError: one of them can't go on.
    """
    await ensure_topics(config.engine)
    keys = Keys(config.engine.prefix)
    store, steps = Store(client, keys), AsyncExitStack()
    async with steps:
        producer = clients.producer(config.engine, enable_idempotence=True)
        steps.push_async_callback(clients.stop, producer)
        await producer.start()
        directory = steps.enter_context(tempfile.TemporaryDirectory(prefix="service-goals-api-"))
        database = Database(Path(directory) / "index.sqlite", SCHEMA)
        steps.callback(database.close)
        hub = Hub(config.streams, share=config.access == "token")
        steps.callback(hub.close)
        turns = Turns("in-force", AT_ONCE)
        steps.callback(turns.close)
        followed = Control(config.engine)
        filler, mirror = Filler(config.engine, store), Mirror(store, database, hub.publish)
        guard = Guard(config.access, TokenFile(config.tokens_file), Sessions(client, keys))
        writer = Goals(config.engine, followed, producer, config.wait)
        followers: dict[str, Control | Filler | Mirror | TicketReader] = {
            "verdicts": followed, "read model": filler, "index": mirror,
        }  # fmt: skip
        reader = None
        if config.tickets:
            ticket_index = Database(Path(directory) / "tickets.sqlite", facts.SCHEMA)
            steps.callback(ticket_index.close)
            reader = followers["tickets"] = TicketReader(config.engine, followed, ticket_index)
        parts = [started(name, part.run()) for name, part in followers.items()]
        for part in parts:
            steps.push_async_callback(end, part)
        await until_ready(parts, (followed.caught_up, mirror.loaded))
        yield Services(
            config,
            followed,
            writer,
            store,
            filler,
            database,
            Totals(),
            mirror,
            hub,
            guard,
            reader,
            turns,
            Meters("api"),
            parts,
        )


def build_app(services: Services) -> FastAPI:
    """The app over a server's parts."""
    app = FastAPI(
        title="service-goals",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(checked)],
    )
    app.state.services = services
    services.meters.read(
        lambda: [
            Reading(HEALTHY, services.health().well, (services.meters.process,)),
            Reading(STREAMS, len(services.hub)),
        ]
    )
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    mount_page(app)
    app.add_middleware(BodyLimit, most=services.config.max_body)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Measured, meters=services.meters)
    return app
