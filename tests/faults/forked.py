"""Workers forked from a process that has everything loaded: a storm starts many, and loading takes longest."""

import os
import signal
from multiprocessing import get_context
from pathlib import Path
from subprocess import TimeoutExpired

_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.tied", "tests.faults.worker"])


class Forked:
    """A worker process, in the words of `subprocess.Popen`."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self._process = _CONTEXT.Process(target=_be_worker, args=(arguments, environment, str(log)))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """Below 0: the signal that ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end; TimeoutExpired when it doesn't come."""
        self._process.join(timeout)
        if self.poll() is None:
            raise TimeoutExpired("a forked worker", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """As `kill` of the shell."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """As an operator does."""
        self.send_signal(signal.SIGTERM)


def _be_worker(arguments: list[str], environment: dict[str, str], log: str) -> None:
    from tests.faults.tied import tie
    from tests.faults.worker import main  # only here: that loads Faust

    tie()
    with open(log, "ab", buffering=0) as words:
        os.dup2(words.fileno(), 1)
        os.dup2(words.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    raise SystemExit(main(*arguments))
