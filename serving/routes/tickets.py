"""What a number is made of: its days, its tickets."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from schemas.goals import Assignment
from schemas.statuses import contributor_of, goal_of
from serving import models
from serving.answers import answer
from serving.csv import CSV, line
from serving.index.conditions import Conditions
from serving.index.database import Database
from serving.index.filters import MOST_ITEMS, Paging
from serving.index.pages import BadCursor, Order, Position, decode_cursor, encode_cursor
from serving.problems import Problem, unavailable, wrong_parameter
from serving.routes.statuses import Accept, Key
from serving.services import VIEWER, Parts, Services
from serving.tickets.facts import behind, by_day, tickets
from serving.tickets.history import course

router = APIRouter(prefix="/api", tags=["statuses"], dependencies=[VIEWER])

_LATEST: Final = Order("day", descending=True, key="ticket_id")
_HEADINGS: Final = ("ticket_id", "date", "value", "user_id", "team_id", "pipeline_id")
_CSV: Final = {"content": {CSV: {"schema": {"type": "string"}}}}


class _Asked(NamedTuple):
    """Which facts, and where they are."""

    assignment: Assignment
    facts: Conditions
    database: Database


@router.get("/statuses/{key:path}/history", responses={200: {"model": models.History}, **models.problems(404)})
async def get_history(services: Parts, key: Key) -> Response:
    """Each day of the milestone up to today."""
    asked = _asked(services, key)
    threshold, seen = asked.assignment.goal.measure.threshold, services.tickets_seen
    changes = await asked.database.query(partial(by_day, conditions=asked.facts, threshold=threshold))
    return answer({"key": key, **course(asked.assignment, changes, services.today())}, seen)


@router.get(
    "/statuses/{key:path}/tickets", responses={200: {"model": models.TicketList, **_CSV}, **models.problems(404)}
)
async def get_tickets(services: Parts, key: Key, paging: Annotated[Paging, Query()], accept: Accept = "") -> Response:
    """The tickets behind the number, latest day first."""
    asked = _asked(services, key)
    if CSV in accept:
        return StreamingResponse(_lines(asked), media_type=f"{CSV}; charset=utf-8")
    after, seen = _position(paging.cursor), services.tickets_seen
    found = await asked.database.query(partial(tickets, conditions=asked.facts, limit=paging.limit, after=after))
    cursor = encode_cursor(_LATEST, Position(*found.next)) if found.next is not None else None
    page = {"items": found.items, "next": cursor, "total": found.count, "count": found.count, "sum": found.sum}
    return answer(page, seen)


def _asked(services: Services, key: str) -> _Asked:
    reader = services.tickets
    if reader is None:
        raise Problem("not-found", "SERVICE_GOALS_API_TICKETS=false: the tickets are not kept here")
    state = services.control.state
    goal_id, who, start = goal_of(key), contributor_of(key), key.rpartition("|")[2]
    assignments = state.histories[goal_id].assignments(who) if goal_id in state.goals_of(who) else ()
    assignment = next((one for one in assignments if one.milestone.start.isoformat() == start), None)
    if assignment is None:
        raise Problem("not-found", f"key: {key[:400]}: no assignment in force, see /api/statuses")
    if not reader.caught_up.is_set():
        raise unavailable("the tickets are still being read; come back in a moment", 2)
    return _Asked(assignment, behind(state, assignment), reader.database)


def _position(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    try:
        day, ticket_id = decode_cursor(_LATEST, cursor)
    except BadCursor as error:
        raise wrong_parameter("cursor", str(error)) from None
    if not isinstance(day, int):
        raise wrong_parameter("cursor", "is no cursor of this list, take `next` of an answer")
    return day, ticket_id


async def _lines(asked: _Asked) -> AsyncIterator[str]:
    yield line(_HEADINGS)
    after: Any = None
    while True:
        question = partial(tickets, conditions=asked.facts, limit=MOST_ITEMS, after=after)
        found = await asked.database.query(question)
        yield "".join(line(item[name] for name in _HEADINGS) for item in found.items)
        if (after := found.next) is None:
            return
