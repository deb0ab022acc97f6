"""How an entry of the spine changes what is in force: one function for each command topic (SPEC 2.2, 4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar, cast

from immutables import Map

from schemas.control import Account, Command, Entry, Pipeline, SnapshotRequest, Team, User
from schemas.days import LocalDays
from schemas.goals import Goal
from schemas.measures import Accumulator, accumulator_of
from schemas.topics import ACCOUNT, DIRECTORY, GOALS, SNAPSHOT_REQUESTS
from streams.control import ControlState, accumulator_key
from streams.history import GoalHistory, begun
from streams.retention import kept_from

Item = TypeVar("Item")


def fold(state: ControlState, entry: Entry) -> ControlState:
    """The state once `entry` is in force too. Costs what the entry changes, not what there is."""
    return _FOLDS[entry.topic](state, entry.key, entry.command)


def _fold_account(state: ControlState, _key: str, command: Command | None) -> ControlState:
    account = cast(Account | None, command) or Account()
    if account == state.account:
        return state
    crediting = state.crediting
    if account.time_zone != state.account.time_zone:
        crediting = replace(crediting, days=LocalDays(account.time_zone))
    histories = state.histories
    if not state.any_closed:
        histories = Map((goal_id, begun(history.goal, account)) for goal_id, history in histories.items())
    return replace(state, account=account, crediting=crediting, histories=histories)


def _fold_directory(state: ControlState, key: str, command: Command | None) -> ControlState:
    kind, _, item_id = key.partition(":")
    if kind == "user":
        return _fold_user(state, item_id, cast(User | None, command))
    if kind == "team":
        return replace(state, teams=_put(state.teams, item_id, cast(Team | None, command)))
    return replace(state, pipelines=_put(state.pipelines, item_id, cast(Pipeline | None, command)))


def _fold_user(state: ControlState, user_id: str, user: User | None) -> ControlState:
    departed = _put(state.departed, user_id, None) if user is not None else state.departed.set(user_id, None)
    teams = user.teams if user is not None else ()
    crediting = state.crediting
    if teams != crediting.teams.get(user_id, ()):
        crediting = replace(crediting, teams=_put(crediting.teams, user_id, teams or None))
    return replace(state, users=_put(state.users, user_id, user), departed=departed, crediting=crediting)


def _fold_goal(state: ControlState, goal_id: str, command: Command | None) -> ControlState:
    goal, before = cast(Goal | None, command), state.histories.get(goal_id)
    if goal is None:
        assigned = _reassign(state.assigned, goal_id, before, None)
        return replace(state, histories=_put(state.histories, goal_id, None), assigned=assigned)
    state = _accumulate(state, accumulator_of(goal.measure))
    history = before.edited(goal, state.account) if before is not None else begun(goal, state.account)
    return replace(
        state,
        histories=state.histories.set(goal_id, history),
        assigned=_reassign(state.assigned, goal_id, before, history),
    )


def _fold_snapshot(state: ControlState, _key: str, command: Command | None) -> ControlState:
    as_of = cast(SnapshotRequest, command).as_of
    changed = {goal_id: history.requested(as_of) for goal_id, history in state.histories.items() if history.due(as_of)}
    state = replace(
        state,
        histories=state.histories.update(changed),
        last_snapshot=max(as_of, state.last_snapshot or as_of),
        any_closed=state.any_closed or bool(changed),
    )
    state = replace(state, kept_from=kept_from(state))
    frozen = [goal_id for goal_id, history in state.histories.items() if _freezes_first(state, history, as_of)]
    return replace(state, used_ids=state.used_ids.update(dict.fromkeys(frozen))) if frozen else state


def _freezes_first(state: ControlState, history: GoalHistory, as_of: date) -> bool:
    """Does the snapshot write the goal's first result: for an ended milestone of a contributor that isn't stopped?"""
    if history.milestones[0].end >= as_of or history.goal.goal_id in state.used_ids:
        return False
    here = (key for key in history.members if not state.stopped(key))
    return any(one.milestone.end < as_of for key in here for one in history.assignments(key))


def _accumulate(state: ControlState, accumulator: Accumulator) -> ControlState:
    key = accumulator_key(accumulator)
    if key in state.indices:
        return state
    crediting = replace(state.crediting, accumulators=(*state.accumulators, accumulator))
    return replace(state, crediting=crediting, indices=state.indices.set(key, len(state.accumulators)))


def _reassign(
    assigned: Map[str, tuple[str, ...]], goal_id: str, before: GoalHistory | None, after: GoalHistory | None
) -> Map[str, tuple[str, ...]]:
    """`assigned`, once the goal has the members of `after` instead of those of `before`."""
    old = before.members if before else frozenset()
    new = after.members if after else frozenset()
    for key in old - new:
        assigned = _put(assigned, key, tuple(one for one in assigned[key] if one != goal_id) or None)
    for key in new - old:
        assigned = assigned.set(key, tuple(sorted((*assigned.get(key, ()), goal_id))))
    return assigned


def _put(items: Map[str, Item], key: str, item: Item | None) -> Map[str, Item]:
    """`items` with the item under the key; without the key when the item is None."""
    if item is not None:
        return items.set(key, item)
    return items.delete(key) if key in items else items


_FOLDS: Final[dict[str, Callable[[ControlState, str, Command | None], ControlState]]] = {
    ACCOUNT: _fold_account,
    DIRECTORY: _fold_directory,
    GOALS: _fold_goal,
    SNAPSHOT_REQUESTS: _fold_snapshot,
}
