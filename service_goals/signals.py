"""Ctrl-C and SIGTERM end a command in order: what `with` blocks hold is released, then it is done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(KeyboardInterrupt):
    """Unwinds whatever is being done when the first signal comes; asyncio lets a KeyboardInterrupt through."""


@contextmanager
def until_stopped() -> Iterator[None]:
    """Run the block until it ends or a signal comes; further signals don't disturb the stopping. Main thread only."""
    came = False

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 Python's signature
        nonlocal came
        if not came:
            came = True
            raise Stopped

    former = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Stopped:
        pass
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
