"""The shapes of the answers, for OpenAPI alone: what the topics carry is passed on as it is."""

import datetime as dt
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from schemas.control import WeekDay
from schemas.goals import ContributorKind, Duration, NotificationKind, Template
from schemas.measures import Better, Unit
from schemas.statuses import StatusName
from serving.access.tokens import Role
from serving.problems import MEDIA_TYPE


class Party(BaseModel):
    """A contributor."""

    kind: ContributorKind
    id: str
    name: str | None


class Period(BaseModel):
    """Local dates, both inclusive."""

    start: date
    end: date


class Fresh(BaseModel):
    """How fresh the answer is."""

    computed_at: datetime | None
    as_of: date | None


class Status(Fresh):
    """As on the topic `goal-status`, with its key."""

    key: str
    goal_id: str
    goal_name: str
    goal_version: int
    template: Template
    duration: Duration
    contributor: Party
    milestone: Period
    pipelines: list[str] = Field(description="empty: all")
    unit: Unit
    target: float | None
    actual: float | None
    sum: float
    count: int
    progress: float | None
    status: StatusName
    no_data: bool
    frozen: bool
    projected: float | None = None


class Result(Status):
    """As on the topic `milestone-results`, with its key."""

    cut: dict[str, list[int]]


class Recipient(BaseModel):
    """Who was told."""

    user_id: str
    name: str | None
    email: str | None


class Notification(Status):
    """As on the topic `goal-notifications`, with the key of its status."""

    notification_id: str
    kind: NotificationKind
    recipients: list[Recipient]


class Listed(Fresh):
    """A page of a list."""

    next: str | None = Field(description="the next `cursor`; null: this is the last page")
    total: int = Field(description="all that match")


class StatusList(Listed):
    """Statuses, with how many match by status."""

    items: list[Status]
    totals: dict[StatusName, int]


class ResultList(Listed):
    """Frozen results, likewise."""

    items: list[Result]
    totals: dict[StatusName, int]


class NotificationList(Listed):
    """Notifications, newest first."""

    items: list[Notification]


class Day(BaseModel):
    """A day of a milestone; `actual`, `progress` and `pace` are of the milestone up to it."""

    date: dt.date
    count: int
    sum: int
    value: float | None = Field(description="the day's own number")
    actual: float | None
    progress: float | None
    pace: float | None = Field(description="the part of the target that is due")


class History(Fresh):
    """The course of a milestone."""

    key: str
    unit: Unit
    target: float
    better: Better
    milestone: Period
    days: list[Day]


class Ticket(BaseModel):
    """A ticket behind a number."""

    ticket_id: str
    date: dt.date
    value: int
    user_id: str | None
    team_id: str | None
    pipeline_id: str | None


class TicketList(Listed):
    """The tickets behind a number, and what they add up to."""

    items: list[Ticket]
    count: int
    sum: int


class Cut(Period):
    """A milestone of a goal."""

    closed: bool


class GoalView(BaseModel):
    """A goal with its milestones."""

    goal: dict[str, Any] = Field(description="as on the topic `goals`, complete")
    unit: Unit
    better: Better
    milestones: list[Cut]


class OneGoal(GoalView, Fresh):
    """One goal, and how fresh the answer is."""


class GoalList(Listed):
    """Goals by name."""

    items: list[GoalView]


class Milestones(Period):
    """How a goal is cut."""

    items: list[Period]


class Place(BaseModel):
    """A user's team."""

    id: str
    name: str | None


class DirectoryItem(Party):
    """A user, team or pipeline; the last three for users only."""

    email: str | None = None
    active: bool = True
    team: Place | None = None


class DirectoryList(Listed):
    """The directory by name."""

    items: list[DirectoryItem]


class Account(Fresh):
    """The account's calendar."""

    time_zone: str
    fiscal_year_start_month: int
    week_start: WeekDay
    freeze_grace: str
    keep_days: int | None = None
    today: date
    calendar_fixed: bool


class Command(BaseModel):
    """What became of a command."""

    state: Literal["pending", "accepted", "refused"]
    reason: str | None = None


class SessionView(BaseModel):
    """Who asks."""

    name: str
    role: Role
    csrf: str | None
    access: Literal["open", "token"]


class Login(BaseModel):
    """A token for a session."""

    token: str = Field(max_length=1_000)


class Health(BaseModel):
    """Whether the server is well."""

    status: Literal["ok", "unwell"]
    process: Literal["api"]
    reasons: list[str] = Field(description="why it is not well")
    catching_up: bool


class FieldProblem(BaseModel):
    """A field or parameter that is to blame."""

    field: str
    detail: str


class ProblemView(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default_factory=list)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These and those of every route, for `responses`."""
    schema = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}")
    schema["properties"]["errors"]["items"] = FieldProblem.model_json_schema()
    schema.pop("$defs", None)
    each = {"description": "problem", "content": {MEDIA_TYPE: {"schema": schema}}}
    return dict.fromkeys((401, 403, 422, 429, 503, *statuses), each)
