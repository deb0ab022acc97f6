"""`up`: everything on this machine."""

import time
from pathlib import Path
from typing import Annotated

import typer

from service_goals.errors import CommandError
from service_goals.output import print_line, say
from service_goals.settings import load_settings
from service_goals.signals import until_stopped
from service_goals.system import LocalSystem

DataDir = Annotated[Path | None, typer.Option(help="Where the data are kept [default: SERVICE_GOALS_DATA_DIR].")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="How many workers.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("up", rich_help_panel=panel)(up)


def up(data_dir: DataDir = None, workers: Workers = 1) -> None:
    """Run Kafka, Valkey and workers on this machine; the data are kept. Ctrl-C or SIGTERM stops all of it.

    Example:  service-goals up --data-dir ./data --workers 2
    """
    settings = load_settings()
    with until_stopped(), LocalSystem(settings, (data_dir or settings.data_dir).absolute(), workers) as system:
        print_line(f"ready {system.kafka.bootstrap}")
        say(f"use it with SERVICE_GOALS_BROKER={system.kafka.bootstrap}; Ctrl-C stops everything")
        while True:
            time.sleep(0.5)
            if failure := system.look():
                raise CommandError(failure)
