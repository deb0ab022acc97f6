"""Sessions of the page: a cookie instead of the token, valid on any server, gone when the token is revoked."""

import secrets
from typing import Any, Final

import msgspec
from redis.asyncio import Redis

from serving.access.tokens import Token, digest
from serving.read_model.keys import Keys

COOKIE: Final = "service_goals_session"
LIFE: Final = 12 * 3600
"""Seconds since the login."""
_BYTES: Final = 32


class Session(msgspec.Struct, frozen=True):
    """Who has logged in; kept under the hash of the cookie."""

    token_hash: str
    csrf: str
    """What every request that changes something must repeat: another site can't know it."""


_SESSIONS: Final = msgspec.json.Decoder(Session)


class Sessions:
    """In Valkey, each with an end."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client: Any = client
        self._keys = keys

    async def begin(self, token: Token) -> tuple[str, Session]:
        """The cookie's value, and the session."""
        cookie, session = secrets.token_urlsafe(_BYTES), Session(token.hash, secrets.token_urlsafe(_BYTES))
        await self._client.set(self._keys.session(digest(cookie)), msgspec.json.encode(session), ex=LIFE)
        return cookie, session

    async def find(self, cookie: str) -> Session | None:
        """The session of a cookie, while it lives."""
        stored = await self._client.get(self._keys.session(digest(cookie)))
        return _SESSIONS.decode(stored) if stored is not None else None

    async def end(self, cookie: str) -> None:
        """Log out."""
        await self._client.delete(self._keys.session(digest(cookie)))
