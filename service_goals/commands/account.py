"""`account`: time zone, fiscal year, week start, grace; how long tickets are kept."""

import asyncio
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from agents.config import EngineConfig
from schemas import topics
from schemas.encode_control import account_wire
from service_goals.client.commands import Command, submit
from service_goals.client.kafka import read_spine
from service_goals.commands.options import AsJson
from service_goals.errors import UsageError
from service_goals.output import print_json, print_table
from service_goals.settings import load_settings

KEYS: Final = ("time_zone", "fiscal_year_start_month", "week_start", "freeze_grace", "keep_days")
_NUMBERS: Final = ("fiscal_year_start_month", "keep_days")
_FOR_EVER: Final = "ever"


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="The account's calendar: time zone, fiscal year, week, grace.", no_args_is_help=True)
    group.command("set")(set_values)
    group.command("show")(show)
    app.add_typer(group, name="account", rich_help_panel=panel)


def set_values(
    values: Annotated[list[str], typer.Argument(metavar="KEY=VALUE", help="What to change.")], as_json: AsJson = False
) -> None:
    """Change settings of the account; the others stay as they are.

    time_zone: an IANA name. week_start: monday to sunday. fiscal_year_start_month: 1 to 12. freeze_grace: how long a
    day waits for late events before it is frozen, as ISO 8601 (PT1H, P1DT12H). keep_days: so long tickets are kept
    that nothing happens to; ever: all of them.

    Example:  service-goals account set time_zone=Europe/Amsterdam week_start=sunday freeze_grace=PT2H
    """
    _print(asyncio.run(_set(load_settings().engine(), dict(map(_pair, values)))), as_json)


def show(as_json: AsJson = False) -> None:
    """The account as it is in force.

    Example:  service-goals account show
    """
    _print(asyncio.run(_in_force(load_settings().engine())), as_json)


def _pair(text: str) -> tuple[str, object]:
    key, sign, value = text.partition("=")
    if not sign:
        raise UsageError(f"{text!r}: no KEY=VALUE, write one like time_zone=Europe/Amsterdam")
    if key not in KEYS:
        raise UsageError(f"{key}: no such setting of the account, give one of {', '.join(KEYS)}")
    if key == "keep_days" and value == _FOR_EVER:
        return key, None
    return key, int(value) if key in _NUMBERS and value.isdecimal() else value


async def _set(config: EngineConfig, changes: dict[str, object]) -> dict[str, Any]:
    """The record is the whole account: what doesn't change is said again."""
    changed = {**await _in_force(config), **changes}
    await submit(config, [Command(topics.ACCOUNT, topics.ACCOUNT, changed)])
    return await _in_force(config)


async def _in_force(config: EngineConfig) -> dict[str, Any]:
    return account_wire((await read_spine(config)).state.account)


def _print(account: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(account)
        return
    table = Table("setting", "in force")
    for key in KEYS:
        table.add_row(key, str(account.get(key, _FOR_EVER)))
    print_table(table)
