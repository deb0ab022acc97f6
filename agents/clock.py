"""The one place that reads the clock."""

import time


def now() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def elapsed() -> float:
    """Seconds since some moment: for durations, whatever is done to the clock."""
    return time.monotonic()
