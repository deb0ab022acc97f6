"""`account`: time zone, fiscal year, week start, grace."""

import asyncio
from typing import Annotated, Any

import typer

from agents.config import EngineConfig
from schemas import topics
from schemas.encode_control import wire_form
from service_goals.client.commands import Command, submit
from service_goals.client.kafka import read_spine
from service_goals.errors import UsageError
from service_goals.output import say
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="The account's calendar.", no_args_is_help=True)
    group.command("set")(set_values)
    app.add_typer(group, name="account", rich_help_panel=panel)


def set_values(values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE…", help="What to change.")]) -> None:
    """Change time_zone, fiscal_year_start_month, week_start or freeze_grace; the others stay as they are.

    Example:  service-goals account set time_zone=Europe/Amsterdam week_start=sunday freeze_grace=PT2H
    """
    changes = dict(map(_pair, values))
    asyncio.run(_set(load_settings().engine(), changes))
    say("the account is in force: " + ", ".join(f"{key}={value}" for key, value in changes.items()))


def _pair(text: str) -> tuple[str, Any]:
    key, sign, value = text.partition("=")
    if not sign:
        raise UsageError(f"{text!r}: no KEY=VALUE, write one like time_zone=Europe/Amsterdam")
    return key, int(value) if key == "fiscal_year_start_month" and value.isdigit() else value


async def _set(config: EngineConfig, changes: dict[str, Any]) -> None:
    in_force = wire_form((await read_spine(config)).state.account)
    await submit(config, [Command(topics.ACCOUNT, topics.ACCOUNT, {**in_force, **changes})])
