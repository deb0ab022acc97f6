"""`results`: what is frozen."""

import asyncio

import typer

from service_goals.client.kafka import read_results
from service_goals.commands.options import AsJson
from service_goals.output import print_json, print_table
from service_goals.settings import load_settings
from service_goals.tables import status_table


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("results", rich_help_panel=panel)(results)


def results(as_json: AsJson = False) -> None:
    """The frozen results; each was written once and never changes.

    With --json a list of them as on the topic milestone-results, with the cut that each can be recomputed from.

    Example:  service-goals results --json
    """
    found = asyncio.run(read_results(load_settings().engine()))
    if as_json:
        print_json(found)
    else:
        print_table(status_table(found))
