"""`rebuild`: the aggregates anew from what is known of the tickets."""

import asyncio

import typer

from service_goals.client.rebuilds import rebuild as run_rebuild
from service_goals.commands.options import AsJson
from service_goals.output import print_json, say
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("rebuild", rich_help_panel=panel)(rebuild)


def rebuild(as_json: AsJson = False) -> None:
    """Derive all live aggregates anew from the tickets' rows, while the workers go on; for when audit finds one wrong.

    Frozen results, and news that were told, stay as they are. Returns when every aggregate is replaced; one that a
    snapshot is being taken of is replaced after it.

    Example:  service-goals rebuild
    """
    found = asyncio.run(run_rebuild(load_settings().engine()))
    if as_json:
        print_json(found._asdict())
    else:
        say(f"{found.aggregates:,} aggregates are derived anew; {found.mended or 'none'} had been wrong")
