"""`read-model`: what the API answers from."""

import asyncio

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from service_goals.commands.options import AsJson
from service_goals.output import ERR, print_json, say
from service_goals.redis_client import redis_client
from service_goals.settings import load_settings


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="The read model in Valkey or Redis, which the API answers from.", no_args_is_help=True)
    group.callback()(_group)
    group.command("rebuild")(rebuild)
    app.add_typer(group, name="read-model", rich_help_panel=panel)


def _group() -> None:
    """Typer makes a group of a single command only with a callback."""


def rebuild(as_json: AsJson = False) -> None:
    """Fill a new read model from the topics beside the old one, and switch to it when it is complete.

    Servers go on answering meanwhile. Needed after nothing but doubt: a lost read model is filled again by itself.

    Example:  service-goals read-model rebuild
    """
    generation = asyncio.run(_rebuild())
    if as_json:
        print_json({"generation": generation})
    else:
        say(f"the read model is new (generation {generation})")


async def _rebuild() -> int:
    from serving.read_model.rebuild import rebuild as fill_anew

    settings = load_settings()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal) as progress:
        task = progress.add_task("reading the topics", total=None)

        def on_progress(left: int) -> None:
            total = progress.tasks[0].total or left
            progress.update(task, total=total, completed=total - left)

        async with redis_client(settings) as client:
            return await fill_anew(settings.engine(), client, on_progress)
