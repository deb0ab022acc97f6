"""Answers as JSON: bodies that are JSON already are put together, never decoded and encoded again."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import orjson
from fastapi import Response

from schemas.encode_control import goal_wire
from schemas.goals import Goal
from schemas.measures import unit_of
from serving.index.rows import Seen
from streams.control import ControlState
from streams.milestones import milestones

JSON = "application/json"


def answer(value: dict[str, Any], seen: Seen | None = None, status: int = 200, **headers: str) -> Response:
    """An object; with how fresh it is."""
    fresh = {"computed_at": seen.computed_at, "as_of": seen.as_of} if seen is not None else {}
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(orjson.dumps({**value, **fresh}), status, named, JSON)


def listed(bodies: Iterable[bytes], cursor: str | None, total: int, seen: Seen, **more: Any) -> Response:
    """A page of a list."""
    rest = orjson.dumps({"next": cursor, "total": total, **more, "computed_at": seen.computed_at, "as_of": seen.as_of})
    return Response(b'{"items":[%b],%b' % (b",".join(bodies), rest[1:]), media_type=JSON)


def goal_view(state: ControlState, goal: Goal) -> dict[str, Any]:
    """A goal with its milestones, as routes show it."""
    history = state.histories.get(goal.goal_id)
    cut = history.milestones if history is not None and history.closed else milestones(goal, state.account)
    closed = history.closed if history is not None else 0
    return {
        "goal": goal_wire(goal),
        "unit": unit_of(goal.measure),
        "better": goal.measure.better,
        "milestones": [{"start": one.start, "end": one.end, "closed": index < closed} for index, one in enumerate(cut)],
    }


def directory_view(state: ControlState, kind: str, item_id: str, today: date) -> dict[str, Any]:
    """A user, team or pipeline as routes show it."""
    if kind != "user":
        known = state.teams if kind == "team" else state.pipelines
        return {"kind": kind, "id": item_id, "name": known[item_id].name}
    user = state.users[item_id]
    team = state.crediting.team_of(item_id, today.toordinal())
    place = {"id": team, "name": state.name_of("team", team)} if team is not None else None
    return {
        "kind": kind, "id": item_id, "name": user.name, "email": user.email, "active": user.active, "team": place,
    }  # fmt: skip
