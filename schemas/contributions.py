"""What the tickets stage tells the contributors stage: net changes of day cells, and the ticks of a snapshot.

One record holds all that one run of one tickets partition changed for one contributors partition: fewer, larger records
cost less than one a contributor, and a run is one transaction either way.
"""

from typing import Final, NamedTuple

import msgspec


class CellKey(NamedTuple):
    """Contributor × accumulator × pipeline × local day."""

    contributor: str
    """`KIND:ID`."""
    accumulator: int
    """Index into `ControlState.accumulators`."""
    pipeline: str | None
    day: int
    """`date.toordinal()` of the local day."""


class Change(msgspec.Struct, array_like=True):
    """The net change of one cell; also the content of a cell (a cell is the sum of its changes)."""

    count: int = 0
    sum: int = 0
    """Milliseconds, or tickets for `closed`."""
    within: int = 0
    """Facts with value ≤ the accumulator's threshold."""
    values: dict[int, int] = {}
    """How often each value occurs; only for accumulators that keep values; no zero counts."""


Standing = tuple[int, ...]
"""How far a tickets partition is: the offset of the last spine entry applied, then the next offset of each ticket
topic, in the order of `TICKET_TOPICS`. No number ever falls, so of two standings of a partition one is the later."""


class Contributions(msgspec.Struct, array_like=True, tag=0):
    """Net changes from one tickets partition."""

    source: int
    """The tickets partition."""
    changes: list[tuple[CellKey, Change]]
    standing: Standing = ()
    """Of the source once these changes were sent: who reads along knows which part of the logs they bring in."""


class Tick(msgspec.Struct, array_like=True, tag=1):
    """All that `source` had read when it came to the snapshot request at `spine_offset` has been sent."""

    source: int
    spine_offset: int
    cut: dict[str, int]
    """For each ticket topic the offset of the first record of this partition that is not in."""


class Anew(msgspec.Struct, array_like=True, tag=2):
    """For a rebuild: cells of all facts of a source's rows, or a part of them."""

    source: int
    generation: int
    """Which rebuild: a later one has a higher number."""
    changes: list[tuple[CellKey, Change]]
    last: bool = False
    """The source has told all; what it sends from here on are changes to that."""


Message = Contributions | Tick | Anew

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Message)


def encode_message(message: Message) -> bytes:
    """As MessagePack arrays."""
    return _ENCODER.encode(message)


def decode_message(data: bytes) -> Message:
    """The inverse of `encode_message`; raises msgspec.DecodeError."""
    message: Message = _DECODER.decode(data)
    return message
