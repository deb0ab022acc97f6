"""`worker`: one worker of the group."""

import asyncio
from typing import Annotated

import typer

from agents.access import NOT_GRANTED
from agents.topics import MisconfiguredError
from service_goals.errors import CommandError
from service_goals.logs import configure_logs
from service_goals.settings import load_settings

JsonLogs = Annotated[bool, typer.Option("--json-logs", help="Log JSON, for a collector.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("worker", rich_help_panel=panel)(worker)


def worker(json_logs: JsonLogs = False) -> None:
    """Run one worker of the group: judge commands, merge ticket events, keep goals.

    Start as many as there are cores, on as many machines as you like, up to the number of partitions: they share the
    work, and one that dies is replaced by the others. Ctrl-C or SIGTERM ends it. Topics that are missing are created.

    Example:  SERVICE_GOALS_BROKER=localhost:9092 service-goals worker
    """
    from service_goals.run_worker import run_worker  # here: Faust takes longer to load than most commands to run

    settings = load_settings()
    configure_logs(settings.log_level, as_json=json_logs)
    if reason := asyncio.run(run_worker(settings.engine(), settings.monitor())):
        if isinstance(reason, (*NOT_GRANTED, MisconfiguredError)):
            raise reason
        raise CommandError(f"the worker stopped: {reason!r}; start it again, it goes on where it was")
