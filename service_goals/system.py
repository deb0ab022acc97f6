"""Everything on this machine: an embedded Kafka and Valkey, and workers that are started again when they die."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from service_goals.embedded import EmbeddedKafka, EmbeddedValkey
from service_goals.embedded.process import spawn, stop
from service_goals.output import say
from service_goals.settings import PREFIX, Settings

STOP_PATIENCE: Final = 20.0
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
STEADY: Final = 60.0
"""Seconds that a worker runs before its next death counts as its first again."""


class Worker:
    """One worker process, started again after a pause that doubles with each death in a row."""

    def __init__(self, number: int, directory: Path, environment: dict[str, str]) -> None:
        self._name, self._directory, self._environment = f"worker {number}", directory, environment
        self._log = directory / f"worker-{number}.log"
        self._pause = FIRST_PAUSE
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0
        self._started = 0.0

    def look(self) -> None:
        """Start it when it is not running and its pause is over."""
        now = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            say(f"{self._name} ended with {self._process.returncode}, again in {self._pause:g} s; see {self._log}")
            self._again_at, self._process = now + self._pause, None
            self._pause = FIRST_PAUSE if now - self._started > STEADY else min(2 * self._pause, LONGEST_PAUSE)
        if self._process is None and now >= self._again_at:
            self._process, self._started = self._spawn(), now

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = [f"{name}={value}" for name, value in self._environment.items()]
        program = [sys.executable, "-m", "service_goals", "worker"]
        lock = os.open(self._directory, os.O_RDONLY)
        try:
            return spawn(["/usr/bin/env", *settings, *program], self._directory, self._log, lock)
        finally:
            os.close(lock)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            stop(self._process, STOP_PATIENCE)


class LocalSystem:
    """Kafka, Valkey and workers with their data in one directory. In a `with` block; stopped in order at its end."""

    def __init__(self, settings: Settings, data_dir: Path, workers: int, namespace: str | None = None) -> None:
        self.kafka = EmbeddedKafka(data_dir / "kafka", 0, cache_dir=settings.cache_dir)
        self.valkey = EmbeddedValkey(data_dir / "valkey")
        self.settings = settings
        self._namespace = settings.namespace if namespace is None else namespace
        self._data_dir, self._count = data_dir, workers
        self._workers: list[Worker] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            say("starting Kafka (the first time ever it is downloaded, about 80 MB)")
            stack.enter_context(self.kafka)
            stack.enter_context(self.valkey)
            self.settings = self.settings.model_copy(
                update={"broker": self.kafka.bootstrap, "redis": self.valkey.url, "namespace": self._namespace}
            )
            environment = {
                PREFIX + "BROKER": self.settings.broker,
                PREFIX + "REDIS": self.settings.redis,
                PREFIX + "NAMESPACE": self.settings.namespace,
            }
            self._workers = [Worker(number, self._data_dir, environment) for number in range(1, self._count + 1)]
            for worker in self._workers:
                stack.callback(worker.stop)
            self.look()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        say("stopping")
        self._stack.close()

    def look(self) -> str | None:
        """Start dead workers again; the reason when Kafka or Valkey has ended."""
        for worker in self._workers:
            worker.look()
        return self.kafka.failure() or self.valkey.failure()
