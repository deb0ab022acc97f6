"""News (SPEC 5): each kind at most once per goal, contributor and milestone, under an id that only depends on these."""

from datetime import date
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import structs

from schemas.goals import Assignment, NotificationKind
from schemas.measures import Measure
from schemas.statuses import Notification, Recipient, Status
from streams.control import ControlState
from streams.evaluate import Verdict, grows

KINDS: Final[dict[Verdict, NotificationKind]] = {"better": "exceeded", "exact": "achieved", "worse": "missed"}
"""What is told when a milestone is frozen, by verdict."""

_ID_BYTES: Final = 16


def notification_id(goal_id: str, contributor: str, start: date, kind: NotificationKind) -> str:
    """The same for every repeat; `contributor` is `KIND:ID`."""
    identity = msgspec.json.encode([goal_id, contributor, start.isoformat(), kind])
    return blake2b(identity, digest_size=_ID_BYTES).hexdigest()


def tells_early(measure: Measure) -> bool:
    """Counts and sums where higher is better: once reached they are news while the milestone runs."""
    return grows(measure) and measure.better == "higher"


def early(verdict: Verdict) -> NotificationKind | None:
    """The news of a milestone that runs: target reached or passed; not reached yet is none."""
    return KINDS[verdict] if verdict != "worse" else None


def notification(state: ControlState, assignment: Assignment, kind: NotificationKind, status: Status) -> Notification:
    """The news with what the snapshot says; recipients as of `state`, without those who are gone, maybe none."""
    goal, contributor = assignment.goal, assignment.contributor
    return Notification(
        **{name: getattr(status, name) for name in structs.asdict(status) if name in Status.__struct_fields__},
        notification_id=notification_id(goal.goal_id, contributor.key, assignment.milestone.start, kind),
        kind=kind,
        recipients=tuple(Recipient(*recipient) for recipient in state.recipients(contributor, kind)),
    )
