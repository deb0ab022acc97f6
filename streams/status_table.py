"""How a milestone's status moves (SPEC 5): one table, which the code follows and the picture in the docs is drawn from.

A cause is what an evaluation finds. What is frozen has no way out: following the table from there is an error.
"""

from collections.abc import Mapping
from typing import Final, Literal

from schemas.statuses import StatusName

Cause = Literal["waits", "runs", "stops", "better", "exact", "worse"]

CAUSES: Final[dict[Cause, str]] = {
    "waits": "the date is before the milestone's start",
    "runs": "the date is the milestone's start or later",
    "stops": "the user is deactivated or deleted",
    "better": "a snapshot freezes it, better than the target",
    "exact": "a snapshot freezes it, exactly at the target",
    "worse": "a snapshot freezes it, worse than the target or without data",
}
"""Each cause in words."""

_LIVE: Final[Mapping[Cause, StatusName]] = {"waits": "pending", "runs": "in_progress", "stops": "stopped"}
_FREEZING: Final[Mapping[Cause, StatusName]] = {"better": "exceeded", "exact": "achieved", "worse": "missed"}
_FINAL: Final[Mapping[Cause, StatusName]] = {}

TRANSITIONS: Final[Mapping[StatusName | None, Mapping[Cause, StatusName]]] = {
    None: _LIVE,
    "pending": _LIVE,
    "in_progress": {**_LIVE, **_FREEZING},
    "stopped": _LIVE,
    "exceeded": _FINAL,
    "achieved": _FINAL,
    "missed": _FINAL,
}
"""From a status (None: a new assignment), by cause. `waits` follows `in_progress` when another time zone is set."""


def follow(status: StatusName | None, cause: Cause) -> StatusName:
    """The next status; ValueError for a way that the table doesn't have."""
    following = TRANSITIONS[status].get(cause)
    if following is None:
        raise ValueError(f"status: {status!r} has no way out by {cause!r}, evaluate only what isn't frozen")
    return following
