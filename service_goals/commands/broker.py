"""`broker`: the embedded Kafka alone."""

import time
from pathlib import Path
from typing import Annotated

import typer

from service_goals.embedded import EmbeddedKafka
from service_goals.errors import CommandError
from service_goals.output import print_line, say
from service_goals.settings import load_settings
from service_goals.signals import until_stopped

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port of the loopback interface; 0 picks a free one.")]
DataDir = Annotated[Path | None, typer.Option(help="Where the data are kept [default: SERVICE_GOALS_DATA_DIR].")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("broker", rich_help_panel=panel)(broker)


def broker(data_dir: DataDir = None, port: Port = 9092) -> None:
    """Run a Kafka on this machine, in the foreground; no Docker or Java needed.

    Prints "ready HOST:PORT" once it serves clients. Its data survive restarts. Ctrl-C or SIGTERM ends it in good order.

    Example:  service-goals broker --data-dir ./kafka --port 9092
    """
    from service_goals.broker_monitor import monitored_broker

    settings = load_settings()
    kafka = EmbeddedKafka(data_dir or settings.data_dir / "kafka", port, cache_dir=settings.cache_dir)
    with until_stopped(), monitored_broker(settings.monitor(), kafka) as url, kafka:
        say(f"health and metrics: {url}")
        print_line(f"ready {kafka.bootstrap}")
        while not (failure := kafka.failure()):
            time.sleep(0.2)
        raise CommandError(failure)
