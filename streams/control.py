"""What is in force: the state that the spine adds up to, entry by entry (SPEC 2.2, 4).

Every other stage is a function of this state and of ticket events. It is immutable and shares structure, so that each
partition can stand at its own entry of the spine, and asking for an older state costs nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from immutables import Map

from schemas.control import Account, Pipeline, Team, User
from schemas.days import LocalDays
from schemas.goals import Assignment, Contributor, ContributorKind, Goal, NotificationKind
from schemas.measures import TEMPLATE_ACCUMULATORS, Accumulator, Measure, accumulator_of
from schemas.reading import to_json
from streams.crediting import Crediting
from streams.history import GoalHistory

Recipient = tuple[str, str | None, str | None]
"""`user_id`, name, email."""


@dataclass(frozen=True, slots=True)
class ControlState:
    """Account, directory and goals as in force at some entry. Made by `fold` from `INITIAL`."""

    account: Account
    crediting: Crediting
    users: Map[str, User]
    teams: Map[str, Team]
    pipelines: Map[str, Pipeline]
    departed: Map[str, None]
    """Users that were deleted, whether or not the directory had them before."""
    histories: Map[str, GoalHistory]
    """By `goal_id`; the goals in force with their past."""
    used_ids: Map[str, None]
    """Each `goal_id` that ever had a frozen result; in force or not, no new goal can have it."""
    assigned: Map[str, tuple[str, ...]]
    """By contributor `KIND:ID`: the ids of the goals in force that it is a member of, sorted."""
    indices: Map[bytes, int]
    """Where each accumulator stands; by `accumulator_key`."""
    last_snapshot: date | None = None
    """The latest date that was ever requested."""
    any_closed: bool = False
    """Was a milestone ever closed?"""
    kept_from: int = 0
    """The first local day (ordinal) of which everything is kept (streams.retention); never falls. 0: of all days."""

    @property
    def calendar_fixed(self) -> bool:
        """Days were settled by it: milestones closed, or tickets expired."""
        return self.any_closed or self.kept_from > 0

    @property
    def accumulators(self) -> tuple[Accumulator, ...]:
        """What day cells add up; the templates' first, then in the order of the spine. Never shrinks."""
        return self.crediting.accumulators

    def accumulator_index(self, measure: Measure) -> int:
        """The index of the accumulator whose cells hold what `measure` needs; KeyError when no goal ever had it."""
        return self.indices[accumulator_key(accumulator_of(measure))]

    def goal(self, goal_id: str) -> Goal | None:
        """The version in force."""
        history = self.histories.get(goal_id)
        return history.goal if history is not None else None

    @property
    def goals(self) -> dict[str, Goal]:
        """All goals in force by id, in the order of the ids."""
        return {goal_id: self.histories[goal_id].goal for goal_id in sorted(self.histories)}

    def contributors(self) -> Iterable[str]:
        """Everyone, as `KIND:ID`, who has part in a goal in force, or in closed milestones of it; sorted."""
        return sorted(self.assigned)

    def goals_of(self, contributor_key: str) -> tuple[str, ...]:
        """The ids of the goals in force that the contributor has part in, sorted."""
        return self.assigned.get(contributor_key, ())

    def assignments(self, contributor_key: str) -> tuple[Assignment, ...]:
        """By goal id and milestone: closed milestones with the terms they had when they closed, others as in force."""
        goals = self.goals_of(contributor_key)
        return tuple(one for goal_id in goals for one in self.histories[goal_id].assignments(contributor_key))

    def stopped(self, contributor_key: str) -> bool:
        """Is it a user who was deactivated or deleted (SPEC 5)? Not one that the directory never heard of."""
        kind, _, user_id = contributor_key.partition(":")
        return kind == "user" and self._gone(user_id)

    def name_of(self, kind: ContributorKind, contributor_id: str) -> str | None:
        """As the directory has it; None when nobody knows."""
        known = self.known(kind).get(contributor_id)
        return known.name if known is not None else None

    def email_of(self, user_id: str) -> str | None:
        """As the directory has it; None when nobody knows."""
        user = self.users.get(user_id)
        return user.email if user is not None else None

    def known(self, kind: ContributorKind) -> Mapping[str, User | Team | Pipeline]:
        """What the directory has of a kind, by id."""
        if kind == "user":
            return self.users
        return self.teams if kind == "team" else self.pipelines

    def recipients(self, contributor: Contributor, kind: NotificationKind) -> list[Recipient]:
        """Who has this kind of news switched on, in the order given, without the deactivated and the deleted."""
        wanted = (notify.user_id for notify in contributor.notify if kind in notify.on)
        here = dict.fromkeys(user_id for user_id in wanted if not self._gone(user_id))
        return [(user_id, self.name_of("user", user_id), self.email_of(user_id)) for user_id in here]

    def _gone(self, user_id: str) -> bool:
        user = self.users.get(user_id)
        return not user.active if user is not None else user_id in self.departed


def accumulator_key(accumulator: Accumulator) -> bytes:
    """By which accumulators are the same: their JSON, as to Python True is 1 and to JSON it isn't."""
    return to_json(accumulator)


INITIAL: Final = ControlState(
    account=Account(),
    crediting=Crediting(LocalDays(Account().time_zone), Map(), TEMPLATE_ACCUMULATORS),
    users=Map(),
    teams=Map(),
    pipelines=Map(),
    departed=Map(),
    histories=Map(),
    used_ids=Map(),
    assigned=Map(),
    indices=Map((accumulator_key(one), index) for index, one in enumerate(TEMPLATE_ACCUMULATORS)),
)
"""What is in force before the first entry."""
