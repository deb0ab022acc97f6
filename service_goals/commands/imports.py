"""`import`: ticket events from files."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from schemas.topics import TICKET_TOPICS
from service_goals.client.files import text_of
from service_goals.client.lines import file_size, read_lines
from service_goals.client.publisher import Event, publish
from service_goals.commands.options import AsJson
from service_goals.errors import CommandError
from service_goals.output import ERR, print_json, say, shortened
from service_goals.settings import load_settings

# Raw: everything but `topic` is published byte for byte, numbers as they were written.
_FIELDS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER: Final = msgspec.json.Encoder()


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("import", rich_help_panel=panel)(import_files)


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="NDJSON or NDJSON.gz: one event a line, with its topic.")
    ],
    as_json: AsJson = False,
) -> None:
    """Publish ticket events from files; safe to repeat, since an event that is known changes nothing.

    Of each line only the JSON and its topic are checked here. What else is wrong with an event, a worker finds; it
    goes to the topic ticket-events-rejected with the reason.

    Example:  service-goals import events.ndjson.gz

    One line: {"topic": "ticket-created", "event_id": "e1", "ticket_id": "t1", "occurred_at": "2026-04-01T09:30:00Z",
    "pipeline_id": "support"}
    """
    config = load_settings().engine()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=ERR, disable=not ERR.is_terminal) as progress:
        count = asyncio.run(publish(config, read_events(files, progress)))
    if as_json:
        print_json({"published": count})
    else:
        say(f"{count:,} events are published")


def read_events(files: list[Path], progress: Progress) -> Iterator[Event]:
    """The events of all files. CommandError names the place of a line that is none, and says what was done."""
    count = done = 0
    task = progress.add_task("publishing", total=sum(map(file_size, files)))
    for file in files:
        show = partial(_show, progress, task, done)
        for place, line in read_lines(file, show):
            try:
                event = read_event(line)
            except CommandError as error:
                repeat = f"; the {count:,} events before it are published, and publishing them again does no harm"
                raise CommandError(f"{place}: {error}{repeat if count else ''}") from None
            yield event
            count += 1
        done += file_size(file)


def _show(progress: Progress, task: TaskID, before: int, read: int) -> None:
    progress.update(task, completed=before + read)


def read_event(line: bytes) -> Event:
    """A line as a record: key is the `ticket_id`, value the line without `topic`. CommandError: it can't be one."""
    try:
        fields = _FIELDS.decode(line)
    except msgspec.ValidationError:
        raise CommandError(f"{shortened(line)} is not a JSON object, give one event a line") from None
    except msgspec.DecodeError as error:
        raise CommandError(f"{shortened(line)} is not JSON ({error}), give one event a line") from None
    named = fields.pop("topic", None)
    topic = text_of(named)
    if topic not in TICKET_TOPICS:
        given = "missing" if named is None else shortened(bytes(named))
        raise CommandError(f"topic: {given}, give one of {', '.join(TICKET_TOPICS)}")
    ticket_id = text_of(fields.get("ticket_id"))
    return topic, ticket_id.encode() if ticket_id is not None else None, _ENCODER.encode(fields)
