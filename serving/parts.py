"""The parts of a server that follow Kafka and Valkey, as tasks; none ever ends by itself."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from agents.ending import end

log = logging.getLogger(__name__)

Part = asyncio.Task[None]


class PartEndedError(Exception):
    """A part ended before the server was ready: it would never be."""


def started(name: str, run: Coroutine[Any, Any, None]) -> Part:
    """A part as a task; when it ends by itself, before the server is ready or after, the log says why."""
    part = asyncio.create_task(run, name=name)
    part.add_done_callback(_report)
    return part


async def until_ready(parts: Sequence[Part], events: Iterable[asyncio.Event]) -> None:
    """Wait until all events have come. PartEndedError: a part has ended, and why."""
    ready = asyncio.create_task(_all(events))
    try:
        await asyncio.wait({ready, *parts}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(ready)
    for part in parts:
        if part.done():
            raise PartEndedError(told(part))


def told(part: Part) -> str:
    """Which part has ended, and why."""
    return f"{part.get_name()} ({'cancelled' if part.cancelled() else repr(part.exception())})"


def _report(part: Part) -> None:
    if not part.cancelled():
        log.error("%s ended", part.get_name(), exc_info=part.exception())


async def _all(events: Iterable[asyncio.Event]) -> None:
    for event in events:
        await event.wait()
