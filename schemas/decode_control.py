"""Commands (SPEC 2.2), read strictly from their topic, key and JSON value."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final, get_args

from schemas.control import Account, Command, Pipeline, SnapshotRequest, Team, TeamSince, User, WeekDay
from schemas.days import is_time_zone
from schemas.decode_goal import read_goal
from schemas.durations import parse_duration
from schemas.goals import Goal
from schemas.reading import MAX_ID, Fields, Node, Refused, shown
from schemas.topics import ACCOUNT, DIRECTORY, GOALS, SNAPSHOT_REQUESTS

WEEK_DAYS: Final[tuple[WeekDay, ...]] = get_args(WeekDay)
_GOAL_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_DEFAULTS: Final = Account()
MOST_DAYS: Final = 100_000
"""For which tickets can be kept, unless for ever."""


def read_command(topic: str, key: str, value: object) -> Command | None:
    """The command, `value` as `parse_json` gives it; None (deleted) for null.

    Refused for a key that the topic doesn't have, or that isn't the value's, and for whatever is wrong in the value.
    """
    return _READERS[topic](key, Node("", value))


def read_account(node: Node) -> Account:
    """The whole account: what isn't given is at its default."""
    fields = node.fields(*Account.__struct_fields__)
    zone, month = fields.get("time_zone"), fields.get("fiscal_year_start_month")
    week_start, grace, keep = fields.get("week_start"), fields.get("freeze_grace"), fields.get("keep_days")
    if zone and not is_time_zone(zone.text()):
        raise zone.refuse("it is no IANA time zone, give one like Europe/Berlin")
    return Account(
        time_zone=zone.text() if zone else _DEFAULTS.time_zone,
        fiscal_year_start_month=month.whole(1, 12) if month else _DEFAULTS.fiscal_year_start_month,
        week_start=week_start.choice(WEEK_DAYS) if week_start else _DEFAULTS.week_start,
        freeze_grace=_read_duration(grace) if grace else _DEFAULTS.freeze_grace,
        keep_days=keep.whole(1, MOST_DAYS) if keep else _DEFAULTS.keep_days,
    )


def read_user(user_id: str, node: Node) -> User:
    """A user; the teams by rising date."""
    fields = node.fields("name", "email", "active", "team_id", "teams")
    active = fields.get("active")
    return User(
        user_id=user_id,
        name=_read_text(fields, "name"),
        email=_read_text(fields, "email"),
        active=active.flag() if active else True,
        teams=_read_membership(fields),
    )


def read_snapshot_request(node: Node) -> SnapshotRequest:
    """The request, without its least cut, which the judge adds."""
    return SnapshotRequest(node.fields("as_of").need("as_of").date())


def _account(key: str, node: Node) -> Account | None:
    if key != ACCOUNT:
        raise Node("key", key).refuse(f'give "{ACCOUNT}"')
    return read_account(node) if node.value is not None else None


def _directory(key: str, node: Node) -> User | Team | Pipeline | None:
    kind, _, item_id = key.partition(":")
    if kind not in ("user", "team", "pipeline") or not 1 <= len(item_id) <= MAX_ID:
        raise Node("key", key).refuse(f"give user:ID, team:ID or pipeline:ID, the ID of 1 to {MAX_ID} characters")
    if node.value is None:
        return None
    if kind == "user":
        return read_user(item_id, node)
    name = _read_text(node.fields("name"), "name")
    return Team(item_id, name) if kind == "team" else Pipeline(item_id, name)


def _goal(key: str, node: Node) -> Goal | None:
    if not _GOAL_ID.fullmatch(key):
        raise Node("key", key).refuse("a goal_id is 1 to 100 of A–Z a–z 0–9 . _ -, give such a one")
    if node.value is None:
        return None
    goal = read_goal(node)
    if goal.goal_id != key:
        raise Node("goal_id", goal.goal_id).refuse(f"it is not the record's key, give {key}")
    return goal


def _snapshot_request(key: str, node: Node) -> SnapshotRequest:
    if node.value is None:
        raise node.refuse("a snapshot request can't be taken back, give as_of")
    request = read_snapshot_request(node)
    if request.as_of.isoformat() != key:
        raise Node("as_of", request.as_of.isoformat()).refuse(
            f"it is not the record's key {shown(key)}, make them the same"
        )
    return request


def _read_duration(node: Node) -> int:
    text = node.text()
    try:
        return parse_duration(text)
    except ValueError as error:
        raise node.refuse(str(error)) from None


def _read_text(fields: Fields, name: str) -> str | None:
    node = fields.get(name)
    return node.text() if node else None


def _read_membership(fields: Fields) -> tuple[TeamSince, ...]:
    single, several = fields.get("team_id"), fields.get("teams")
    if single and several:
        raise Refused("teams: given together with team_id, give one of them")
    if single:
        return (TeamSince(0, single.identifier()),)
    if several is None:
        return ()
    teams: dict[date, str | None] = {}
    for item in several.items():
        membership = item.fields("team_id", "from")
        since, team = membership.need("from"), membership.need("team_id")
        if since.date() in teams:
            raise since.refuse("another team has the same from, give each day one team")
        teams[since.date()] = team.identifier() if team.value is not None else None
    return tuple(TeamSince(day.toordinal(), teams[day]) for day in sorted(teams))


_READERS: Final[dict[str, Callable[[str, Node], Command | None]]] = {
    ACCOUNT: _account,
    DIRECTORY: _directory,
    GOALS: _goal,
    SNAPSHOT_REQUESTS: _snapshot_request,
}
