"""`snapshot`: the daily snapshot, at once."""

import asyncio
import re
from datetime import date
from typing import Annotated

import typer

from service_goals.client.snapshots import take_snapshot
from service_goals.commands.options import AsJson
from service_goals.errors import UsageError
from service_goals.output import print_json, say
from service_goals.settings import load_settings

AsOf = Annotated[str, typer.Option(metavar="DATE", help="A local date, at most today; the days before it count.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("snapshot", rich_help_panel=panel)(snapshot)


def snapshot(as_of: AsOf, as_json: AsJson = False) -> None:
    """Freeze what ended before DATE; returns when every result, notification and status of it is durable.

    The workers take one by themselves each night; this asks for one at once.

    Example:  service-goals snapshot --as-of 2026-04-01
    """
    day = _date(as_of)
    asyncio.run(take_snapshot(load_settings().engine(), day))
    if as_json:
        print_json({"as_of": day.isoformat()})
    else:
        say(f"the snapshot as of {day} is done; see service-goals results")


def _date(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f"--as-of: {text!r} is no date, give one like 2026-04-01")
