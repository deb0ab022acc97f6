"""What can be asked of statuses, results and notifications: the query parameters, read strictly."""

import re
from datetime import date
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas.goals import Duration, NotificationKind, Template
from schemas.reading import MAX_ID
from schemas.statuses import StatusName

MOST_VALUES: Final = 200
"""Of one parameter."""
MOST_ITEMS: Final = 500
"""On one page."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=2 * MAX_ID + 200)]
Ids = Annotated[list[Id], Field(max_length=MOST_VALUES)]
Needle = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID)]
Progress = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


def _written(value: object) -> object:
    """Pydantic alone would take a number for seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("give a date like 2026-01-31")
    return value


_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_written)]

Tense = Literal["past", "current", "future"]
Sort = Literal[
    "goal_name", "contributor", "start", "end", "progress", "status", "actual", "target", "count", "computed_at",
    "-goal_name", "-contributor", "-start", "-end", "-progress", "-status", "-actual", "-target", "-count",
    "-computed_at",
]  # fmt: skip


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Paging(_Parameters):
    """One page of a list."""

    limit: int = Field(default=100, ge=1, le=MOST_ITEMS, description="items of a page")
    cursor: str | None = Field(default=None, max_length=2_000, description="`next` of the page before")


class Contributors(_Parameters):
    """Who it is about; given together, any of them matches."""

    user: Ids = Field(default_factory=list, description="contributors that are these users")
    team: Ids = Field(default_factory=list, description="contributors that are these teams")
    pipeline: Ids = Field(default_factory=list, description="contributors that are these pipelines")

    @property
    def contributor_keys(self) -> list[str]:
        """As `KIND:ID`."""
        named = (("user", self.user), ("team", self.team), ("pipeline", self.pipeline))
        return [f"{kind}:{each}" for kind, ids in named for each in ids]


class GoalFilter(Contributors):
    """Which goals."""

    goal_name: Needle | None = Field(default=None, description="a part of the goal's name, upper or lower case")
    template: list[Template] = Field(default_factory=list, max_length=MOST_VALUES)
    duration: list[Duration] = Field(default_factory=list, max_length=MOST_VALUES)


class StatusFilter(GoalFilter):
    """Which statuses or results, in which order."""

    goal_id: Ids = Field(default_factory=list)
    members: bool = Field(default=False, description="`team` also matches the users who are in it today")
    in_pipeline: Ids = Field(default_factory=list, description="counts tickets of this pipeline")
    from_: Day | None = Field(default=None, alias="from", description="the milestone ends then or later")
    to: Day | None = Field(default=None, description="the milestone starts then or earlier")
    milestone: list[Tense] = Field(default_factory=list, max_length=3, description="by the account's today")
    status: list[StatusName] = Field(default_factory=list, max_length=len(get_args(StatusName)))
    progress_min: Progress | None = Field(default=None, description="1 is the target")
    progress_max: Progress | None = None
    no_data: bool | None = None
    frozen: bool | None = None
    sort: Sort = Field(default="goal_name", description="`-` in front: descending")


class StatusPage(StatusFilter, Paging):
    """A page of statuses or results."""


class NewsPage(Contributors, Paging):
    """A page of notifications."""

    goal_id: Ids = Field(default_factory=list)
    kind: list[NotificationKind] = Field(default_factory=list, max_length=3)
    recipient: Id | None = Field(default=None, description="a `user_id`")
    key: Key | None = Field(default=None, description="of a status")
    from_: Day | None = Field(default=None, alias="from", description="the milestone ends then or later")
    to: Day | None = Field(default=None, description="the milestone starts then or earlier")


class GoalPage(GoalFilter, Paging):
    """A page of goals."""


class DirectoryPage(Paging):
    """A page of the directory."""

    kind: list[Literal["user", "team", "pipeline"]] = Field(default_factory=list, max_length=3)
    id: Ids = Field(default_factory=list)
    q: Needle | None = Field(default=None, description="a part of name, id or email")
    active: bool = Field(default=False, description="without deactivated users")
