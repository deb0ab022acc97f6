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
from service_goals.client.publisher import publish
from service_goals.client.snapshots import take_snapshot
from service_goals.demo_data import AS_OF, CREDIT, Day, Scenario, demo_goals, load_scenario
from service_goals.output import OUT, print_table, say
from service_goals.settings import load_settings
from service_goals.signals import until_stopped
from service_goals.system import LocalSystem
from service_goals.tables import status_table

PACE = 1.0
"""Seconds that a day takes when the rest of the log is played."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel=panel)(demo)


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Print the goals' table once, then end.")] = False,
) -> None:
    """See it work: Kafka, Valkey and two workers, the tickets of a real service desk, goals, a snapshot.

    Shows the goals' table, then plays the rest of the log day by day until Ctrl-C. Nothing is left behind.

    Example:  service-goals demo
    """
    settings = load_settings().model_copy(update={"namespace": "demo"})
    with (
        until_stopped(),
        tempfile.TemporaryDirectory(prefix="service-goals-demo-") as data,
        LocalSystem(settings, Path(data), workers=2) as system,
    ):
        config = system.settings.engine()
        scenario = load_scenario()
        asyncio.run(set_up(config, scenario))
        if headless:
            print_table(asyncio.run(table(config, AS_OF)))
        else:
            say(
                f"look yourself: SERVICE_GOALS_BROKER={config.broker} SERVICE_GOALS_NAMESPACE=demo service-goals status"
            )
            _play(system, config, scenario.since(AS_OF))


async def set_up(config: EngineConfig, scenario: Scenario) -> None:
    """Directory, goals, the events before AS_OF, and the snapshot as of then."""
    goals = demo_goals()
    people = [Command(topics.DIRECTORY, key, value) for key, value in scenario.directory.items()]
    say(f"setting {len(people)} users, teams and pipelines and {len(goals)} goals")
    await submit(config, people + [Command(topics.GOALS, goal["goal_id"], goal) for goal in goals])
    events = scenario.before(AS_OF)
    say(f"publishing {len(events):,} ticket events ({CREDIT})")
    await publish(config, events)
    say(f"taking the snapshot as of {AS_OF}")
    await take_snapshot(config, AS_OF)


async def table(config: EngineConfig, day: date, rows: int | None = None) -> Table:
    """The goals on a day of the log, without later milestones: to the calendar all of 2016 is over."""
    begun = [each for each in (await read_statuses(config)).values() if each["milestone"]["start"] <= day.isoformat()]
    return status_table(begun[:rows], title=f"Service goals on {day}")


def _play(system: LocalSystem, config: EngineConfig, days: list[Day]) -> None:
    """Publish day after day, with a snapshot at the start of each month, and keep the table fresh until stopped."""
    last = AS_OF

    def show(live: Live, day: date) -> None:
        live.update(asyncio.run(table(config, day, max(4, OUT.height - 6))), refresh=True)

    with Live(console=OUT, auto_refresh=False) as live:
        for day, events in days:
            asyncio.run(publish(config, events))
            if (day.year, day.month) != (last.year, last.month):
                asyncio.run(take_snapshot(config, day.replace(day=1)))
            last = day
            show(live, day)
            time.sleep(PACE)
            system.look()
        while True:
            show(live, last)
            time.sleep(PACE)
            system.look()
