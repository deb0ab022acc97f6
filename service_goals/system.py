"""Everything on this machine: an embedded Kafka and Valkey, workers, the API; what dies is started again."""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from service_goals.client.patience import LOOK, Patience
from service_goals.embedded import EmbeddedError, EmbeddedKafka, EmbeddedValkey
from service_goals.embedded.claims import require_free_port
from service_goals.embedded.server import EmbeddedServer
from service_goals.errors import CommandError
from service_goals.output import say
from service_goals.security_settings import SecuritySettings
from service_goals.settings import PREFIX, Settings
from service_goals.supervise import Program

LOCAL: Final = ("localhost", "127.0.0.1")
CRASH_LOOP: Final = 30.0
"""Seconds: a server that was started again and dies so soon stays dead."""
_OPEN: Final = {name: field.default for name, field in SecuritySettings.model_fields.items()}


class LocalSystem:
    """Kafka, Valkey, workers and the API, their data in one directory; `with` starts them and stops all of them."""

    def __init__(self, settings: Settings, data_dir: Path, workers: int, ports: tuple[int, int] = (0, 0)) -> None:
        """`ports`: Kafka's and Valkey's; 0 picks a free one."""
        self._given, self._data_dir, self._count = settings, data_dir, workers
        self.kafka = EmbeddedKafka(data_dir / "kafka", ports[0], cache_dir=settings.cache_dir)
        self.valkey = EmbeddedValkey(data_dir / "valkey", ports[1])
        self._api_port = free_port(settings.api_port)
        self._restarted: dict[EmbeddedServer, float] = {}
        self.programs: list[Program] = []
        self._running = ExitStack()

    @property
    def url(self) -> str:
        """Where the API listens."""
        return f"http://127.0.0.1:{self._api_port}"

    @property
    def settings(self) -> Settings:
        """For whoever uses this system: it listens on the loopback interface only, and asks for no password."""
        given = {"broker": self.kafka.bootstrap, "redis": self.valkey.url}
        return self._given.model_copy(update=_OPEN | given)

    @property
    def of_workers(self) -> Settings:
        """Likewise, for workers: tables on disk lie among this system's data."""
        return self.settings.model_copy(update={"data_dir": self._data_dir})

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            say("starting Kafka, Valkey, workers and the API (Kafka is downloaded the first time ever)")
            for server in (self.kafka, self.valkey):
                starting.enter_context(server)
            for number in range(1, self._count + 1):
                environment = exported(watched_apart(self.of_workers, number))
                self.programs.append(Program(f"worker {number}", ["worker"], self._data_dir, environment))
            api = ["api", "--host", "127.0.0.1", "--port", str(self._api_port)]
            self.programs.append(Program("api", api, self._data_dir, exported(self.settings)))
            starting.callback(self._stop_programs)
            self.look()
            self._running = starting.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        say("stopping")
        self._running.close()

    def look(self) -> None:
        """Start again what has died. CommandError: Kafka or Valkey can't be kept alive."""
        for server in (self.kafka, self.valkey):
            if failure := server.failure():
                self._start_again(server, failure)
        for program in self.programs:
            program.look()

    def await_api(self) -> None:
        """Wait until the API takes connections; while it still reads, it answers them later."""
        patience = Patience(f"the API doesn't start; its log is {self._data_dir / 'api.log'}")
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._api_port)):
                return
            patience.look(None)
            time.sleep(LOOK)
            self.look()

    def _start_again(self, server: EmbeddedServer, failure: str) -> None:
        now = time.monotonic()
        if now - self._restarted.get(server, -CRASH_LOOP) < CRASH_LOOP:
            raise CommandError(failure)
        self._restarted[server] = now
        say(f"starting {server.name} again: {failure}")
        server.start()

    def _stop_programs(self) -> None:
        for program in self.programs:
            program.ask_to_stop()
        for program in self.programs:
            program.stop()


def free_port(usual: int) -> int:
    """The usual port of the API when it is free, else another."""
    for port in (usual, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as probe:
            return int(probe.getsockname()[1])
    raise CommandError("no port of 127.0.0.1 is free for the API; end what takes them all")


def watched_apart(settings: Settings, number: int) -> Settings:
    """The settings of worker `number`: when `up` answers `/healthz` at a port that was set, it does at one behind."""
    if settings.monitor_port in (0, "off"):
        return settings
    return settings.model_copy(update={"monitor_port": int(settings.monitor_port) + number})


def exported(settings: Settings) -> dict[str, str]:
    """Settings of a local system as environment variables, for a process that is to have the same and nothing else."""
    return {PREFIX + name.upper(): "" if value is None else str(value) for name, value in settings}


def local_ports(settings: Settings) -> tuple[int, int]:
    """Where Kafka and Valkey are to listen: as set; where nothing is set, at the usual port if it is free.

    CommandError: the settings name another machine, or ask for TLS or a password.
    """
    for name, value in _OPEN.items():
        if name != "redis" and (given := getattr(settings, name, value)) != value:
            raise CommandError(
                f"{PREFIX}{name.upper()}={given}: what runs on this machine listens on its loopback interface only, "
                "without TLS or a password; unset it"
            )
    return _port(settings, "broker", f"//{settings.broker}", "Kafka"), _port(
        settings, "redis", settings.redis, "Valkey"
    )


def _port(settings: Settings, field: str, url: str, service: str) -> int:
    parts = urlsplit(url)
    name = PREFIX + field.upper()
    if parts.hostname not in LOCAL or "," in url:
        raise CommandError(f"{name}: names another machine, and {service} is to run on this one; unset it")
    port = parts.port or 6379
    if field in settings.model_fields_set:
        return port
    try:
        require_free_port(port, service)
    except EmbeddedError:
        return 0
    return port
