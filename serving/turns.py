"""What questions may cost: so many at once, in threads beside the event loop; others wait, but not for ever."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds that a question waits for its turn."""


class Overloaded(Exception):  # noqa: N818 - the caller comes back later
    """Too many questions at once, or one that takes too long."""


class Turns:
    """Threads of one kind of question."""

    def __init__(self, name: str, at_once: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, name)
        self._free = asyncio.Semaphore(at_once)

    async def ask(self, question: Callable[[], T]) -> T:
        """Its answer, when its turn has come. Raises Overloaded."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._free.acquire()
        except TimeoutError:
            raise Overloaded from None
        try:
            return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, question))
        finally:
            self._free.release()

    def close(self) -> None:
        """What runs is waited for, what waits is dropped."""
        self._threads.shutdown(cancel_futures=True)
