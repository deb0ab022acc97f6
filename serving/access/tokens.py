"""Tokens in a file, hashed: who reads it can't use them. They are 256 random bits, so one SHA-256 is enough."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

Role = Literal["viewer", "manager", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Each may do what those before it may."""

_PREFIX: Final = "sg_"
"""So that whoever finds one knows what it is."""
_BYTES: Final = 32


class Token(msgspec.Struct, frozen=True):
    """What is kept of a token."""

    name: str
    role: Role
    hash: str
    """SHA-256, hexadecimal."""
    created_at: str


class TokensError(Exception):
    """The file of tokens can't be used; one line with the remedy."""


_TOKENS: Final = msgspec.json.Decoder(list[Token])


def allows(role: Role, needed: Role) -> bool:
    """Does the role include the other?"""
    return ROLES.index(role) >= ROLES.index(needed)


def digest(secret: str) -> str:
    """By which a token or a session is known."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(tokens: Iterable[Token], secret: str) -> Token | None:
    """The token that this is; compares with every one, so that the time taken tells nothing."""
    given, found = digest(secret), None
    for token in tokens:
        if hmac.compare_digest(token.hash, given):
            found = token
    return found


class TokenFile:
    """The tokens; read anew when the file has changed, so that a revoked one is of no use at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    @property
    def tokens(self) -> tuple[Token, ...]:
        """All of them. TokensError: the file is damaged or can't be read."""
        try:
            stat = self._path.stat()
            at = stat.st_mtime_ns, stat.st_ino
            if at != self._read_at:
                self._tokens, self._read_at = tuple(_TOKENS.decode(self._path.read_bytes())), at
        except FileNotFoundError:
            self._tokens, self._read_at = (), None
        except (OSError, msgspec.DecodeError) as error:
            raise TokensError(f"{self._path}: can't be read as tokens ({error}); mend or delete it") from None
        return self._tokens

    def create(self, name: str, role: Role, created_at: str) -> str:
        """A new token, which nobody can read again. TokensError: the name is taken."""
        if any(token.name == name for token in self.tokens):
            raise TokensError(f"{name}: there is such a token, revoke it first or take another name")
        secret = _PREFIX + secrets.token_urlsafe(_BYTES)
        self._write([*self.tokens, Token(name, role, digest(secret), created_at)])
        return secret

    def revoke(self, name: str) -> None:
        """It is of no use any more. TokensError: there is none of this name."""
        left = [token for token in self.tokens if token.name != name]
        if len(left) == len(self.tokens):
            raise TokensError(f"{name}: no such token, see service-goals token list")
        self._write(left)

    def _write(self, tokens: list[Token]) -> None:
        """Whole or not at all, for this user's eyes only."""
        new = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(tokens), indent=2))
            new.replace(self._path)
        except OSError as error:
            raise TokensError(f"{self._path}: can't be written ({error.strerror}); set its directory right") from None
