"""Questions about what is in force: which goals, who of the directory; functions of the state alone."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from schemas.goals import ContributorKind, Goal
from serving.index.filters import DirectoryPage, GoalPage
from streams.control import ControlState


class Known(NamedTuple):
    """A user, team or pipeline of the directory."""

    kind: ContributorKind
    id: str
    name: str | None


def goals_matching(state: ControlState, asked: GoalPage) -> Iterator[Goal]:
    """Which goals, in no order."""
    needle, contributors = (asked.goal_name or "").casefold(), set(asked.contributor_keys)
    ids = {goal_id for key in contributors for goal_id in state.goals_of(key)} if contributors else state.histories
    for goal in (state.histories[goal_id].goal for goal_id in ids):
        if (
            needle in goal.name.casefold()
            and (not asked.template or goal.template in asked.template)
            and (not asked.duration or goal.duration in asked.duration)
            # goals_of knows those too who were taken out and keep closed milestones
            and (not contributors or any(each.key in contributors for each in goal.contributors))
        ):
            yield goal


def directory_matching(state: ControlState, asked: DirectoryPage) -> Iterator[Known]:
    """Who or what, in no order."""
    needle = (asked.q or "").casefold()
    for kind in dict.fromkeys(asked.kind) or ("user", "team", "pipeline"):
        known = state.known(kind)
        for item_id in dict.fromkeys(asked.id) or known:
            item = known.get(item_id)
            if item is None or (asked.active and not getattr(item, "active", True)):
                continue
            texts = (item.name, item_id, getattr(item, "email", None))
            if not needle or any(needle in text.casefold() for text in texts if text is not None):
                yield Known(kind, item_id, item.name)


def members_of(state: ControlState, teams: Iterable[str], today: date) -> list[str]:
    """Who is in one of the teams today."""
    crediting, wanted, day = state.crediting, set(teams), today.toordinal()
    return [user_id for user_id in crediting.teams if crediting.team_of(user_id, day) in wanted]
