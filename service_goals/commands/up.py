"""`up`: everything on this machine."""

import time
from pathlib import Path
from typing import Annotated

import typer

from service_goals.output import print_line, say
from service_goals.settings import load_settings
from service_goals.signals import until_stopped
from service_goals.system import LocalSystem, local_ports

DataDir = Annotated[Path | None, typer.Option(help="Where the data are kept [default: SERVICE_GOALS_DATA_DIR].")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="How many workers.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("up", rich_help_panel=panel)(up)


def up(data_dir: DataDir = None, workers: Workers = 1) -> None:
    """Run everything on this machine: Kafka, Valkey, workers, the API.

    Ctrl-C or SIGTERM stops all of it; the data are kept. Prints "ready HOST:PORT" with Kafka's address. What dies is
    started again.

    Example:  service-goals up --data-dir ./data --workers 2
    """
    from service_goals.broker_monitor import monitored_broker

    settings = load_settings()
    directory = (data_dir or settings.data_dir).absolute()
    system = LocalSystem(settings, directory, workers, local_ports(settings))
    with until_stopped(), monitored_broker(settings.monitor(), system.kafka) as url, system:
        say(f"health and metrics: {url}")
        print_line(f"ready {system.kafka.bootstrap}")
        say(f"the page and the API: {system.url}")
        say(f"data and logs are in {directory}; Ctrl-C stops everything")
        if system.kafka.bootstrap != "127.0.0.1:9092":
            say(f"in other terminals set SERVICE_GOALS_BROKER={system.kafka.bootstrap}")
        while True:
            time.sleep(0.5)
            system.look()
