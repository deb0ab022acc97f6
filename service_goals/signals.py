"""Ctrl-C and SIGTERM end a command in order: what `with` blocks hold is released, then it is done."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(KeyboardInterrupt):
    """Unwinds whatever is being done when the first signal comes."""


class _Work:
    """What an event loop does: an exception in the midst of it would leave tasks behind, so it is cancelled."""

    current: "_Work | None" = None

    def __init__(self) -> None:
        self.stopped = False
        self._cancel: Callable[[], object] | None = None

    def stop(self) -> None:
        """A signal has come."""
        self.stopped = True
        if self._cancel is not None:
            self._cancel()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it, or as much as there is before a signal."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        cancel = task.cancel
        self._cancel = lambda: loop.call_soon_threadsafe(cancel)
        if self.stopped:
            cancel()
        try:
            return await work
        finally:
            self._cancel = None


@contextmanager
def until_stopped() -> Iterator[None]:
    """Run the block until it ends or a signal comes; further signals don't disturb the stopping. Main thread only."""
    came = False

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 Python's signature
        nonlocal came
        if came:
            return
        came = True
        if _Work.current is None:
            raise Stopped
        _Work.current.stop()

    former = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Stopped:
        pass
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` in a block of `until_stopped`: what the work holds is released before Stopped unwinds the block."""
    current = _Work.current = _Work()
    try:
        return asyncio.run(current.run(work))
    finally:
        _Work.current = None
        if current.stopped:
            raise Stopped
