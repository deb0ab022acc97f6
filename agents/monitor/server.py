"""Answers `/healthz` and `/metrics` from a thread of its own: also while the event loop is stuck (decision 8)."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import make_wsgi_app

from agents.config import Address
from agents.monitor.health import Health
from agents.monitor.meters import Meters, Reading
from agents.topics import MisconfiguredError
from schemas.metrics import HEALTHY

PATIENCE: Final = 5.0
"""Seconds that a client may take to say what it wants: who says nothing doesn't keep a thread."""
_PLAIN: Final = (("Content-Type", "text/plain; charset=utf-8"),)
_JSON: Final = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


@contextmanager
def monitored(address: Address | None, meters: Meters, health: Callable[[], Health]) -> Iterator[str]:
    """Answer while the block runs, `health` from other threads; gives the URL, or the word that there is none.

    MisconfiguredError: it can't listen there.
    """
    if address is None:
        yield "off"
        return
    with MonitorServer(address, meters, health) as server:
        yield server.url


class MonitorServer:
    """Serves from `with` on until its end."""

    def __init__(self, address: Address, meters: Meters, health: Callable[[], Health]) -> None:
        meters.read(lambda: [Reading(HEALTHY, health().well, (meters.process,))])
        self._server = _listen(address)
        self._server.set_app(_application(make_wsgi_app(meters.registry), health))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="monitor", daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        host, port = self._server.server_address[:2]
        return f"http://{f'[{host!s}]' if ':' in str(host) else host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _application(metrics: WSGIApplication, health: Callable[[], Health]) -> WSGIApplication:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            start_response("405 Method Not Allowed", [*_PLAIN, ("Allow", "GET")])
            return [b"only GET is answered here\n"]
        match environ["PATH_INFO"]:
            case "/metrics":
                return metrics(environ, start_response)
            case "/healthz":
                now = health()
                start_response("200 OK" if now.well else "503 Service Unavailable", [*_JSON])
                return [now.as_json()]
        start_response("404 Not Found", [*_PLAIN])
        return [b"here are /healthz and /metrics\n"]

    return application


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 its base's name
        """Silence: a scrape every few seconds is no news."""


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """As the base class does, without asking the name service who we are: that can take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silence: a client that went away is no error of ours."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def _listen(address: Address) -> _Server:
    try:
        return (_Server6 if ":" in address.host else _Server)(address, _Handler)
    except OSError as error:
        raise MisconfiguredError(
            f"SERVICE_GOALS_MONITOR_HOST={address.host}, SERVICE_GOALS_MONITOR_PORT={address.port}: can't listen there "
            f"({error.strerror}); set an address of this machine and a free port, or 0 for any free one"
        ) from None
