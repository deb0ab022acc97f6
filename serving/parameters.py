"""Parameters that can't be meant so: taking one of two values, or none of a name that isn't known, would be a guess."""

from collections.abc import Iterable
from typing import Final, get_origin

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

from serving.index.filters import DirectoryPage, GoalPage, NewsPage, StatusPage
from serving.live.hub import Watched
from serving.problems import UNKNOWN, wrong_parameter


def _lists(models: Iterable[type[BaseModel]]) -> frozenset[str]:
    fields = (pair for model in models for pair in model.model_fields.items())
    return frozenset(field.alias or name for name, field in fields if get_origin(field.annotation) is list)


SEVERAL: Final = _lists((StatusPage, NewsPage, GoalPage, DirectoryPage, Watched))
"""The parameters that may be repeated, on any route."""


async def checked(request: Request) -> None:
    """Every other parameter is there at most once, and the route knows it. Raises Problem."""
    seen: set[str] = set()
    known = _known(request)
    for name, _ in request.query_params.multi_items():
        if known is not None and name not in known:
            raise wrong_parameter(name[:100], UNKNOWN)
        if name in seen and name not in SEVERAL:
            raise wrong_parameter(name[:100], "given more than once, give it once")
        seen.add(name)


def _known(request: Request) -> set[str] | None:
    """The route's parameters; None when a model of them knows better, and for what monitoring asks."""
    route: APIRoute = request.scope["route"]
    fields = route.dependant.query_params
    if not route.path.startswith("/api/") or any(_is_model(field.field_info.annotation) for field in fields):
        return None
    return {field.alias for field in fields}


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
