"""The directory and the account as they are in force, and what became of a command."""

from typing import Annotated, Any, Literal

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Path, Query, Response

from schemas.encode_control import account_wire
from serving import models
from serving.answers import answer, directory_view, listed
from serving.index.filters import DirectoryPage
from serving.paging import in_memory
from serving.problems import unavailable
from serving.services import VIEWER, Parts, Services

router = APIRouter(prefix="/api", tags=["directory and account"], dependencies=[VIEWER])


@router.get("/directory", responses={200: {"model": models.DirectoryList}, **models.problems()})
async def get_directory(services: Parts, asked: Annotated[DirectoryPage, Query()]) -> Response:
    """Users, teams and pipelines, by name."""
    found = list(_matching(services, asked))
    shown = in_memory(found, lambda item: ((item[2] or item[1]).casefold(), f"{item[0]}:{item[1]}"), asked)
    today = services.today()
    bodies = (answer(directory_view(services, kind, item_id, today)).body for kind, item_id, _ in shown.items)
    return listed(map(bytes, bodies), shown.next, len(found), services.control_seen)


@router.get("/account", responses={200: {"model": models.Account}, **models.problems()})
async def get_account(services: Parts) -> Response:
    """The account's calendar."""
    state = services.control.state
    value = {**account_wire(state.account), "today": services.today(), "calendar_fixed": state.calendar_fixed}
    return answer(value, services.control_seen)


@router.get("/commands/{topic}/{offset}", responses={200: {"model": models.Command}, **models.problems()})
async def get_command(
    services: Parts, topic: Literal["goals"], offset: Annotated[int, Path(ge=0, lt=2**63)]
) -> Response:
    """What became of a command that was published and not judged in time."""
    try:
        state, reason = await services.goals.state_of(topic, offset)
    except (KafkaError, OSError):
        raise unavailable("Kafka doesn't answer; try again", 5) from None
    return answer({"state": state} if reason is None else {"state": state, "reason": reason})


def _matching(services: Services, asked: DirectoryPage) -> Any:
    """Kind, id and name of what is asked for."""
    state = services.control.state
    needle, ids = (asked.q or "").casefold(), set(asked.id)
    for kind in asked.kind or ("user", "team", "pipeline"):
        for item_id, item in state.known(kind).items():
            if (ids and item_id not in ids) or (asked.active and not getattr(item, "active", True)):
                continue
            texts = (item.name, item_id, getattr(item, "email", None))
            if not needle or any(needle in text.casefold() for text in texts if text is not None):
                yield kind, item_id, item.name
