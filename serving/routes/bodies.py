"""Bodies of requests: JSON, left as it was written: the judge reads numbers to the last digit."""

from typing import Any, Final

from fastapi import Request

from serving.problems import Problem

JSON_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "a goal, as on the topic `goals`",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


async def read_body(request: Request) -> bytes:
    """The body. Problem: it says that it isn't JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("media-type", "Content-Type: not application/json, send that")
    return await request.body()
