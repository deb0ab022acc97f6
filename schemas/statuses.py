"""What goes out (SPEC 6): statuses, results and notifications, as JSON with the fields in the order of that page.

msgspec encodes them straight from their types: dates as ISO 8601, no intermediate dict. `computed_at` is stamped on
last, so that bodies without it can be compared: a repeat is the same body.
"""

from datetime import date
from typing import Final, Literal, get_args

import msgspec
from msgspec import UNSET, UnsetType

from schemas.goals import ContributorKind, Duration, NotificationKind, Template
from schemas.instants import format_instant
from schemas.measures import Unit

StatusName = Literal["pending", "in_progress", "exceeded", "achieved", "missed", "stopped"]
Number = int | float
"""Whole numbers are integers, so that they stay exact at any size."""

STATUS_NAMES: Final[tuple[StatusName, ...]] = get_args(StatusName)


class Party(msgspec.Struct, frozen=True):
    """The contributor; `name` as the directory has it, None when it has none."""

    kind: ContributorKind
    id: str
    name: str | None


class Period(msgspec.Struct, frozen=True):
    """The milestone: local dates, both inclusive."""

    start: date
    end: date


class Recipient(msgspec.Struct, frozen=True):
    """Who a notification is for; what nobody knows is None."""

    user_id: str
    name: str | None
    email: str | None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """`goal-status`, without `computed_at`."""

    goal_id: str
    goal_name: str
    goal_version: int
    template: Template
    duration: Duration
    contributor: Party
    milestone: Period
    pipelines: tuple[str, ...]
    """Empty: all."""
    unit: Unit
    target: Number | None
    """In `unit`; a share is at most 1. None only for a stopped user who never had a status."""
    actual: Number | None
    """3 decimals for ms, 4 for shares, whole tickets; None: nothing to measure."""
    sum: Number
    count: int
    progress: Number | None
    status: StatusName
    no_data: bool
    frozen: bool
    as_of: date | None
    """The date of the last snapshot in it."""
    projected: Number | UnsetType | None = UNSET
    """Only while a milestone of a goal with `forecast` runs; 3 decimals, 4 for shares."""


class Result(Status, frozen=True, kw_only=True):
    """`milestone-results`, without `computed_at`."""

    cut: dict[str, list[int]]
    """By topic without namespace: per partition, in order, the offset of the first record that is not in."""


class Notification(Status, frozen=True, kw_only=True):
    """`goal-notifications`, without `computed_at`."""

    notification_id: str
    kind: NotificationKind
    recipients: tuple[Recipient, ...]


_ENCODER: Final = msgspec.json.Encoder()
_STATUS_DECODER: Final = msgspec.json.Decoder(Status)


def encode_body(status: Status) -> bytes:
    """A status, result or notification as a JSON object without `computed_at`."""
    return _ENCODER.encode(status)


def decode_status(body: bytes) -> Status:
    """The status in a body; what a result has beyond it is left out."""
    status: Status = _STATUS_DECODER.decode(body)
    return status


def stamp(body: bytes, now: int) -> bytes:
    """The JSON that goes out: the body with `computed_at`; `now` in milliseconds since the epoch."""
    return b'%b,"computed_at":"%b"}' % (body[:-1], format_instant(now).encode())


def status_key(goal_id: str, contributor: str, start: date) -> str:
    """`GOAL_ID|KIND:ID|MILESTONE_START`, the key of statuses and results; `contributor` is `KIND:ID`."""
    return f"{goal_id}|{contributor}|{start.isoformat()}"


def contributor_of(key: str) -> str:
    """The `KIND:ID` in a status key (an id may hold `|`; goal ids and dates don't)."""
    return key.partition("|")[2].rpartition("|")[0]


def goal_of(key: str) -> str:
    """The goal id in a status key."""
    return key.partition("|")[0]


def start_of(key: str) -> date:
    """The milestone's first day in a status key."""
    return date.fromisoformat(key.rpartition("|")[2])
