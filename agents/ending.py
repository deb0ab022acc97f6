"""How a task is ended for certain."""

import asyncio
from typing import Any, Final

PATIENCE: Final = 5.0


async def end(task: asyncio.Task[Any], patience: float = PATIENCE) -> None:
    """Cancel it, and wait until it has ended, however; when it hasn't within `patience` seconds, tell it again."""
    while not task.done():
        task.cancel()  # again and again: on its way through aiokafka or redis a cancellation may get lost
        await asyncio.wait({task}, timeout=patience)
