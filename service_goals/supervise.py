"""Programs of ours as processes that are started again when they die, and never outlive this one."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from service_goals.embedded import process
from service_goals.output import say

STOP_PATIENCE: Final = 20.0
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STEADY: Final = 60.0
"""Seconds that a program runs before its next death counts as its first again."""
KEPT_LOG_BYTES: Final = 10 * 1024 * 1024


class Program:
    """`service-goals ARGUMENTS…` in a process of its own; what it says goes to a log in `directory`."""

    def __init__(self, name: str, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._arguments, self._directory, self._environment = arguments, directory, environment
        self._log = directory / f"{name.replace(' ', '-')}.log"
        self._process: process.Process | None = None
        self._pause = FIRST_PAUSE
        self._started = self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def look(self) -> None:
        """Start it, unless it runs; after a death once a pause is over, which doubles with each death in a row."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            if now - self._started > STEADY:
                self._pause = FIRST_PAUSE
            code = self._process.returncode
            how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
            say(f"{self.name} {how}, starts again in {self._pause:g} s; its log is {self._log}")
            self._process, self._start_at = None, now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        if self._process is None and now >= self._start_at:
            self._process, self._started = self._spawn(), now

    def ask_to_stop(self) -> None:
        """Begin its end, without waiting."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            process.stop(self._process, STOP_PATIENCE)
            self._process = None

    def _spawn(self) -> process.Process:
        if self._log.exists() and self._log.stat().st_size > KEPT_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        settings = [f"{name}={value}" for name, value in self._environment.items()]
        command = ["/usr/bin/env", *settings, sys.executable, "-m", "service_goals", *self._arguments]
        held = os.open(self._directory, os.O_RDONLY)
        try:
            return process.spawn(command, self._directory, self._log, held)
        finally:
            os.close(held)
