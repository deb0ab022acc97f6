"""A system at another time: its workers are real ones on a machine whose clock is wrong, by what a file says.

Only `agents.clock` reads the clock, so that is what is moved; it goes on from there. Kafka, sessions and all waiting
keep the machine's time. `python -m tests.integration.clocked FILE` is such a worker; FILE has milliseconds to add.
"""

import sys
import time
from datetime import datetime
from pathlib import Path

from agents import clock
from agents.config import EngineConfig
from schemas import topics
from tests.integration.system import System


class Clocked(System):
    """The system under test, and its clock."""

    def __init__(self, config: EngineConfig, place: Path, instant: str) -> None:
        super().__init__(config, place)
        self._file = place / "clock"
        self._probes = 0
        self.set_clock(instant)

    def worker_command(self) -> list[str]:
        """What starts a worker with this system's clock."""
        return [sys.executable, "-m", "tests.integration.clocked", str(self._file)]

    def set_clock(self, instant: str) -> None:
        """It is this time (RFC 3339) from now on, for workers that run and for those to come."""
        ahead = round(datetime.fromisoformat(instant).timestamp() * 1000) - _machine_time()
        (new := self._file.with_suffix(".new")).write_text(str(ahead))
        new.replace(self._file)

    async def requested_by(self, instant: str) -> list[str]:
        """Set the clock; the dates of all requests, accepted or only sent, once the schedule has looked at it."""
        self.set_clock(instant)
        self._probes += 1
        before = len(await self.read(topics.CONTROL_ACCEPTED, 1))
        await self.command(topics.DIRECTORY, {"user:probe": {"name": str(self._probes)}})

        async def judged() -> int:
            return len(await self.read(topics.CONTROL_ACCEPTED, 1))

        await self.until(judged, before + 1)  # the judge looks at the clock whenever it has judged something
        return [(each.key or b"").decode() for each in await self.read(topics.SNAPSHOT_REQUESTS, 1)]


def _machine_time() -> int:
    return time.time_ns() // 1_000_000


def main(file: str) -> int:
    """Move the clock, then be the worker."""
    clock.now = lambda: _machine_time() + int(Path(file).read_text())
    from service_goals.cli import run  # only now: what reads the clock takes it at its import

    return run(["worker"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
