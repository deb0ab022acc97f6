"""A parameter that holds one value and is given twice is refused: taking either would be a guess."""

from collections.abc import Iterable
from typing import Final, get_origin

from fastapi import Request
from pydantic import BaseModel

from serving.index.filters import DirectoryPage, GoalPage, NewsPage, StatusPage
from serving.live.hub import Watched
from serving.problems import wrong_parameter


def _lists(models: Iterable[type[BaseModel]]) -> frozenset[str]:
    fields = (pair for model in models for pair in model.model_fields.items())
    return frozenset(field.alias or name for name, field in fields if get_origin(field.annotation) is list)


SEVERAL: Final = _lists((StatusPage, NewsPage, GoalPage, DirectoryPage, Watched))
"""The parameters that may be repeated, on any route."""


async def once(request: Request) -> None:
    """Every other parameter is there at most once. Raises Problem."""
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name in seen and name not in SEVERAL:
            raise wrong_parameter(name[:100], "given more than once, give it once")
        seen.add(name)
