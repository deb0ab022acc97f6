"""A server of the API in an event loop of ours, until a signal comes."""

import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from redis.asyncio import Redis

from serving.app import build_app, running
from serving.config import ServingConfig
from serving.live.hub import Hub

_GRACE: Final = 5
"""Seconds that open requests have at the end."""


class _Server(uvicorn.Server):
    """Ends the streams first: uvicorn waits for open answers, and theirs have no end."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal has come."""
        self._hub.close()
        super().handle_exit(sig, frame)


async def run(config: ServingConfig, client: Redis, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve on a socket that listens already; `on_ready`: everything is read, questions are answered."""
    async with running(config, client) as services:
        served = uvicorn.Config(
            build_app(services),
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
        on_ready()
        await _Server(served, services.hub).serve(sockets=[listening])
