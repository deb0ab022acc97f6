"""`results`: what is frozen."""

import asyncio
from typing import Annotated

import typer

from schemas.topics import MILESTONE_RESULTS
from service_goals.client.kafka import read_values
from service_goals.output import print_json, print_table
from service_goals.settings import load_settings
from service_goals.tables import status_table


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("results", rich_help_panel=panel)(results)


def results(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False) -> None:
    """The frozen results; each was written once and never changes.

    Example:  service-goals results --json
    """
    found = asyncio.run(read_values(load_settings().engine(), MILESTONE_RESULTS))
    found.sort(key=lambda each: (each["goal_id"], each["contributor"]["id"], each["milestone"]["start"]))
    if as_json:
        print_json(found)
    else:
        print_table(status_table(found))
