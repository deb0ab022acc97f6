"""`demo`: the whole system with real tickets."""

import asyncio
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.table import Table

from agents.config import EngineConfig
from schemas import topics
from service_goals.client.commands import Command, submit
from service_goals.client.kafka import read_statuses
from service_goals.commands.imports import Event, publish
from service_goals.commands.snapshot import request
from service_goals.demo_data import directory, goals, load_events
from service_goals.errors import CommandError
from service_goals.output import OUT, print_table, say
from service_goals.settings import load_settings
from service_goals.signals import until_stopped
from service_goals.system import LocalSystem
from service_goals.tables import status_table

AS_OF = date(2016, 4, 21)
"""Most tickets of the log are from March to May 2016: some milestones have ended, others run."""
EVENTS_A_SECOND = 20


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel=panel)(demo)


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="End after the goals' table.")] = False,
) -> None:
    """See it with real tickets: Kafka, Valkey and two workers, a ServiceNow log, goals over it, a snapshot, the table.

    Then it keeps playing the rest of the log until Ctrl-C. Nothing is left behind.

    Example:  service-goals demo --headless
    """
    settings = load_settings()
    with (
        until_stopped(),
        tempfile.TemporaryDirectory(prefix="service-goals-demo-") as data,
        LocalSystem(settings, Path(data), workers=2, namespace="demo") as system,
    ):
        config = system.settings.engine()
        later = asyncio.run(play(config))
        print_table(table(config))
        if not headless:
            say("the rest of the log plays now; Ctrl-C ends it")
            _keep_playing(system, config, later)


async def play(config: EngineConfig) -> list[Event]:
    """Directory, goals and the events before AS_OF, then a snapshot; returns the events that follow."""
    events = load_events()
    now = [event for day, event in events if day < AS_OF]
    later = [event for day, event in events if day >= AS_OF]
    say(f"publishing {len(now):,} ticket events (ServiceNow, Amaral et al., UCI, CC BY 4.0)")
    await publish(config, now)
    people = directory(events)
    say(f"setting {len(people)} users, teams and pipelines and {len(goals(events))} goals")
    await submit(config, [Command(topics.DIRECTORY, key, value) for key, value in people.items()])
    await submit(config, [Command(topics.GOALS, goal["goal_id"], goal) for goal in goals(events)])
    say(f"taking the snapshot as of {AS_OF}")
    await request(config, AS_OF)
    return later


def table(config: EngineConfig, rows: int | None = None) -> Table:
    """The goals: what is frozen or runs at AS_OF; what is still to come would hide it."""
    statuses = [
        each
        for each in asyncio.run(read_statuses(config))
        if each["frozen"] or each["milestone"]["start"] < AS_OF.isoformat()
    ]
    return status_table(statuses[:rows], title=f"Service goals, snapshot as of {AS_OF}")


def _keep_playing(system: LocalSystem, config: EngineConfig, later: list[Event]) -> None:
    with Live(table(config, OUT.height - 6), console=OUT, auto_refresh=False) as live:
        while True:
            time.sleep(1.0)
            if failure := system.look():
                raise CommandError(failure)
            batch, later = later[:EVENTS_A_SECOND], later[EVENTS_A_SECOND:]
            if batch:
                asyncio.run(publish(config, batch))
                live.update(table(config, OUT.height - 6), refresh=True)
