"""`import`: ticket events from files."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from aiokafka import AIOKafkaProducer
from rich.progress import Progress

from agents.config import EngineConfig
from agents.topics import ensure_topics
from schemas.topics import TICKET_TOPICS
from service_goals.client.files import read_bytes, read_lines
from service_goals.client.kafka import producing
from service_goals.errors import CommandError
from service_goals.output import ERR, say
from service_goals.settings import load_settings

Event = tuple[str, bytes | None, bytes]
"""Topic, key, value."""


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("import", rich_help_panel=panel)(import_files)


def import_files(
    files: Annotated[list[Path], typer.Argument(help="NDJSON or NDJSON.gz: one event a line, with its topic.")],
) -> None:
    """Publish ticket events. Safe to repeat: an event that is known changes nothing.

    Example:  service-goals import events.ndjson.gz
    """
    read = [event for file in files for event in events(file)]
    asyncio.run(publish(load_settings().engine(), read))
    say(f"{len(read):,} events are published")


def events(file: Path) -> Iterator[Event]:
    """The events of a file; what they must hold is judged by the workers, here only that each has a topic."""
    for place, item in read_lines(file, read_bytes(file)):
        yield event(place, item)


def event(place: str, item: dict[str, Any]) -> Event:
    """An object with its `topic` as a record."""
    fields = dict(item)
    topic = fields.pop("topic", None)
    if topic not in TICKET_TOPICS:
        raise CommandError(f"{place}: topic: {topic!r}, give one of {', '.join(TICKET_TOPICS)}")
    ticket_id = fields.get("ticket_id")
    key = ticket_id.encode(errors="surrogatepass") if isinstance(ticket_id, str) else None
    return topic, key, orjson.dumps(fields)


async def publish(config: EngineConfig, read: list[Event]) -> None:
    """Send them all, in order, with progress."""
    await ensure_topics(config)
    async with producing(config) as producer:
        with Progress(console=ERR, disable=not ERR.is_terminal) as progress:
            for topic, key, value in progress.track(read, description="publishing"):
                await _send(producer, config.topic(topic), key, value)


async def _send(producer: AIOKafkaProducer, topic: str, key: bytes | None, value: bytes) -> None:
    await producer.send(topic, value=value, key=key)
