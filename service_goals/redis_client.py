"""The one place where clients of Redis (or Valkey) are made, so that TLS and a password reach every one of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError

from service_goals.errors import CommandError
from service_goals.security_settings import PREFIX, SecuritySettings


@asynccontextmanager
async def redis_client(settings: SecuritySettings) -> AsyncIterator[Redis]:
    """A client that has been let in. CommandError: it wasn't, and why."""
    client = Redis.from_url(settings.redis, **_arguments(settings))
    try:
        try:
            await client.ping()
        except (RedisError, OSError) as error:
            raise CommandError(_refusal(settings, error)) from None
        yield client
    finally:
        await client.aclose()


def _arguments(settings: SecuritySettings) -> dict[str, Any]:
    files = {
        "ssl_ca_certs": settings.redis_ca_file,
        "ssl_certfile": settings.redis_certificate_file,
        "ssl_keyfile": settings.redis_key_file or settings.redis_certificate_file,
    }
    arguments: dict[str, Any] = {name: str(file) for name, file in files.items() if file is not None}
    if (password := settings.secret("redis_password")) is not None:
        arguments["password"] = password
    return arguments


def _refusal(settings: SecuritySettings, error: Exception) -> str:
    parts = urlsplit(settings.redis)
    server = parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
    if isinstance(error, AuthenticationError | AuthorizationError):
        return f"{PREFIX}REDIS_PASSWORD: {server} refuses it; set user and password as the server knows them"
    if "certificate" in str(error).lower():
        file = settings.redis_ca_file or ""
        return (
            f"{PREFIX}REDIS_CA_FILE={file}: the certificate of {server} is not trusted; name the file of the authority "
            "that signed it, and the host as the certificate does"
        )
    return (
        f"{PREFIX}REDIS={parts.scheme}://{server}: no Redis answers there ({type(error).__name__}); "
        "start one (service-goals up), or see whether it speaks TLS (rediss://)"
    )
