"""`directory`: users, teams and pipelines."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from schemas import topics
from service_goals.client.commands import Command, submit
from service_goals.client.files import Fields, read_objects, text_of
from service_goals.commands.options import AsJson
from service_goals.errors import CommandError
from service_goals.output import print_json, say, shortened
from service_goals.settings import load_settings

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="JSON (one object or a list) or NDJSON; - for standard input.")
]

_DELETED = {b"true": True, b"false": False}


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="Users with their teams, teams, pipelines.", no_args_is_help=True)
    group.command("apply")(apply)
    app.add_typer(group, name="directory", rich_help_panel=panel)


def apply(files: Files, as_json: AsJson = False) -> None:
    """Put users, teams and pipelines in force. All are checked first: if one is refused, none is written.

    Each object has its key beside its fields; "deleted": true deletes it. Who changed teams has "teams", each with the
    day from which it counts.

    Example:  service-goals directory apply people.json

    Objects: {"key": "user:ann", "name": "Ann", "email": "ann@example.com", "team_id": "first-line"}
    {"key": "team:first-line", "name": "First line"}  {"key": "pipeline:chat", "name": "Chat"}
    {"key": "user:bob", "deleted": true}
    """
    commands = [read_command(place, fields) for file in files for place, fields in read_objects(file)]
    asyncio.run(submit(load_settings().engine(), commands))
    if as_json:
        print_json([command.key for command in commands])
    else:
        say(f"{len(commands)} directory entries are in force")


def read_command(place: str, fields: Fields) -> Command:
    """A directory object as a command. CommandError: its key or `deleted` is wrong; the rest is the judge's."""
    key = text_of(fields.pop("key", None))
    if key is None:
        raise CommandError(f'{place}: key: missing or no text, give "user:ID", "team:ID" or "pipeline:ID"')
    said = bytes(fields.pop("deleted", msgspec.Raw(b"false")))
    if said not in _DELETED:
        raise CommandError(f"{place}: deleted: {shortened(said)}, give true or leave it out")
    return Command(topics.DIRECTORY, key, None if _DELETED[said] else fields, place)
