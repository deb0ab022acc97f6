"""`directory`: users, teams and pipelines."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas import topics
from service_goals.client.commands import Command, submit
from service_goals.client.files import read_objects
from service_goals.errors import CommandError
from service_goals.output import say
from service_goals.settings import load_settings

File = Annotated[list[Path], typer.Argument(help="JSON (one object or a list) or NDJSON.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="Users, teams and pipelines.", no_args_is_help=True)
    group.command("apply")(apply)
    app.add_typer(group, name="directory", rich_help_panel=panel)


def apply(files: File) -> None:
    """Put the users, teams and pipelines of FILE in force. All are checked first: if one is refused, none is written.

    Each object has its key beside its fields; "deleted": true deletes it.

    One object: {"key": "user:ann", "name": "Ann", "team_id": "first-line"}

    Example:  service-goals directory apply people.json
    """
    commands = [command(place, item) for file in files for place, item in read_objects(file)]
    asyncio.run(submit(load_settings().engine(), commands))
    say(f"{len(commands)} directory entries are in force")


def command(place: str, item: dict[str, Any]) -> Command:
    """A directory object as a command."""
    fields = dict(item)
    key = fields.pop("key", None)
    if not isinstance(key, str):
        raise CommandError(f'{place}: key: {key!r}, give "user:ID", "team:ID" or "pipeline:ID"')
    deleted = fields.pop("deleted", False)
    if not isinstance(deleted, bool):
        raise CommandError(f"{place}: deleted: {deleted!r}, give true or leave it out")
    return Command(topics.DIRECTORY, key, None if deleted else fields, place)
