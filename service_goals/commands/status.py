"""`status`: the goals and their progress, and the lag."""

import asyncio
from typing import Annotated

import typer

from service_goals.client.kafka import read_statuses
from service_goals.client.lag import lag
from service_goals.output import print_json, print_table, say
from service_goals.settings import load_settings
from service_goals.tables import status_table


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("status", rich_help_panel=panel)(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False) -> None:
    """The live status of every assignment, and how many records the workers have yet to read.

    Example:  service-goals status
    """
    config = load_settings().engine()
    statuses = asyncio.run(read_statuses(config))
    behind = asyncio.run(lag(config))
    if as_json:
        print_json({"statuses": statuses, "lag": behind})
        return
    print_table(status_table(statuses))
    waiting = {topic: count for topic, count in behind.items() if count}
    say("lag: " + (", ".join(f"{topic} {count:,}" for topic, count in waiting.items()) or "none"))
