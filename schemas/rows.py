"""A row of the table `tickets`: the registers of one ticket (SPEC 3), as MessagePack arrays."""

from typing import Any, Final

import msgspec

from schemas.events import Stamp
from schemas.measures import Scalar


class Row(msgspec.Struct, array_like=True, gc=False):
    """What is known of a ticket; None, False and () where nothing is. Who changes one changes a copy of their own."""

    created: int | None = None
    """Milliseconds since the epoch: the earliest `ticket-created`."""
    response: Stamp | None = None
    """The earliest `ticket-responded`."""
    close: Stamp | None = None
    """The latest `ticket-closed`."""
    reopened: int | None = None
    """Milliseconds since the epoch: the latest `ticket-reopened`."""
    deleted: bool = False
    pipeline: Stamp | None = None
    """The latest event that has a pipeline."""
    attributes: tuple[tuple[Stamp, dict[str, Any]], ...] = ()
    """By the event that they come from, in order; each name once. The values are `Scalar`."""


_WIDE_INT: Final = 1
"""MessagePack extension type: a decimal integer that doesn't fit into 64 bits."""


def _decode_extension(_code: int, data: memoryview) -> int:
    return int(bytes(data))


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Row, ext_hook=_decode_extension)


def encode_row(row: Row) -> bytes:
    """For the table."""
    try:
        return _ENCODER.encode(row)
    except OverflowError:
        groups = tuple((stamp, {name: _narrow(v) for name, v in group.items()}) for stamp, group in row.attributes)
        return _ENCODER.encode(msgspec.structs.replace(row, attributes=groups))


def decode_row(data: bytes) -> Row:
    """The inverse of `encode_row`; raises msgspec.DecodeError."""
    row: Row = _DECODER.decode(data)
    return row


def _narrow(value: Scalar) -> Scalar | msgspec.msgpack.Ext:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_WIDE_INT, str(value).encode())
    return value
