"""Logging in and out, for the page."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from serving import models
from serving.access.guard import Caller
from serving.access.sessions import COOKIE, LIFE
from serving.answers import answer
from serving.config import Access
from serving.services import Parts, Viewer

router = APIRouter(prefix="/api/session", tags=["session"])


@router.get("", responses={200: {"model": models.SessionView}, **models.problems()})
async def get_session(services: Parts, caller: Viewer) -> Response:
    """Who asks."""
    return _shown(caller, services.guard.access)


@router.post("", responses={200: {"model": models.SessionView}, **models.problems(400, 408, 413)})
async def log_in(services: Parts, request: Request, login: Annotated[models.Login, Body()]) -> Response:
    """A session for a token."""
    cookie, caller = await services.guard.log_in(request, login.token)
    response = _shown(caller, services.guard.access)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, cookie, max_age=LIFE, httponly=True, samesite="strict", secure=secure)
    return response


@router.delete("", status_code=204, responses=models.problems())
async def log_out(services: Parts, request: Request, _caller: Viewer) -> Response:
    """End the session."""
    await services.guard.log_out(request)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


def _shown(caller: Caller, access: Access) -> Response:
    return answer({"name": caller.name, "role": caller.role, "csrf": caller.csrf, "access": access})
