"""A real worker that dies or sleeps where it is told to: `python -m tests.faults.worker DIRECTORY FAULT… [-PATCH…]`.

In DIRECTORY it notes each fault that struck (`faults.ndjson`); once `calm` is there, none strikes any more, and who was
held goes on. A PATCH (tests.faults.unprotected) takes one protection away.
"""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import orjson

from agents import faults
from agents.faults import Moment
from service_goals.cli import run
from streams import tickets
from tests.faults.points import Fault, Rows
from tests.faults.unprotected import PATCHES

ROWS_PER_BREATH = 20
"""So that a scan of the little log has a middle."""
ON_ITS_WAY = 0.03
"""Seconds that a batch gets to leave the process before this dies in the middle of its sends."""


class Plan:
    """Takes the place of `agents.faults.passing`."""

    def __init__(self, directory: Path, plan: list[Fault]) -> None:
        self._directory = directory
        self._left = {fault: fault.nth for fault in plan}

    async def passing(self, moment: Moment, stage: str, partition: int, rows: Rows) -> None:
        """Strike when it is time."""
        for fault in [each for each in self._left if each.fits(moment, stage, rows)]:
            self._left[fault] -= 1
            if not self._left[fault] and not self._calm():
                if moment is Moment.SENDING:
                    await asyncio.sleep(ON_ITS_WAY)
                await self._strike(fault, partition)

    async def _strike(self, fault: Fault, partition: int) -> None:
        struck = {"at": time.time(), "pid": os.getpid(), "fault": str(fault), "partition": partition}
        with (self._directory / "faults.ndjson").open("ab", buffering=0) as log:
            log.write(orjson.dumps(struck) + b"\n")
        if fault.action == "hold":
            while not self._calm():  # noqa: ASYNC110 a file says so, to several processes
                await asyncio.sleep(0.02)
        else:
            os.kill(os.getpid(), signal.SIGKILL if fault.action == "kill" else signal.SIGSTOP)

    def _calm(self) -> bool:
        return (self._directory / "calm").exists()


def main(directory: str, *arguments: str) -> int:
    """Arm, then be the worker."""
    plan = [Fault.parse(each) for each in arguments if not each.startswith("-")]
    faults.passing = Plan(Path(directory), plan).passing
    tickets._ROWS_PER_BREATH = ROWS_PER_BREATH  # type: ignore[misc]  # Final for everybody else
    for name in arguments:
        if name.startswith("-"):
            PATCHES[name[1:]]()
    return run(["worker"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
