"""What facts depend on besides their ticket's row: the calendar, who was in which team when, what is added up."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from immutables import Map

from schemas.control import TeamSince
from schemas.days import LocalDays
from schemas.measures import Accumulator

_NO_TEAMS: Final[tuple[TeamSince, ...]] = ()


@dataclass(frozen=True, slots=True)
class Crediting:
    """As in force at some point of the spine; what didn't change stays the same object, so comparing is cheap."""

    days: LocalDays
    teams: Map[str, tuple[TeamSince, ...]]
    """By `user_id`; only users that the directory gives a team at some day."""
    accumulators: tuple[Accumulator, ...]
    """By index; only ever grows."""

    def team_of(self, user_id: str, day: int) -> str | None:
        """The team the directory gives the user on a local day (ordinal): the latest `from` ≤ the day (SPEC 2.2)."""
        teams = self.teams.get(user_id, _NO_TEAMS)
        at = bisect_right(teams, day, key=_from_day)
        return teams[at - 1].team_id if at else None


def _from_day(since: TeamSince) -> int:
    return since.from_day
