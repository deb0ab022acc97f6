"""A row of the table `tickets`: the registers of one ticket (SPEC 3), as MessagePack arrays."""

from typing import Any, Final

import msgspec

from schemas.events import Stamp
from schemas.measures import Scalar

Groups = tuple[tuple[Stamp, dict[str, Any]], ...]
"""Attributes by the event that they come from, in order; each name once. The values are `Scalar`."""

KEY_PREFIX: Final = b"t"
"""A row's key in the table: this, then the `ticket_id`."""
_NO_ATTRIBUTES: Final = msgspec.Raw(msgspec.msgpack.encode(()))


class Row(msgspec.Struct, array_like=True, gc=False):
    """What is known of a ticket; None where nothing is. Who changes one changes a copy of their own."""

    created: int | None = None
    """Milliseconds since the epoch: the earliest `ticket-created`."""
    response: Stamp | None = None
    """The earliest `ticket-responded`."""
    close: Stamp | None = None
    """The latest `ticket-closed`."""
    reopened: int | None = None
    """Milliseconds since the epoch: the latest `ticket-reopened`."""
    deleted: int | None = None
    """Milliseconds since the epoch: the latest `ticket-deleted`."""
    pipeline: Stamp | None = None
    """The latest event that has a pipeline."""
    packed_attributes: msgspec.Raw = _NO_ATTRIBUTES
    """As `pack_attributes` makes them: most events leave them alone, and unpacking costs as much as all else here."""


_WIDE_INT: Final = 1
"""MessagePack extension type: a decimal integer that doesn't fit into 64 bits."""


def _decode_extension(_code: int, data: memoryview) -> int:
    return int(bytes(data))


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Row)
_GROUPS: Final = msgspec.msgpack.Decoder(Groups, ext_hook=_decode_extension)


def encode_row(row: Row) -> bytes:
    """For the table."""
    return _ENCODER.encode(row)


def decode_row(data: bytes) -> Row:
    """The inverse of `encode_row`; raises msgspec.DecodeError."""
    row: Row = _DECODER.decode(data)
    return row


def ticket_of(key: bytes) -> str | None:
    """The `ticket_id` in a key of the table; None: it is no row's."""
    return key[len(KEY_PREFIX) :].decode() if key.startswith(KEY_PREFIX) else None


def pack_attributes(groups: Groups) -> msgspec.Raw:
    """For a row."""
    try:
        return msgspec.Raw(_ENCODER.encode(groups))
    except OverflowError:
        narrow = [(stamp, {name: _narrow(value) for name, value in group.items()}) for stamp, group in groups]
        return msgspec.Raw(_ENCODER.encode(narrow))


def unpack_attributes(row: Row) -> Groups:
    """The attributes of a row."""
    return _GROUPS.decode(row.packed_attributes)


def _narrow(value: Scalar) -> Scalar | msgspec.msgpack.Ext:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_WIDE_INT, str(value).encode())
    return value
