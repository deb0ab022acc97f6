"""Goals: read, set, delete. What makes one acceptable is the judge's to say (streams/judge.py)."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Header, Path, Query, Request, Response

from schemas.decode_goal import MAX_YEARS
from schemas.goals import ContributorKind, Duration, Goal
from schemas.measures import TEMPLATES
from schemas.reading import Refused
from serving import models
from serving.answers import answer, goal_view, listed
from serving.goals import Changed, NotJson, Pending, goal_id_of, judged, without_contributor, without_version
from serving.in_force import goals_matching
from serving.index.filters import Day, GoalPage
from serving.index.rows import Seen
from serving.paging import in_memory
from serving.problems import FieldError, Problem, refused
from serving.routes.bodies import JSON_BODY, read_body
from serving.services import MANAGER, VIEWER, Parts, Services
from streams.control import ControlState
from streams.milestones import milestones, span

T = TypeVar("T")

router = APIRouter(prefix="/api", tags=["goals"])

_TAG: Final = re.compile(r'(?:W/)?"([0-9]{1,18})"')
_TAGS: Final = re.compile(rf"\s*{_TAG.pattern}(?:\s*,\s*{_TAG.pattern})*\s*")
_PENDING: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": models.Command, "description": "published, not judged yet"}
}
IfMatch = Annotated[str | None, Header(description='the version, as `"3"`', max_length=200)]
GoalId = Annotated[str, Path(max_length=200)]


@router.get("/goals", dependencies=[VIEWER], responses={200: {"model": models.GoalList}, **models.problems()})
async def get_goals(services: Parts, asked: Annotated[GoalPage, Query()]) -> Response:
    """The goals in force, by name."""
    return await services.turns.ask(partial(_found, services.control.state, services.control_seen, asked))


@router.post(
    "/goals",
    dependencies=[MANAGER],
    status_code=201,
    responses={201: {"model": models.OneGoal}, **_PENDING, **models.problems(400, 408, 409, 413, 415)},
    openapi_extra=JSON_BODY,
)
async def post_goal(services: Parts, request: Request) -> Response:
    """Set a new goal."""
    body = await read_body(request)
    goal_id = await _judged(lambda: goal_id_of(body))
    state = services.control.state
    if state.goal(goal_id) is not None:
        raise Problem("exists", f"goal_id: {goal_id}: there is such a goal, take another id or PUT it")
    return await _put(services, state, goal_id, body, 201)


@router.post(
    "/goals/check",
    dependencies=[MANAGER],
    responses={200: {"model": models.OneGoal}, **models.problems(400, 408, 413, 415)},
    openapi_extra=JSON_BODY,
)
async def check_goal(services: Parts, request: Request) -> Response:
    """Judge a goal without writing it: what would be in force."""
    body = await read_body(request)
    goal_id = await _judged(lambda: goal_id_of(body))
    state = services.control.state
    before = state.goal(goal_id)
    sent = await _judged(lambda: without_version(body, before.version)) if before is not None else body
    return await _viewed(services, await _judged(lambda: judged(state, goal_id, sent)))


@router.get(
    "/goals/{goal_id}", dependencies=[VIEWER], responses={200: {"model": models.OneGoal}, **models.problems(404)}
)
async def get_goal(services: Parts, goal_id: GoalId) -> Response:
    """One goal, with its milestones."""
    return await _shown(services, _in_force(services.control.state, goal_id))


@router.put(
    "/goals/{goal_id}",
    dependencies=[MANAGER],
    responses={200: {"model": models.OneGoal}, **_PENDING, **models.problems(400, 404, 408, 409, 412, 413, 415, 428)},
    openapi_extra=JSON_BODY,
)
async def put_goal(services: Parts, request: Request, goal_id: GoalId, if_match: IfMatch = None) -> Response:
    """Change a goal: the whole of it."""
    body = await read_body(request)
    state = services.control.state
    before = _in_force(state, goal_id)
    if if_match is None:
        raise Problem("precondition", f'If-Match: missing, send the version you have read, like "{before.version}"')
    _check_match(before, if_match)
    return await _put(services, state, goal_id, await _judged(lambda: without_version(body, before.version)))


@router.delete(
    "/goals/{goal_id}",
    dependencies=[MANAGER],
    status_code=204,
    responses={**_PENDING, **models.problems(404, 409, 412)},
)
async def delete_goal(services: Parts, goal_id: GoalId, if_match: IfMatch = None) -> Response:
    """Delete a goal: its live statuses go, its frozen results stay."""
    before = _in_force(services.control.state, goal_id)
    if if_match is not None:
        _check_match(before, if_match)
    outcome = await services.goals.put_in_force(goal_id, None)
    return _unfinished(outcome, before) or Response(status_code=204)


@router.delete(
    "/goals/{goal_id}/contributors/{kind}/{contributor_id:path}",
    dependencies=[MANAGER],
    responses={200: {"model": models.OneGoal}, **_PENDING, **models.problems(404, 409, 412)},
)
async def delete_contributor(
    services: Parts,
    goal_id: GoalId,
    kind: ContributorKind,
    contributor_id: Annotated[str, Path(max_length=200)],
    if_match: IfMatch = None,
) -> Response:
    """The goal without one of its contributors; their closed milestones stay."""
    state = services.control.state
    before = _in_force(state, goal_id)
    if if_match is not None:
        _check_match(before, if_match)
    key = f"{kind}:{contributor_id}"
    if key not in {each.key for each in before.contributors}:
        raise Problem("not-found", f"{key}: not a contributor of this goal, see /api/goals/{goal_id}")
    return await _put(services, state, goal_id, without_contributor(before, key))


@router.get("/milestones", dependencies=[VIEWER], responses={200: {"model": models.Milestones}, **models.problems()})
async def get_milestones(
    services: Parts,
    duration: Duration,
    start_date: Day,
    end_date: Day | None = None,
    align_to_fiscal_year: bool = False,
) -> Response:
    """How a goal like this is cut."""
    if duration == "custom" and (end_date is None or align_to_fiscal_year):
        wrong = "end_date: missing, the duration custom needs it"
        raise refused(wrong if end_date is None else "align_to_fiscal_year: the duration custom can't be aligned")
    if end_date is not None and not 0 <= end_date.year - start_date.year < MAX_YEARS:
        raise refused(f"end_date: {end_date}, give a date within {MAX_YEARS} years from start_date on")
    if end_date is not None and end_date < start_date:
        raise refused(f"end_date: {end_date}, it is before the start_date")
    goal = Goal(
        "draft", "draft", 1, "tickets-closed", TEMPLATES["tickets-closed"], duration, start_date, end_date,
        align_to_fiscal_year, False, (),
    )  # fmt: skip
    account = services.control.state.account
    first, last = span(goal, account)
    cut = [{"start": one.start, "end": one.end} for one in milestones(goal, account)]
    return answer({"start": first, "end": last, "items": cut})


async def _put(services: Services, state: ControlState, goal_id: str, body: bytes, status: int = 200) -> Response:
    """`state`: in which the request was found right."""
    goal = await _judged(lambda: judged(state, goal_id, body))
    outcome = await services.goals.put_in_force(goal_id, goal)
    if unfinished := _unfinished(outcome, state.goal(goal_id)):
        return unfinished
    assert isinstance(outcome, Goal)
    return await _shown(services, outcome, status)


async def _shown(services: Services, goal: Goal, status: int = 200) -> Response:
    headers = {"ETag": f'"{goal.version}"'}
    if status == 201:
        headers["Location"] = f"/api/goals/{goal.goal_id}"
    return await _viewed(services, goal, status, **headers)


async def _viewed(services: Services, goal: Goal, status: int = 200, **headers: str) -> Response:
    """Made apart from the event loop, as a goal may be large."""
    state, seen = services.control.state, services.control_seen
    return await asyncio.to_thread(lambda: answer(goal_view(state, goal), seen, status, **headers))


def _unfinished(outcome: Goal | Pending | Changed | None, before: Goal | None) -> Response | None:
    if isinstance(outcome, Pending):
        return answer({"state": "pending"}, None, 202, Location=f"/api/commands/goals/{outcome.offset}")
    if isinstance(outcome, Changed):
        if outcome.reason.startswith("version:") and before is not None:
            raise Problem("version", f"version: someone else has changed the goal meanwhile: {outcome.reason}")
        raise Problem("changed", outcome.reason)
    return None


def _in_force(state: ControlState, goal_id: str) -> Goal:
    goal = state.goal(goal_id)
    if goal is None:
        raise Problem("not-found", f"goal_id: {goal_id}: there is no such goal in force, see /api/goals")
    return goal


def _check_match(goal: Goal, if_match: str) -> None:
    if if_match.strip() == "*":
        return
    if not _TAGS.fullmatch(if_match):
        detail = f'give the version, like "{goal.version}"'
        raise Problem("parameter", f"If-Match: {detail}", [FieldError("If-Match", detail)])
    if str(goal.version) not in _TAG.findall(if_match):
        raise Problem("version", f"If-Match: {if_match}: version {goal.version} is in force, read it again")


async def _judged(judge: Callable[[], T]) -> T:
    """What it finds, apart from the event loop, as a goal may be large; the judge's refusal as a problem."""
    try:
        return await asyncio.to_thread(judge)
    except NotJson as error:
        raise Problem("malformed", str(error)) from None
    except Refused as error:
        raise refused(str(error)) from None


def _found(state: ControlState, seen: Seen, asked: GoalPage) -> Response:
    found = list(goals_matching(state, asked))
    shown = in_memory(
        found,
        key=lambda goal: (goal.name.casefold(), goal.goal_id),
        body=lambda goal: bytes(answer(goal_view(state, goal)).body),
        asked=asked,
    )
    return listed(shown.bodies, shown.next, len(found), seen)
