"""Entries of the spine, `control-accepted` (SPEC 2.2): key `TOPIC|KEY`; value `topic`, `key`, `value`, `at`.

A snapshot request's entry also has `least_cut`, as it was judged: {ticket topic: [end offset per partition, in order]}.
"""

from typing import Final

import msgspec

from schemas.control import Command, Entry, SnapshotRequest
from schemas.decode_control import read_command
from schemas.encode_control import wire_form
from schemas.instants import format_instant, parse_instant
from schemas.reading import Node, parse_json
from schemas.records import Output, Record
from schemas.topics import COMMAND_TOPICS, CONTROL_ACCEPTED, TICKET_TOPICS

_ENCODER: Final = msgspec.json.Encoder()


def encode_entry(topic: str, key: str, command: Command | None, at: int) -> Output:
    """The record to append to the spine; the command in its wire form, null when it deletes."""
    value: dict[str, object] = {
        "topic": topic,
        "key": key,
        "value": wire_form(command) if command is not None else None,
        "at": format_instant(at),
    }
    if isinstance(command, SnapshotRequest):
        value["least_cut"] = command.least_cut
    return Output(CONTROL_ACCEPTED, f"{topic}|{key}".encode(), _ENCODER.encode(value), partition=0)


def decode_entry(record: Record) -> Entry:
    """The inverse of `encode_entry`. Refused when it isn't an entry: someone else wrote into the spine."""
    node = Node("", parse_json(record.value or b""))
    fields = node.fields("topic", "key", "value", "at", "least_cut")
    topic = fields.need("topic").choice(COMMAND_TOPICS)
    key = fields.need("key").text()
    command = read_command(topic, key, fields.need("value").value)
    if isinstance(command, SnapshotRequest):
        command = msgspec.structs.replace(command, least_cut=_read_cut(fields.need("least_cut")))
    return Entry(record.offset, topic, key, command, parse_instant(fields.need("at").text()))


def _read_cut(node: Node) -> dict[str, tuple[int, ...]]:
    fields = node.fields(*TICKET_TOPICS)
    return {topic: tuple(offset.whole(0) for offset in fields.need(topic).items()) for topic in fields.value}
