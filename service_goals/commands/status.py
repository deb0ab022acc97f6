"""`status`: the goals and their progress, and the lag."""

import asyncio

import typer

from service_goals.client.kafka import read_statuses
from service_goals.client.offsets import lag
from service_goals.commands.options import AsJson
from service_goals.output import print_json, print_table, say
from service_goals.settings import load_settings
from service_goals.tables import status_table


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("status", rich_help_panel=panel)(status)


def status(as_json: AsJson = False) -> None:
    """The goals and their progress, and the lag: how many records the workers have not worked off yet.

    Of a partition with more than 10,000 the markers of transactions count too.

    With --json one object: "statuses", a list as on the topic goal-status, and "lag", records by topic.

    Example:  service-goals status
    """
    config = load_settings().engine()
    statuses = list(asyncio.run(read_statuses(config)).values())
    behind = asyncio.run(lag(config))
    if as_json:
        print_json({"statuses": statuses, "lag": behind})
        return
    print_table(status_table(statuses))
    waiting = [f"{topic} {count:,}" for topic, count in behind.items() if count]
    say("lag: " + (", ".join(waiting) or "none"))
