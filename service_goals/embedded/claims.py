"""What a server must have to itself: a TCP port of the loopback interface and its data directory."""

import fcntl
import socket
import time
from pathlib import Path
from typing import IO

from service_goals.embedded.errors import EmbeddedError

HOST = "127.0.0.1"


def free_port() -> int:
    """A TCP port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(port: int, service: str) -> None:
    """Raise EmbeddedError when `port` can't be listened on."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a port"
        raise EmbeddedError(f"port {port} for {service}: {reason}; choose another port") from error


class DirectoryLock:
    """An exclusive hold on a data directory, inherited by the server: it lasts until the last of the two has died."""

    def __init__(self, directory: Path, service: str, patience: float = 3.0) -> None:
        """Raise EmbeddedError when another process still holds it after `patience` seconds.

        A server whose parent has just been killed needs a moment to die.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = (directory / "lock").open("a+")
        except OSError as error:
            raise EmbeddedError(f"data directory {directory}: {error.strerror}; choose another") from error
        deadline = time.monotonic() + patience
        while not self._taken():
            if time.monotonic() > deadline:
                holder = self._holder()
                self._file.close()
                raise EmbeddedError(f"data directory {directory} is in use by another {service}{holder}; stop it first")
            time.sleep(0.05)

    @property
    def fileno(self) -> int:
        """What the server inherits."""
        return self._file.fileno()

    def name_holder(self, pid: int) -> None:
        """Write down which process to name to the next one who asks."""
        self._file.truncate(0)
        self._file.write(str(pid))
        self._file.flush()

    def release(self) -> None:
        """Let go. A server that still runs keeps its own hold."""
        self._file.close()

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> str:
        self._file.seek(0)
        pid = self._file.read().strip()
        return f" (process {pid})" if pid else ""
