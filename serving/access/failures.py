"""How often an address has failed to log in: a guesser is slowed down, at no cost to others."""

from collections import OrderedDict
from typing import Final

MOST: Final = 10
"""Failures within a window; then nothing from this address is even looked at."""
WINDOW: Final = 60.0
"""Seconds."""
_REMEMBERED: Final = 10_000
"""Addresses, the latest."""


class Failures:
    """Failures by address, in fixed windows from each address' first one."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """Seconds until this address may try again; 0: at once. `now` in seconds, never going back."""
        since, count = self._seen.get(address, (now, 0))
        return max(0.0, since + WINDOW - now) if count >= MOST else 0.0

    def note(self, address: str, now: float) -> None:
        """It failed once more."""
        since, count = self._seen.pop(address, (now, 0))
        if now - since >= WINDOW:
            since, count = now, 0
        self._seen[address] = since, count + 1
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
