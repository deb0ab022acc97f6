"""`rejects`: list and show; `replay` is beside it."""

import asyncio
import sys
from typing import Annotated

import typer

from agents.config import EngineConfig
from schemas import topics
from service_goals.client.rejects import find_rejects, read_rejects
from service_goals.commands import rejects_replay
from service_goals.commands.options import AsJson, Reason, Since, Topics
from service_goals.errors import UsageError
from service_goals.output import print_json, print_line, print_table, reading, say
from service_goals.rejects.selection import Selection, read_place, read_selection
from service_goals.rejects.shown import Overview, detail, group_table, reject_table
from service_goals.rejects.shown import as_json as reject_json
from service_goals.settings import load_settings

RejectId = Annotated[str, typer.Argument(metavar="ID", help="PARTITION:OFFSET, as listed.")]
Control = Annotated[bool, typer.Option("--control", help="Of refused commands instead of ticket events.")]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, help="The newest so many; 20 unless told, with --json all.")
]
Raw = Annotated[bool, typer.Option("--raw", help="Write the value to stdout byte for byte, and nothing else.")]
_LISTED = 20


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    group = typer.Typer(help="What was rejected: list it, show it, publish it again.", no_args_is_help=True)
    for name, command in (("list", list_rejects), ("show", show), ("replay", rejects_replay.replay)):
        group.command(name)(command)
    app.add_typer(group, name="rejects", rich_help_panel=panel)


def list_rejects(
    topic: Topics = None,
    reason: Reason = None,
    since: Since = None,
    limit: Limit = None,
    control: Control = False,
    as_json: AsJson = False,
) -> None:
    """What was rejected: counted by topic and field at fault, then one by one, the newest last.

    Each has an id, PARTITION:OFFSET in ticket-events-rejected. The list only grows: an entry stays when its event was
    mended and published again.

    Example:  service-goals rejects list --topic ticket-closed --reason occurred_at --since 2026-04-01
    """
    known = topics.COMMAND_TOPICS if control else topics.TICKET_TOPICS
    selection = read_selection(topic or (), known, reason, since)
    overview = Overview(limit if limit or as_json else _LISTED)
    asyncio.run(_read(load_settings().engine(), _topic(control), selection, overview))
    if as_json:
        print_json([reject_json(each) for each in overview.newest()])
        return
    if overview.count:
        print_table(group_table(overview))
        print_table(reject_table(overview.newest()))
    say(f"{overview.count:,} rejects" + (f", the newest {len(overview.newest()):,} shown" if overview.count else ""))


async def _read(config: EngineConfig, topic: str, selection: Selection, overview: Overview) -> None:
    with reading() as on_progress:
        async for reject in read_rejects(config, topic, on_progress):
            if selection.holds(reject):
                overview.add(reject)


def show(reject_id: RejectId, raw: Raw = False, control: Control = False, as_json: AsJson = False) -> None:
    """One reject: why, where it came from, its key and value; what is no text is escaped.

    Example:  service-goals rejects show 3:17

    To mend it:  service-goals rejects show 3:17 --raw > event.json
    """
    if raw and as_json:
        raise UsageError("--raw and --json: give one of them")
    place = read_place(reject_id)
    (reject,) = asyncio.run(find_rejects(load_settings().engine(), _topic(control), [place]))
    if raw:
        sys.stdout.buffer.write(reject.value or b"")
        sys.stdout.buffer.flush()
    elif as_json:
        print_json(reject_json(reject))
    else:
        for line in detail(reject):
            print_line(line)


def _topic(control: bool) -> str:
    return topics.CONTROL_REJECTED if control else topics.TICKET_EVENTS_REJECTED
