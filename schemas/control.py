"""Commands as they are in force (SPEC 2.2): account, directory, snapshot requests, and the entries of the spine."""

from datetime import date
from typing import Literal

import msgspec

from schemas.goals import Goal

WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Account(msgspec.Struct, frozen=True):
    """The account's calendar. The defaults are in force until a command says otherwise."""

    time_zone: str = "UTC"
    """An IANA name."""
    fiscal_year_start_month: int = 1
    week_start: WeekDay = "monday"
    freeze_grace: int = 3_600_000
    """Milliseconds."""
    keep_days: int | None = None
    """Tickets that nothing happened to for so many days before a snapshot expire (streams.retention); None: never."""


class TeamSince(msgspec.Struct, frozen=True, order=True):
    """From this local day on, the user belongs to the team."""

    from_day: int
    """Proleptic ordinal of the local date (`date.toordinal()`); 0: always."""
    team_id: str | None


class User(msgspec.Struct, frozen=True):
    """A user of the directory."""

    user_id: str
    name: str | None = None
    email: str | None = None
    active: bool = True
    teams: tuple[TeamSince, ...] = ()
    """By rising day; a single `team_id` is one entry from day 0."""


class Team(msgspec.Struct, frozen=True):
    """A team of the directory."""

    team_id: str
    name: str | None = None


class Pipeline(msgspec.Struct, frozen=True):
    """A pipeline of the directory."""

    pipeline_id: str
    name: str | None = None


class SnapshotRequest(msgspec.Struct, frozen=True):
    """Freeze as of this local date."""

    as_of: date
    least_cut: dict[str, tuple[int, ...]] = {}
    """The end offsets of the ticket topics' partitions when it was judged, committed or not: it covers these."""


Command = Account | User | Team | Pipeline | Goal | SnapshotRequest


class Entry(msgspec.Struct, frozen=True):
    """One accepted command: an entry of the spine, `control-accepted`."""

    offset: int
    topic: str
    key: str
    command: Command | None
    """None: deleted."""
    at: int
    """Milliseconds since the epoch at which it was judged."""
