"""A server of the API in an event loop of ours, until its task is cancelled."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from redis.asyncio import Redis

from serving.app import build_app, running
from serving.config import ServingConfig
from serving.connections import bounded

_GRACE: Final = 5
"""Seconds that open requests have at the end."""


class _Server(uvicorn.Server):
    """Leaves signals to the program."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None of them."""
        yield


async def run(config: ServingConfig, client: Redis, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve on a socket that listens already; `on_ready`: everything is read, questions are answered.

    PartEndedError: it can't be ready.
    """
    async with running(config, client) as services:
        served = uvicorn.Config(
            build_app(services),
            http=bounded(config.connections),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        server = _Server(served)
        on_ready()
        answering = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(answering)
        except asyncio.CancelledError:
            services.hub.close()  # uvicorn waits for open answers, and those of streams have no end
            server.should_exit = True
            await answering
            raise
