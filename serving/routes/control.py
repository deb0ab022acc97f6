"""The directory and the account as they are in force, and what became of a command."""

from datetime import date
from functools import partial
from typing import Annotated, Literal

from aiokafka.errors import KafkaError
from fastapi import APIRouter, Path, Query, Response

from schemas.encode_control import account_wire
from serving import models
from serving.answers import answer, directory_view, listed
from serving.in_force import directory_matching
from serving.index.filters import DirectoryPage
from serving.index.rows import Seen
from serving.paging import in_memory
from serving.problems import Problem, unavailable
from serving.services import VIEWER, Parts
from streams.control import ControlState

router = APIRouter(prefix="/api", tags=["directory and account"], dependencies=[VIEWER])


@router.get("/directory", responses={200: {"model": models.DirectoryList}, **models.problems()})
async def get_directory(services: Parts, asked: Annotated[DirectoryPage, Query()]) -> Response:
    """Users, teams and pipelines, by name."""
    return await services.turns.ask(
        partial(_found, services.control.state, services.control_seen, services.today(), asked)
    )


@router.get("/account", responses={200: {"model": models.Account}, **models.problems()})
async def get_account(services: Parts) -> Response:
    """The account's calendar."""
    state = services.control.state
    value = {**account_wire(state.account), "today": services.today(), "calendar_fixed": state.calendar_fixed}
    return answer(value, services.control_seen)


@router.get("/commands/{topic}/{offset}", responses={200: {"model": models.Command}, **models.problems(404)})
async def get_command(
    services: Parts, topic: Literal["goals"], offset: Annotated[int, Path(ge=0, lt=2**63)]
) -> Response:
    """What became of a command that was published and not judged in time."""
    try:
        state, reason = await services.goals.state_of(topic, offset)
    except LookupError:
        raise Problem("not-found", f"offset: {offset}: no command has it, take the Location of a 202") from None
    except (KafkaError, OSError):
        raise unavailable("Kafka doesn't answer; try again", 5) from None
    return answer({"state": state} if reason is None else {"state": state, "reason": reason})


def _found(state: ControlState, seen: Seen, today: date, asked: DirectoryPage) -> Response:
    found = list(directory_matching(state, asked))
    shown = in_memory(
        found,
        key=lambda item: ((item.name or item.id).casefold(), f"{item.kind}:{item.id}"),
        body=lambda item: bytes(answer(directory_view(state, item.kind, item.id, today)).body),
        asked=asked,
    )
    return listed(shown.bodies, shown.next, len(found), seen)
