"""`demo`: the whole system with real tickets."""

import asyncio
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.live import Live

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
from service_goals.tables import latest, status_table, tally

PACE = 1.0
"""Seconds that a day takes when the rest of the log is played."""
WIDE = 140
"""Columns that the whole table needs."""


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
            statuses = asyncio.run(begun(config, AS_OF))
            print_table(status_table(statuses, f"Service goals on {AS_OF}: {tally(statuses)}"))
        else:
            say(f"the page: {system.url}")
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


async def begun(config: EngineConfig, day: date) -> list[dict[str, Any]]:
    """The statuses of milestones that have begun on a day of the log: to the calendar all of 2016 is over."""
    statuses = (await read_statuses(config)).values()
    return [each for each in statuses if each["milestone"]["start"] <= day.isoformat()]


def _play(system: LocalSystem, config: EngineConfig, days: list[Day]) -> None:
    """Publish day after day, with a snapshot at the start of each month, and keep the table fresh until stopped."""
    last = AS_OF
    with Live(console=OUT, auto_refresh=False) as live:
        for day, events in days:
            asyncio.run(publish(config, events))
            if (day.year, day.month) != (last.year, last.month):
                asyncio.run(take_snapshot(config, day.replace(day=1)))
            last = day
            _show(live, config, day)
            time.sleep(PACE)
            system.look()
        while True:
            _show(live, config, last)
            time.sleep(PACE)
            system.look()


def _show(live: Live, config: EngineConfig, day: date) -> None:
    statuses = asyncio.run(begun(config, day))
    title = f"Service goals on {day}: {tally(statuses)}"
    live.update(status_table(latest(statuses), title, compact=OUT.width < WIDE), refresh=True)
