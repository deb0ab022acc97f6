"""One worker and one API server for all tests of the API, as processes of their own."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas import topics
from service_goals.embedded.process import tied
from tests.integration.system import System

PATIENCE = 60.0
HOUR = 3_600_000
DIRECTORY: dict[str, Any] = {
    "user:ann": {"name": "Ann", "email": "ann@example.org", "team_id": "first"},
    "user:bob": {"name": "Bob", "team_id": "first"},
    "user:cas": {"name": "Cas", "active": False},
    "team:first": {"name": "First line"},
    "pipeline:chat": {"name": "Chat"},
    "pipeline:mail": {"name": "Mail"},
}
ANN = {"kind": "user", "id": "ann", "target": 3}
BOB = {"kind": "user", "id": "bob", "target": 1}


class Api:
    """The server under test."""

    def __init__(self, url: str, system: System, environment: dict[str, str], log: Path) -> None:
        self.url, self.system, self.environment, self.log = url, system, environment, log
        self.client = httpx.Client(base_url=url, timeout=PATIENCE)

    @property
    def port(self) -> int:
        """Where it listens, on the loopback address."""
        return int(self.url.rpartition(":")[2])

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a question that has to be answered."""
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait for what has to come true: the read model follows the workers."""
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < deadline, f"waited in vain until {what}\n{self.system.words()}"
            time.sleep(0.05)
        return found


def goal(goal_id: str, *contributors: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A goal over the first half of 2026."""
    first = {"goal_id": goal_id, "name": goal_id.title(), "template": "tickets-closed", "duration": "monthly"}
    span = {"start_date": "2026-01-01", "end_date": "2026-06-30"}
    return {**first, **span, "contributors": list(contributors) or [ANN], **more}


def environment_of(kafka: str, valkey: str, namespace: str, data: Path) -> dict[str, str]:
    """The settings of a server, and no others."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("SERVICE_GOALS_")},
        "SERVICE_GOALS_BROKER": kafka,
        "SERVICE_GOALS_REDIS": valkey,
        "SERVICE_GOALS_NAMESPACE": namespace,
        "SERVICE_GOALS_PARTITIONS": "2",
        "SERVICE_GOALS_DATA_DIR": str(data),
    }


@contextmanager
def serving(environment: dict[str, str], log: Path, *arguments: str) -> Iterator[str]:
    """An API server; its URL once it is ready."""
    with log.open("wb") as errors:
        command = [sys.executable, "-m", "service_goals", "api", "--port", "0", *arguments]
        server = subprocess.Popen(tied(command), env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("ready "), log.read_text()
        yield line.split()[1]
    finally:
        server.terminate()
        status = server.wait(30)
    assert status == 0, log.read_text()


@contextmanager
def running(kafka: str, valkey: str, namespace: str, logs: Path) -> Iterator[Api]:
    """A worker and a server, which start side by side, with a directory in force; stopped at the end."""
    config = EngineConfig(broker=kafka, namespace=namespace, partitions=2, session_timeout=6.0)
    asyncio.run(ensure_topics(config))
    system = System(config, logs)
    environment = environment_of(kafka, valkey, namespace, logs)
    system.start_worker()
    try:
        asyncio.run(system.command(topics.DIRECTORY, DIRECTORY))
        log = logs / "api.log"
        with serving(environment, log) as url:
            api = Api(url, system, environment, log)
            api.until(lambda: api.get("/api/directory")["total"] == len(DIRECTORY), "the directory is in force")
            yield api
            api.client.close()
    finally:
        system.stop()
