"""`api`: REST, live events, access."""

import socket
from typing import Annotated, Final

import typer

from service_goals.errors import CommandError
from service_goals.file_limit import make_room
from service_goals.logs import configure_logs
from service_goals.output import print_line
from service_goals.redis_client import redis_client
from service_goals.settings import PREFIX, Settings, load_settings
from service_goals.signals import run, until_stopped
from serving.access.tokens import TokenFile
from serving.config import LOOPBACK, ServingConfig
from serving.parts import PartEndedError

UNREAD: Final = 60.0
"""Seconds."""
Host = Annotated[str | None, typer.Option(help="Where to listen [default: SERVICE_GOALS_API_HOST, 127.0.0.1].")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65_535, help="The port [default: SERVICE_GOALS_API_PORT, 8080]; 0: a free one.")
]
JsonLogs = Annotated[bool, typer.Option("--json-logs", help="Log JSON, for a collector.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("api", rich_help_panel=panel)(api)


def api(host: Host = None, port: Port = None, json_logs: JsonLogs = False) -> None:
    """Serve REST and live events. Prints "ready URL"; Ctrl-C or SIGTERM ends it.

    On a loopback address whoever is on this machine may do everything. Anywhere else a token is needed: see
    service-goals token. Workers keep running without it, and it without them.

    Example:  service-goals api --port 8080
    """
    settings = load_settings()
    configure_logs(settings.log_level, as_json=json_logs)
    config = serving_config(settings, host or settings.api_host, settings.api_port if port is None else port)
    make_room(config.connections)
    with until_stopped(), listening(config.host, config.port) as listener:
        run(_serve(settings, config, listener))


def serving_config(settings: Settings, host: str, port: int) -> ServingConfig:
    """The server's part of the settings. CommandError: it would be open to others, or nobody could use it."""
    access = "token" if host not in LOOPBACK else settings.api_access
    tokens_file = settings.api_tokens_file or settings.data_dir / "api-tokens.json"
    if access == "token" and not TokenFile(tokens_file).tokens:
        raise CommandError(
            f"{PREFIX}API_HOST={host}: nobody may use it, there is no token in {tokens_file}; "
            "make one with service-goals token create, or listen on 127.0.0.1"
        )
    return ServingConfig(
        engine=settings.engine(),
        host=host,
        port=port,
        access=access,
        tokens_file=tokens_file,
        max_body=settings.api_max_body,
        streams=settings.api_streams,
        wait=settings.api_wait,
        tickets=settings.api_tickets,
    )


def listening(host: str, port: int, unread: float = UNREAD) -> socket.socket:
    """A socket that listens there; who leaves what comes `unread` for so many seconds is cut off (on Linux).

    CommandError: it can't.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(f"{PREFIX}API_PORT={port}: can't listen on {host} ({reason}); take another port") from None
    # asyncio does so only where the protocol was named: answers in two parts would wait for the first one's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # without it such a connection would keep its place and its answer for ever
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(unread * 1000))
    return listener


async def _serve(settings: Settings, config: ServingConfig, listener: socket.socket) -> None:
    from serving import run as server  # here: FastAPI takes longer to load than most commands to run

    host, port = listener.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    async with redis_client(settings) as client:
        try:
            await server.run(config, client, listener, lambda: print_line(f"ready {url}"))
        except PartEndedError as error:
            raise CommandError(
                f"the server can't be ready, a part of it ended: {error}; start it again; if it is the index, fill "
                "the read model anew with service-goals read-model rebuild"
            ) from None
