"""`worker`: one worker of the group."""

import asyncio
import os
import sys
from typing import Annotated

import faust
import typer

from agents.app import build_app
from agents.config import EngineConfig
from agents.topics import ensure_topics
from service_goals.errors import CommandError
from service_goals.logs import configure_logs
from service_goals.output import say
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
    settings = load_settings()
    configure_logs(settings.log_level, as_json=json_logs)
    if reason := asyncio.run(_work(settings.engine())):
        raise CommandError(f"the worker stopped: {reason!r}; start it again, it goes on where it was")


async def _work(config: EngineConfig) -> BaseException | None:
    """Work until a signal comes; return what it crashed with, if it did."""
    partitions = await ensure_topics(config)
    running = CommandWorker(
        build_app(config, partitions), loop=asyncio.get_running_loop(), stdout=sys.stderr, override_logging=False
    )
    say(f"worker {os.getpid()}: Kafka {config.broker}, group {config.group}, {partitions} partitions")
    try:
        await running.start()
    finally:
        await running.stop()
    reason: BaseException | None = running.crash_reason
    return reason


class CommandWorker(faust.Worker):
    """Faust's worker inside our event loop, without its spinner and its own logging."""

    # Faust cancels this future on a signal; ours runs in `asyncio.run`, which needs no cancelling.
    _starting_fut = None

    async def on_first_start(self) -> None:
        """Leave stdout alone."""
        self.spinner = None
        await super().on_first_start()
