"""What a connection may cost before it has asked for anything: time to its headers, and a place among so many.

uvicorn bounds neither: its `timeout_keep_alive` begins behind an answer and ends with the next byte, and its
`limit_concurrency` refuses requests, but keeps connections. No task of ours exists before the headers are complete, so
a timeout around one comes too late. What is left is uvicorn's own protocol with one timer more.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE: Final = 10.0
"""Seconds from the begin of a connection, or of its next request, until its headers are there."""


def bounded(most: int, patience: float = PATIENCE) -> type[H11Protocol]:
    """A protocol for uvicorn: `most` connections at once, one more is closed at once."""

    class Bounded(_Bounded):
        _most, _patience = most, patience

    return Bounded


class _Bounded(H11Protocol):
    _most: int
    _patience: float
    _due: asyncio.TimerHandle | None = None
    """Closes the connection; there while its headers are waited for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self._most:
            transport.abort()
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _look(self) -> None:
        """A cycle is a request whose headers have come. What comes behind its answer belongs to the next."""
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._forget()
        elif self._due is None:
            self._due = self.loop.call_later(self._patience, self.transport.abort)

    def _forget(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
