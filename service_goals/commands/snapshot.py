"""`snapshot`: the daily snapshot, at once."""

import asyncio
from datetime import date
from typing import Annotated

import typer

from agents.config import EngineConfig
from schemas import topics
from service_goals.client.commands import Command, submit, until_applied
from service_goals.client.kafka import read_spine
from service_goals.errors import UsageError
from service_goals.output import print_json, say
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("snapshot", rich_help_panel=panel)(snapshot)


def snapshot(
    as_of: Annotated[str, typer.Option(help="A local date, at most today: days before it count.", metavar="DATE")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Freeze the milestones that ended before DATE, and wait until every result, notification and status is durable.

    Example:  service-goals snapshot --as-of 2026-04-01
    """
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"--as-of: {as_of!r} is no date, give one like 2026-04-01") from None
    asyncio.run(request(load_settings().engine(), day))
    if as_json:
        print_json({"as_of": day.isoformat()})
    else:
        say(f"snapshot as of {day} is done")


async def request(config: EngineConfig, day: date) -> None:
    """Request a snapshot and wait for all of it."""
    key = day.isoformat()
    await submit(config, [Command(topics.SNAPSHOT_REQUESTS, key, {"as_of": key})])
    entries = (await read_spine(config)).entries
    offset = max(entry.offset for entry in entries if entry.topic == topics.SNAPSHOT_REQUESTS and entry.key == key)
    await until_applied(config, offset)
