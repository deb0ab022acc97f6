"""Ticket events that are set aside in `ticket-events-rejected`: byte for byte, with where and why (SPEC 2.1)."""

from schemas.instants import format_instant
from schemas.records import Output, Record, reject_headers
from schemas.rejects import EXPIRED
from schemas.topics import TICKET_EVENTS_REJECTED


def rejected(topic: str, record: Record, reason: str) -> Output:
    """The record as it was."""
    return Output(
        TICKET_EVENTS_REJECTED,
        record.key,
        record.value,
        headers=reject_headers(topic, record, reason),
        timestamp=record.timestamp if record.timestamp >= 0 else None,
    )


def expired_reason(at: int, kept_from: int) -> str:
    """Of an event that happened, in milliseconds, before all that is kept."""
    return f"{EXPIRED}: it happened at {_written(at)}, before {_written(kept_from)} (keep_days of account)"


def overfilled_reason(ticket_id: str, room: int) -> str:
    """Of an event whose ticket has all the attributes that it can have; `room` in bytes."""
    remedy = "publish fewer names or smaller values"
    return f"attributes: ticket {ticket_id!r} would have more than {room} bytes of them, {remedy}"


def _written(at: int) -> str:
    """With its offset, a time of the year 1 or 9999 can be of another year in UTC, which has no text."""
    try:
        return format_instant(at)
    except ValueError:
        return f"{at} ms since the epoch"
