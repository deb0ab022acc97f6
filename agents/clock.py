"""The one place that reads the clock."""

import asyncio
import time
from contextlib import suppress


def now() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def elapsed() -> float:
    """Seconds since some moment: for durations, whatever is done to the clock."""
    return time.monotonic()


async def rest(woken: asyncio.Event, seconds: float | None) -> None:
    """Wait until the event is set, so many seconds at most (None: however long).

    Not `asyncio.wait_for`: in Python 3.11 it loses a cancellation that comes together with the event.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
