"""`worker`: one worker of the group."""

import typer

from agents.worker import run_worker
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("worker", rich_help_panel=panel)(worker)


def worker() -> None:
    """Run one worker of the group, in the foreground, until Ctrl-C or SIGTERM.

    It creates the topics that are missing. Start as many as you like, on as many machines; they share the partitions.

    Example:  SERVICE_GOALS_BROKER=kafka:9092 service-goals worker
    """
    settings = load_settings()
    run_worker(settings.engine(), settings.log_level)
