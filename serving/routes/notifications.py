"""Who was told what."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from serving import models
from serving.answers import listed
from serving.index.conditions import of_notifications
from serving.index.filters import NewsPage
from serving.index.pages import BadCursor, Order, Page, decode_cursor, encode_cursor, page
from serving.problems import wrong_parameter
from serving.services import VIEWER, Parts

router = APIRouter(prefix="/api", tags=["notifications"], dependencies=[VIEWER])

_NEWEST: Final = Order("computed_at", descending=True, key="id")


@router.get("/notifications", responses={200: {"model": models.NotificationList}, **models.problems()})
async def get_notifications(services: Parts, asked: Annotated[NewsPage, Query()]) -> Response:
    """The notifications, newest first."""
    conditions = of_notifications(asked)
    try:
        after = decode_cursor(_NEWEST, asked.cursor) if asked.cursor is not None else None
    except BadCursor as error:
        raise wrong_parameter("cursor", str(error)) from None

    def ask(connection: Any) -> tuple[Page, int]:
        found = page(connection, "notifications", conditions, _NEWEST, asked.limit, after)
        return found, sum(services.totals.of(connection, "notifications", "kind", conditions).values())

    seen = services.mirror.seen
    found, total = await services.database.query(ask)
    cursor = encode_cursor(_NEWEST, found.next) if found.next is not None else None
    return listed(found.bodies, cursor, total, seen)
