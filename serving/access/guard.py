"""The guard: finds out who asks, and refuses what they may not do."""

import hmac
import re
import time
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from serving.access.failures import Failures
from serving.access.sessions import COOKIE, Session, Sessions
from serving.access.tokens import Role, Token, TokenFile, allows, find
from serving.config import LOOPBACK, Access
from serving.problems import Problem

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_HOST: Final = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:]+)\]|(?P<name>[^\[\]:@/]+))(?::[0-9]+)?")
"""A Host header."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    name: str
    role: Role
    csrf: str | None = None
    """Of a session: what a write must repeat."""


LOCAL: Final = Caller("local", "admin")


class Guard:
    """Open to all on a loopback address; else with tokens and sessions."""

    def __init__(self, access: Access, tokens: TokenFile, sessions: Sessions) -> None:
        self.access = access
        self._tokens, self._sessions, self._failures = tokens, sessions, Failures()

    async def admit(self, request: Request, needed: Role) -> Caller:
        """Who asks, when they may. Raises Problem."""
        caller = self._local(request) if self.access == "open" else await self._known(request)
        if not allows(caller.role, needed):
            raise Problem("forbidden", f"{caller.name}: a {caller.role} may not do this, ask for the role {needed}")
        return caller

    async def log_in(self, request: Request, secret: str) -> tuple[str, Caller]:
        """The cookie for a token. Raises Problem."""
        self._same_origin(request)
        token = self._token(request, secret)
        cookie, session = await self._sessions.begin(token)
        return cookie, Caller(token.name, token.role, session.csrf)

    async def log_out(self, request: Request) -> None:
        """End the session, if there is one."""
        if cookie := request.cookies.get(COOKIE):
            await self._sessions.end(cookie)

    def _local(self, request: Request) -> Caller:
        """A page elsewhere must not use the visitor's own machine: neither by its name for it, nor from its origin."""
        host = _HOST.fullmatch(request.headers.get("host", ""))
        if host is None or (host["v6"] or host["name"]).lower() not in LOOPBACK:
            raise Problem("forbidden", "Host: not a loopback name; use localhost or 127.0.0.1")
        if address_of(request) not in LOOPBACK:
            detail = "it came through a proxy, and here everyone may do everything; set SERVICE_GOALS_API_ACCESS=token"
            raise Problem("forbidden", f"X-Forwarded-For: {detail}")
        if request.method not in _SAFE:
            self._same_origin(request)
        return LOCAL

    async def _known(self, request: Request) -> Caller:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self._token(request, secret.strip())
            return Caller(token.name, token.role)
        if cookie := request.cookies.get(COOKIE):
            session = await self._sessions.find(cookie)
            if session is not None and (own := self._token_of(session)) is not None:
                self._check_csrf(request, session)
                return Caller(own.name, own.role, session.csrf)
        raise _unauthenticated("no token and no session; send Authorization: Bearer TOKEN, or log in")

    def _token(self, request: Request, secret: str) -> Token:
        address, now = address_of(request), time.monotonic()
        if wait := self._failures.wait(address, now):
            headers = {"Retry-After": str(int(wait) + 1)}
            raise Problem("rate", "too many failed logins from this address; come back later", headers=headers)
        token = find(self._tokens.tokens, secret)
        if token is None:
            self._failures.note(address, now)
            raise _unauthenticated("the token is not known here; make one with service-goals token create")
        return token

    def _token_of(self, session: Session) -> Token | None:
        return next((token for token in self._tokens.tokens if token.hash == session.token_hash), None)

    def _check_csrf(self, request: Request, session: Session) -> None:
        if request.method in _SAFE:
            return
        self._same_origin(request)
        if not hmac.compare_digest(request.headers.get("x-csrf-token", "").encode(), session.csrf.encode()):
            raise Problem("forbidden", "X-CSRF-Token: missing or wrong; send the csrf of GET /api/session")

    def _same_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            raise Problem("forbidden", "Origin: not this server; use its own page")


def address_of(request: Request) -> str:
    """Who is at the other end of the connection."""
    return request.client.host if request.client is not None else ""


def _unauthenticated(detail: str) -> Problem:
    return Problem("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
