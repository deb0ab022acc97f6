"""`demo`: the whole system with real tickets."""

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
from service_goals.demo_data import AS_OF, CREDIT, OPENING, VIEW, Day, Scenario, demo_goals, load_scenario
from service_goals.desktop import has_desktop, open_in_browser
from service_goals.output import OUT, print_table, say
from service_goals.settings import load_settings
from service_goals.signals import run, until_stopped
from service_goals.system import LocalSystem
from service_goals.tables import latest, status_table, tally

AT_ONCE = 100
"""Events between two breaths while the log is played."""
BREATH = 1.0
"""Seconds."""
WIDE = 140
"""Columns that the whole table needs."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("demo", rich_help_panel=panel)(demo)


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Print the goals' table once, then end.")] = False,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page, where there is a desktop.")] = True,
) -> None:
    """See it work: Kafka, Valkey and two workers, the tickets of a real service desk, goals, snapshots.

    Opens the page and plays the log day by day, with a snapshot before each, until Ctrl-C. Leaves nothing behind.

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
        run(set_up(config, scenario, AS_OF if headless else OPENING))
        if headless:
            statuses = run(begun(config, AS_OF))
            print_table(status_table(statuses, f"Service goals on {AS_OF}: {tally(statuses)}"))
        else:
            _show_page(system, opening=browser and has_desktop())
            say(
                f"look yourself: SERVICE_GOALS_BROKER={config.broker} SERVICE_GOALS_NAMESPACE=demo service-goals status"
            )
            _play(system, config, scenario.since(OPENING))


async def set_up(config: EngineConfig, scenario: Scenario, as_of: date) -> None:
    """Directory, goals, the events before a day, and the snapshot as of then."""
    goals = demo_goals()
    people = [Command(topics.DIRECTORY, key, value) for key, value in scenario.directory.items()]
    say(f"setting {len(people)} users, teams and pipelines and {len(goals)} goals")
    await submit(config, people + [Command(topics.GOALS, goal["goal_id"], goal) for goal in goals])
    events = scenario.before(as_of)
    say(f"publishing {len(events):,} ticket events ({CREDIT})")
    await publish(config, events)
    say(f"taking the snapshot as of {as_of}")
    await take_snapshot(config, as_of)


async def begun(config: EngineConfig, day: date) -> list[dict[str, Any]]:
    """The statuses of milestones that have begun on a day of the log: to the calendar all of 2016 is over."""
    statuses = (await read_statuses(config)).values()
    return [each for each in statuses if each["milestone"]["start"] <= day.isoformat()]


def _show_page(system: LocalSystem, *, opening: bool) -> None:
    system.await_api()
    page = f"{system.url}/{VIEW}"
    say(f"the page: {page}")
    if opening:
        open_in_browser(page)


def _play(system: LocalSystem, config: EngineConfig, days: list[Day]) -> None:
    """Publish day after day, with a snapshot at the start of each, and keep the table fresh until stopped."""
    with Live(console=OUT, auto_refresh=False) as live:
        for day, events in days:
            run(take_snapshot(config, day))
            for first in range(0, len(events), AT_ONCE):
                run(publish(config, events[first : first + AT_ONCE]))
                _breathe(system, config, live, day)
        say("the whole log is played; Ctrl-C ends the demo")
        while True:
            _breathe(system, config, live, days[-1].date)


def _breathe(system: LocalSystem, config: EngineConfig, live: Live, day: date) -> None:
    statuses = run(begun(config, day))
    title = f"Service goals on {day}: {tally(statuses)}"
    live.update(status_table(latest(statuses), title, compact=OUT.width < WIDE), refresh=True)
    time.sleep(BREATH)
    system.look()
