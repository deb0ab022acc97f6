"""`goals`: apply, list, show, delete."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from agents.config import EngineConfig
from schemas import topics
from schemas.encode_control import wire_form
from schemas.goals import Goal
from service_goals.client.commands import Command, submit
from service_goals.client.files import read_objects
from service_goals.client.kafka import read_spine
from service_goals.errors import CommandError
from service_goals.output import print_json, print_table, say
from service_goals.settings import load_settings

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
GoalId = Annotated[str, typer.Argument(metavar="ID", help="The goal's id.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="Goals.", no_args_is_help=True)
    for name, command in (("apply", apply), ("list", list_goals), ("show", show), ("delete", delete)):
        group.command(name)(command)
    app.add_typer(group, name="goals", rich_help_panel=panel)


def apply(files: Annotated[list[Path], typer.Argument(help="JSON (one goal or a list) or NDJSON.")]) -> None:
    """Put the goals of FILE in force. All are checked first: if one is refused, none is written.

    Example:  service-goals goals apply goals.json
    """
    commands = []
    for file in files:
        for place, item in read_objects(file):
            goal_id = item.get("goal_id")
            if not isinstance(goal_id, str):
                raise CommandError(f"{place}: goal_id: {goal_id!r}, give the goal an id")
            commands.append(Command(topics.GOALS, goal_id, item, place))
    asyncio.run(submit(load_settings().engine(), commands))
    say(f"{len(commands)} goals are in force")


def list_goals(as_json: AsJson = False) -> None:
    """The goals in force."""
    goals = asyncio.run(_in_force(load_settings().engine()))
    if as_json:
        print_json([wire_form(goal) for goal in goals.values()])
        return
    table = Table("goal", "name", "version", "template", "duration", "from", "contributors")
    for goal in goals.values():
        contributors = ", ".join(each.key for each in goal.contributors[:4])
        more = f" and {len(goal.contributors) - 4} more" if len(goal.contributors) > 4 else ""
        start = goal.start_date.isoformat()
        table.add_row(
            goal.goal_id, goal.name, str(goal.version), goal.template, goal.duration, start, contributors + more
        )
    print_table(table)


def show(goal_id: GoalId, as_json: AsJson = True) -> None:  # noqa: ARG001 a goal is shown as JSON either way
    """One goal as it is in force, as JSON."""
    goals = asyncio.run(_in_force(load_settings().engine()))
    if goal_id not in goals:
        raise CommandError(f"{goal_id}: no such goal in force, see service-goals goals list")
    print_json(wire_form(goals[goal_id]))


def delete(goal_id: GoalId) -> None:
    """Delete a goal: its live status goes, its frozen results stay."""
    asyncio.run(submit(load_settings().engine(), [Command(topics.GOALS, goal_id, None)]))
    say(f"goal {goal_id} is deleted")


async def _in_force(config: EngineConfig) -> dict[str, Goal]:
    return (await read_spine(config)).state.goals
