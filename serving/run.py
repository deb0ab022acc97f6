"""A server of the API in an event loop of ours, until a signal comes."""

import socket
from collections.abc import Callable
from typing import Final

import uvicorn
from redis.asyncio import Redis

from serving.app import build_app, running
from serving.config import ServingConfig

_GRACE: Final = 5
"""Seconds that open requests have at the end."""


async def run(config: ServingConfig, client: Redis, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve on a socket that listens already; `on_ready`: everything is read, questions are answered."""
    async with running(config, client) as services:
        server = uvicorn.Server(
            uvicorn.Config(
                build_app(services),
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_graceful_shutdown=_GRACE,
            )
        )
        on_ready()
        await server.serve(sockets=[listening])
