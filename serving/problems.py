"""What goes wrong, as problem+json (RFC 9457): one table of kinds, which the docs and OpenAPI tell from too."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple

import orjson
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from schemas.reading import shown
from serving.turns import Overloaded

log = logging.getLogger(__name__)

Kind = Literal[
    "malformed", "unauthenticated", "forbidden", "not-found", "method-not-allowed", "timeout", "exists", "changed",
    "version", "too-large", "media-type", "refused", "parameter", "precondition", "rate", "streams",
    "unavailable", "internal",
]  # fmt: skip

MEDIA_TYPE: Final = "application/problem+json"
_PREFIX: Final = "urn:service-goals:"

KINDS: Final[Mapping[Kind, tuple[int, str]]] = {
    "malformed": (400, "The body is not JSON"),
    "unauthenticated": (401, "No token or session"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "There is no such thing"),
    "method-not-allowed": (405, "The route doesn't have this method"),
    "timeout": (408, "The body came too slowly"),
    "exists": (409, "It exists already"),
    "changed": (409, "Something changed in between"),
    "version": (412, "Not the version in force"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The body is not application/json"),
    "refused": (422, "The command is refused"),
    "parameter": (422, "A parameter is wrong"),
    "precondition": (428, "If-Match is required"),
    "rate": (429, "Too many failed logins"),
    "streams": (429, "Too many open streams"),
    "unavailable": (503, "Not available now"),
    "internal": (500, "A fault of the server"),
}
"""Status and title by kind."""


UNKNOWN: Final = "unknown here, see /api/openapi.json"
"""Of a parameter."""


class FieldError(NamedTuple):
    """A field or parameter that is to blame."""

    field: str
    detail: str


class Problem(Exception):  # noqa: N818 - named as in RFC 9457
    """An answer that is none."""

    def __init__(
        self, kind: Kind, detail: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors, dict(headers or {})

    def response(self) -> Response:
        """As it is sent."""
        status, title = KINDS[self.kind]
        body: dict[str, Any] = {"type": _PREFIX + self.kind, "title": title, "status": status, "detail": self.detail}
        if self.errors:
            body["errors"] = [error._asdict() for error in self.errors]
        return Response(orjson.dumps(body), status, self.headers, MEDIA_TYPE)


def refused(reason: str) -> Problem:
    """The judge's words: path, then what is wrong."""
    field, _, detail = reason.partition(": ")
    return Problem("refused", reason, [FieldError(field, detail)] if detail else ())


def wrong_parameter(name: str, detail: str) -> Problem:
    """A query parameter, header or part of the path."""
    return Problem("parameter", f"{name}: {detail}", [FieldError(name, detail)])


def unavailable(what: str, retry_after: int = 1) -> Problem:
    """Come back later; `retry_after` in seconds."""
    return Problem("unavailable", what, headers={"Retry-After": str(retry_after)})


def install(app: FastAPI) -> None:
    """Every failure becomes a problem."""

    @app.exception_handler(Problem)
    async def on_problem(_request: Request, problem: Problem) -> Response:
        return problem.response()

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        errors = [FieldError(_field(each["loc"]), _words(each)) for each in error.errors()]
        detail = "; ".join(f"{each.field}: {each.detail}" for each in errors[:5])
        return Problem("parameter", detail, errors[:50]).response()

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = ", ".join(_methods(request))
            detail = f"{request.method}: not for this route, take {allowed}"
            return Problem("method-not-allowed", detail, (), {"Allow": allowed}).response()
        if error.status_code == HTTPStatus.BAD_REQUEST:
            return Problem("malformed", "the body is not JSON in UTF-8, send one JSON object").response()
        return Problem("not-found", "no such route, see /api/openapi.json").response()

    @app.exception_handler(ClientDisconnect)
    async def on_gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Problem("malformed", "the connection ended before the body").response()

    @app.exception_handler(Overloaded)
    async def on_overload(_request: Request, _error: Overloaded) -> Response:
        return unavailable("too many queries at once, or one that takes too long; ask for less, or later").response()

    @app.exception_handler(KafkaError)
    @app.exception_handler(RedisError)
    async def on_no_answer(request: Request, error: Exception) -> Response:
        log.warning("%s %s: %r", request.method, request.scope["route"].path, error)
        silent = "Kafka" if isinstance(error, KafkaError) else "Valkey or Redis"
        return unavailable(f"{silent} doesn't answer; try again", 5).response()

    @app.exception_handler(Exception)
    async def on_fault(_request: Request, _error: Exception) -> Response:
        return Problem("internal", "the server's log says more").response()


def _field(location: Sequence[int | str]) -> str:
    """`query.status.0` is the parameter `status`."""
    names = [str(part) for part in location if part not in ("query", "path", "header", "body")]
    return names[0] if names else "value"


def _words(error: Mapping[str, Any]) -> str:
    """The value, then what it should be. Bodies and headers may hold secrets: theirs is not shown."""
    if error["type"] in _SAID:
        return _SAID[error["type"]]
    words = str(error["msg"]).removeprefix("Value error, ")
    words = f"{words[:1].lower()}{words[1:]}"
    return f"{shown(error['input'])}, {words}" if error["loc"][0] in ("query", "path") else words


_SAID: Final[Mapping[str, str]] = {"missing": "missing, it is required", "extra_forbidden": UNKNOWN}


def _methods(request: Request) -> list[str]:
    """What the address can be asked for."""
    routes = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for route in routes for method in getattr(route, "methods", ())})
