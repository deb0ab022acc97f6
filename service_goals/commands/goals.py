"""`goals`: apply, list, show, delete."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from agents.config import EngineConfig
from schemas import topics
from schemas.encode_control import goal_wire
from schemas.goals import Goal
from service_goals.client.commands import Command, submit
from service_goals.client.files import Fields, read_objects, text_of
from service_goals.client.kafka import read_spine, read_statuses
from service_goals.commands.options import AsJson
from service_goals.errors import CommandError
from service_goals.output import print_json, print_table, say
from service_goals.settings import load_settings
from service_goals.tables import status_table

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE", help="JSON (one goal or a list) or NDJSON; - for standard input.")
]
GoalId = Annotated[str, typer.Argument(metavar="ID", help="The goal's id.")]
_NAMED = 4
"""Contributors that the list names."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="Goals: set, list, show, delete them.", no_args_is_help=True)
    for name, command in (("apply", apply), ("list", list_goals), ("show", show), ("delete", delete)):
        group.command(name)(command)
    app.add_typer(group, name="goals", rich_help_panel=panel)


def apply(files: Files, as_json: AsJson = False) -> None:
    """Put goals in force, new ones and changed ones. All are checked first: if one is refused, none is written.

    Targets are milliseconds for times, tickets for counts, a share of at most 1 for shares.

    Example:  service-goals goals apply goals.json

    A goal: {"goal_id": "answer-fast", "name": "Answer within 4 hours", "template": "average-response-time",
    "duration": "monthly", "start_date": "2026-01-01", "contributors": [{"kind": "team", "id": "first-line",
    "target": 14400000}]}
    """
    commands = [read_command(place, fields) for file in files for place, fields in read_objects(file)]
    config = load_settings().engine()
    asyncio.run(submit(config, commands))
    if as_json:
        goals = asyncio.run(_in_force(config))
        print_json([goal_wire(goals[command.key]) for command in commands if command.key in goals])
    else:
        say(f"{len(commands)} goals are in force")


def read_command(place: str, fields: Fields) -> Command:
    """A goal object as a command. CommandError: it has no `goal_id`; the rest is the judge's."""
    goal_id = text_of(fields.get("goal_id"))
    if goal_id is None:
        raise CommandError(f"{place}: goal_id: missing or no text, give the goal an id like answer-fast")
    return Command(topics.GOALS, goal_id, fields, place)


def list_goals(as_json: AsJson = False) -> None:
    """The goals in force.

    Example:  service-goals goals list
    """
    goals = asyncio.run(_in_force(load_settings().engine()))
    if as_json:
        print_json([goal_wire(goal) for goal in goals.values()])
        return
    table = Table("id", "name", "version", "template", "duration", "from", "contributors")
    for goal in goals.values():
        named = ", ".join(each.key for each in goal.contributors[:_NAMED])
        more = f" and {len(goal.contributors) - _NAMED} more" if len(goal.contributors) > _NAMED else ""
        shape = (str(goal.version), goal.template, goal.duration, goal.start_date.isoformat())
        table.add_row(*map(Text, (goal.goal_id, goal.name, *shape, named + more)))
    print_table(table)


def show(goal_id: GoalId, as_json: AsJson = False) -> None:
    """One goal: with --json as it is in force, otherwise how each of its milestones stands.

    Example:  service-goals goals show answer-fast
    """
    config = load_settings().engine()
    goal = _known(asyncio.run(_in_force(config)), goal_id)
    if as_json:
        print_json(goal_wire(goal))
        return
    statuses = asyncio.run(read_statuses(config)).values()
    title = f"{goal.name} ({goal.goal_id}, version {goal.version}): {goal.template}, {goal.duration}"
    print_table(status_table([each for each in statuses if each["goal_id"] == goal_id], title))


def delete(goal_id: GoalId, as_json: AsJson = False) -> None:
    """Delete a goal: its live status goes, its frozen results stay.

    Example:  service-goals goals delete answer-fast
    """
    asyncio.run(submit(load_settings().engine(), [Command(topics.GOALS, goal_id, None)]))
    if as_json:
        print_json({"deleted": goal_id})
    else:
        say(f"goal {goal_id} is deleted")


async def _in_force(config: EngineConfig) -> dict[str, Goal]:
    return (await read_spine(config)).state.goals


def _known(goals: dict[str, Any], goal_id: str) -> Goal:
    if goal_id not in goals:
        raise CommandError(f"{goal_id}: no such goal in force, see service-goals goals list")
    goal: Goal = goals[goal_id]
    return goal
