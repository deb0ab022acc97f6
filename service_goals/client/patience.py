"""Waiting for the workers: as long as something moves."""

import time
from collections.abc import Callable
from typing import Final

from service_goals.errors import CommandError

PATIENCE = 60.0
"""Seconds without any progress before a command gives up."""
LOOK: Final = 0.1
"""Seconds between two looks."""


class Patience:
    """Runs out when what is looked at stays the same for too long."""

    def __init__(self, refusal: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`refusal`: what is wrong then, and the remedy; `clock` in seconds."""
        self._refusal, self._clock = refusal, clock
        self._seen: object = None
        self._since = clock()

    def look(self, seen: object) -> None:
        """Raise CommandError when nothing has changed for so long."""
        now = self._clock()
        if seen != self._seen:
            self._seen, self._since = seen, now
        elif now - self._since > PATIENCE:
            raise CommandError(f"nothing has moved for {PATIENCE:g} s: {self._refusal}")
