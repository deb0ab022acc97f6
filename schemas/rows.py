"""One row a ticket: the registers of SPEC 3, packed as MessagePack arrays. No fact is kept: facts are derived."""

from typing import Final, NamedTuple

import msgspec

from schemas.measures import Scalar


class Order(NamedTuple):
    """What events are ordered by (SPEC 3), null first: an id is never empty, so the empty text stands for null."""

    occurred_at: int
    event_id: str
    topic: str
    user_id: str
    team_id: str
    pipeline_id: str


class Act(NamedTuple):
    """Who did something to the ticket, and when."""

    occurred_at: int
    event_id: str
    user_id: str
    team_id: str
    """Empty: the event had none; the directory knows."""


class Row(msgspec.Struct, array_like=True):
    """The registers of a ticket; merged in place by `streams.merge`."""

    created: int | None = None
    """ms of the earliest `ticket-created`."""
    response: Act | None = None
    """The earliest `ticket-responded`."""
    close: Act | None = None
    """The latest `ticket-closed`."""
    reopened: int | None = None
    """ms of the latest `ticket-reopened`."""
    deleted: bool = False
    pipeline: Order | None = None
    """The latest event that has a pipeline, which is its last member."""
    attributes: list[tuple[Order, dict[str, Scalar]]] = []
    """The events that any current attribute is from, each with those that it still has the latest of."""


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODER: Final = msgspec.msgpack.Decoder(Row)


def encode_row(row: Row) -> bytes:
    """As it lies in the table and its changelog."""
    return _ENCODE(row)


def decode_row(data: bytes) -> Row:
    """The inverse of `encode_row`."""
    row: Row = _DECODER.decode(data)
    return row
