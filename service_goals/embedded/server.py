"""What the embedded services have in common: start and wait, stop, kill, say in one line what went wrong."""

import shutil
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from service_goals.embedded import process
from service_goals.embedded.claims import HOST, DirectoryLock, free_port, require_free_port
from service_goals.embedded.errors import EmbeddedError

START_PATIENCE = 120.0
STOP_PATIENCE = 20.0
KEPT_LOG_BYTES = 10 * 1024 * 1024
"""A longer log of earlier runs is set aside at the next start."""
PORT_RACES = 3
PORT_TAKEN = "Address already in use"
DISK_FULL = "No space left on device"
SPARE_BYTES = 1024 * 1024
"""With less than that left the disk is full, also when there was no room to say so in the log."""


class EmbeddedServer(ABC):
    """A server on the loopback interface with a data directory of its own; dies with the program, however that ends.

    All calls block: from asyncio use `asyncio.to_thread(server.start)`.
    """

    name: ClassVar[str]

    def __init__(self, data_dir: Path, port: int) -> None:
        """Port 0 picks a free one at the first start and then keeps it."""
        self.data_dir = data_dir.absolute()
        self.log_path = self.data_dir / f"{self.name.lower()}.log"
        self._port = port
        self._process: process.Process | None = None
        self._log_start = 0

    @property
    def address(self) -> str:
        """`host:port` for clients; known once started."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Start, wait until clients are served, and return `address`. Raises EmbeddedError."""
        if self.pid is not None:
            return self.address
        lock = DirectoryLock(self.data_dir, self.name)
        try:
            self._start(lock)
        except OSError as error:
            raise EmbeddedError(f"data directory {self.data_dir}: {error.strerror}; choose another") from error
        finally:
            lock.release()
        return self.address

    def stop(self) -> None:
        """End in good order: the next start needs no recovery."""
        if self._process:
            process.stop(self._process, STOP_PATIENCE)
            self._process = None

    def kill(self) -> None:
        """End at once, as `kill -9` would."""
        if self._process:
            process.kill(self._process)
            self._process = None

    def answers(self) -> bool:
        """Whether clients are served now; waits for an answer 2 seconds at most."""
        return self.pid is not None and self._is_ready()

    def failure(self) -> str | None:
        """Why it ended by itself, in one line; None while it runs and when it was stopped."""
        if self._process is None or self._process.poll() is None:
            return None
        return f"{self.name} has stopped: {self._explained(self._log())}; its log is {self.log_path}"

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    @abstractmethod
    def _prepared_command(self) -> list[str | Path]:
        """Get the data directory ready for a start on the port chosen, and return what to run in it."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether clients are served."""

    @abstractmethod
    def _cause_of_end(self, log: str) -> str:
        """What its log tells, in one line; empty when it tells nothing."""

    def _explained(self, log: str) -> str:
        """Cause and remedy in one line; `log` is what was said before the end."""
        if DISK_FULL in log or shutil.disk_usage(self.data_dir).free < SPARE_BYTES:
            return f"the disk of {self.data_dir} is full: free some space, then start again"
        if self._process and self._process.returncode == -signal.SIGKILL:
            return "it was killed from outside: start again"
        return self._cause_of_end(log) or "it was ended from outside: start again"

    def _start(self, lock: DirectoryLock) -> None:
        wanted_port = self._port
        for _ in range(PORT_RACES):
            self._port = wanted_port or free_port()
            require_free_port(self._port, self.name)
            command = self._prepared_command()
            self._log_start = self._trimmed_log()
            self._process = process.spawn(command, self.data_dir, self.log_path, lock.fileno)
            lock.name_holder(self._process.pid)
            if self._became_ready(self._process):
                return
            if PORT_TAKEN not in self._log():
                break
        raise EmbeddedError(self.failure() or "")

    def _became_ready(self, started: process.Process) -> bool:
        """Wait until it serves clients; False when it ended first."""
        deadline = time.monotonic() + START_PATIENCE
        try:
            while time.monotonic() < deadline and started.poll() is None:
                if self._is_ready():
                    return True
                time.sleep(0.02)
        except BaseException:
            process.kill(started)
            raise
        if started.poll() is None:
            self.kill()
            raise EmbeddedError(f"{self.name} was not ready in {START_PATIENCE:.0f} s; its log is {self.log_path}")
        return False

    def _trimmed_log(self) -> int:
        """Set an overlong log aside; return the size of what remains, in bytes."""
        self.log_path.touch()
        if self.log_path.stat().st_size > KEPT_LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
            self.log_path.touch()
        return self.log_path.stat().st_size

    def _log(self) -> str:
        """What it has said since its start."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")
