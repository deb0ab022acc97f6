"""The parts of a server that follow Kafka and Valkey, as tasks; none ever ends by itself."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from agents.ending import end

log = logging.getLogger(__name__)

Part = asyncio.Task[None]


class PartEndedError(Exception):
    """A part ended before the server was ready: it would never be."""


async def until_ready(parts: Sequence[Part], events: Iterable[asyncio.Event]) -> None:
    """Wait until all events have come. PartEndedError: a part has ended, and why."""
    ready = asyncio.create_task(_all(events))
    try:
        await asyncio.wait({ready, *parts}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(ready)
    for part in parts:
        if part.done():
            log.error("%s ended", part.get_name(), exc_info=None if part.cancelled() else part.exception())
            raise PartEndedError(told(part))


def told(part: Part) -> str:
    """Which part has ended, and why."""
    return f"{part.get_name()} ({'cancelled' if part.cancelled() else repr(part.exception())})"


async def _all(events: Iterable[asyncio.Event]) -> None:
    for event in events:
        await event.wait()
