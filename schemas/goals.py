"""A goal as it is in force (SPEC 4), every default filled in and every value checked."""

from datetime import date
from typing import Literal

import msgspec

from schemas.measures import Measure

Template = Literal["average-response-time", "average-resolution-time", "tickets-closed", "custom"]
Duration = Literal["weekly", "monthly", "quarterly", "yearly", "custom"]
ContributorKind = Literal["user", "team", "pipeline"]
NotificationKind = Literal["achieved", "exceeded", "missed"]


class Notify(msgspec.Struct, frozen=True):
    """A recipient and the kinds of news that are switched on for them."""

    user_id: str
    on: tuple[NotificationKind, ...]


class Override(msgspec.Struct, frozen=True):
    """What one milestone, named by its start, has of its own; None: as the contributor."""

    start: date
    target: int | None = None
    pipelines: tuple[str, ...] | None = None


class Contributor(msgspec.Struct, frozen=True):
    """Who the goal is set for. Targets are integers: ms, tickets, or ten-thousandths of a share."""

    kind: ContributorKind
    id: str
    target: int | None = None
    """None only when every milestone's override has one."""
    pipelines: tuple[str, ...] = ()
    """Empty: all."""
    milestones: tuple[Override, ...] = ()
    notify: tuple[Notify, ...] = ()

    @property
    def key(self) -> str:
        """`KIND:ID`, the name of the contributor everywhere."""
        return f"{self.kind}:{self.id}"


class Goal(msgspec.Struct, frozen=True):
    """A named promise, checked and complete."""

    goal_id: str
    name: str
    version: int
    template: Template
    measure: Measure
    """The template's preset, or the custom one."""
    duration: Duration
    start_date: date
    end_date: date | None
    """As given; `streams.milestones.span` gives the default."""
    align_to_fiscal_year: bool
    forecast: bool
    contributors: tuple[Contributor, ...]


class Milestone(msgspec.Struct, frozen=True, order=True):
    """One period of a goal: local dates, both inclusive."""

    start: date
    end: date


class Assignment(msgspec.Struct, frozen=True):
    """One contributor's share of one milestone of a goal, as in force at some point of the spine."""

    goal: Goal
    """The version that this milestone has (closed ones keep what they had)."""
    contributor: Contributor
    milestone: Milestone
    target: int
    pipelines: tuple[str, ...]
    """Empty: all."""
    closed: bool
    """A snapshot request after the goal has a date past the milestone's end: its terms can't change any more."""
