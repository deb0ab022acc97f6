"""A server process that never outlives its parent."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path

Process = subprocess.Popen[bytes]

# Runs before the command in the new process: asks Linux for SIGKILL when the parent dies, however it dies.
_LAUNCHER = f"""
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, {int(signal.SIGKILL)})
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


def tied(command: Sequence[str | Path]) -> list[str]:
    """What runs `command` so that it is killed when this process ends, however it ends.

    Linux takes the thread that starts it for the parent: let one start it that lives as long as the program.
    """
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *map(str, command)]


def spawn(command: Sequence[str | Path], directory: Path, log: Path, lock: int) -> Process:
    """Start a server in `directory`, its output appended to `log`; it inherits the file descriptor `lock`.

    It has a session of its own: Ctrl-C at the terminal reaches the program, and the program stops its servers in order.
    """

    def start() -> Process:
        with log.open("ab") as output:
            return subprocess.Popen(
                tied(command),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[lock],
                start_new_session=True,
            )

    return _spawner(os.getpid()).run_there(start)


def stop(process: Process, patience: float) -> None:
    """Ask a server to end in good order; after `patience` seconds make it."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        kill(process)


def kill(process: Process) -> None:
    """End a server at once, as a crash would."""
    process.kill()
    process.wait()


class _Spawner(threading.Thread):
    """Starts every server from one thread that lives as long as the program: one of a pool's would die with that."""

    def __init__(self) -> None:
        super().__init__(name="spawner", daemon=True)
        self._orders: queue.SimpleQueue[tuple[Callable[[], Process], Future[Process]]] = queue.SimpleQueue()
        self.start()

    def run(self) -> None:
        """Serve orders until the program ends."""
        while True:
            order, answer = self._orders.get()
            try:
                answer.set_result(order())
            except OSError as error:
                answer.set_exception(error)

    def run_there(self, order: Callable[[], Process]) -> Process:
        """Have the order carried out by this thread, and wait for it."""
        answer: Future[Process] = Future()
        self._orders.put((order, answer))
        return answer.result()


@cache
def _spawner(pid: int) -> _Spawner:
    """The spawner of process `pid`: a forked child has none of its parent's threads."""
    assert pid == os.getpid()
    return _Spawner()
