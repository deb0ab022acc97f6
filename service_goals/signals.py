"""Ctrl-C and SIGTERM as a flag that a loop looks at, so that everything is stopped in order."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Set by the first signal. In a `with` block in the main thread; a start in progress is given up."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._former[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        return kind is Stopped

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; True once a signal came."""
        try:
            return self._event.wait(seconds)
        except Stopped:
            return True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 Python's signature
        if not self._event.is_set():
            self._event.set()
            raise Stopped


class Stopped(BaseException):
    """Unwinds what is being done when the first signal comes."""
