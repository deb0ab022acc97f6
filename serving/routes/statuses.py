"""Statuses and frozen results: lists with filters, single ones, CSV."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import StreamingResponse

from schemas.statuses import STATUS_NAMES
from serving import models
from serving.answers import JSON, listed
from serving.csv import CSV, lines
from serving.in_force import members_of
from serving.index.conditions import Conditions, of_statuses
from serving.index.filters import StatusFilter, StatusPage
from serving.index.pages import BadCursor, Order, Page, decode_cursor, encode_cursor, page
from serving.index.rows import StatusTable
from serving.problems import Problem, wrong_parameter
from serving.services import VIEWER, Parts, Services

router = APIRouter(prefix="/api", tags=["statuses"], dependencies=[VIEWER])

_SORTED: Final = {"contributor": "name"}
"""Where a column has another name than what is asked for."""
_CSV: Final = {"content": {CSV: {"schema": {"type": "string"}}}}
Accept = Annotated[str, Header(description="text/csv for CSV")]
Key = Annotated[str, Path(description="`GOAL_ID|KIND:ID|MILESTONE_START`, percent-encoded")]


def order_of(asked: StatusFilter) -> Order:
    """The order asked for."""
    name = asked.sort.removeprefix("-")
    return Order(_SORTED.get(name, name), asked.sort.startswith("-"))


async def conditions_of(services: Services, asked: StatusFilter) -> Conditions:
    """What is asked for."""
    today = services.today()
    search = partial(members_of, services.control.state, asked.team, today)
    members = await services.turns.ask(search) if asked.members else ()
    return of_statuses(asked, today, members)


async def many(services: Services, table: StatusTable, asked: StatusPage, accept: str) -> Response:
    """A page, or everything as CSV."""
    conditions, order = await conditions_of(services, asked), order_of(asked)
    if CSV in accept:
        return StreamingResponse(lines(services.database, table, conditions, order), media_type=f"{CSV}; charset=utf-8")
    try:
        after = decode_cursor(order, asked.cursor) if asked.cursor is not None else None
    except BadCursor as error:
        raise wrong_parameter("cursor", str(error)) from None

    def ask(connection: Any) -> tuple[Page, dict[str, int]]:
        found = page(connection, table, conditions, order, asked.limit, after)
        return found, services.totals.of(connection, table, "status", conditions)

    seen = services.mirror.seen
    found, totals = await services.database.query(ask)
    cursor = encode_cursor(order, found.next) if found.next is not None else None
    every = dict.fromkeys(STATUS_NAMES, 0) | totals
    return listed(found.bodies, cursor, sum(totals.values()), seen, totals=every)


async def one(services: Services, table: StatusTable, key: str) -> bytes:
    """The body of one. Problem: there is none."""
    sql = f"SELECT body FROM {table}_bodies WHERE key = ?"
    found = await services.database.query(lambda connection: connection.execute(sql, (key,)).fetchone())
    if found is None:
        raise Problem("not-found", f"key: {key[:400]}: there is none, see /api/{table}")
    body: bytes = found[0]
    return body


@router.get("/statuses", responses={200: {"model": models.StatusList, **_CSV}, **models.problems()})
async def get_statuses(services: Parts, asked: Annotated[StatusPage, Query()], accept: Accept = "") -> Response:
    """The live statuses, frozen ones with them."""
    return await many(services, "statuses", asked, accept)


@router.get("/statuses/{key:path}", responses={200: {"model": models.Status}, **models.problems(404)})
async def get_status(services: Parts, key: Key) -> Response:
    """One status."""
    return Response(await one(services, "statuses", key), media_type=JSON)


@router.get("/results", responses={200: {"model": models.ResultList, **_CSV}, **models.problems()})
async def get_results(services: Parts, asked: Annotated[StatusPage, Query()], accept: Accept = "") -> Response:
    """The frozen results, each with the cut that it can be recomputed from."""
    return await many(services, "results", asked, accept)


@router.get("/results/{key:path}", responses={200: {"model": models.Result}, **models.problems(404)})
async def get_result(services: Parts, key: Key) -> Response:
    """One result."""
    return Response(await one(services, "results", key), media_type=JSON)
