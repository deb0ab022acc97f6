"""The one place where clients of Valkey or Redis are made, so that TLS and a password reach every one of them."""

from typing import Any, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from serving.config import RedisConfig

Client: TypeAlias = Redis
"""Answers in bytes."""
_RETRIES = 3


def connect(config: RedisConfig) -> Client:
    """A client; it connects when it is first used. Raises ValueError for a URL that it doesn't know."""
    arguments: dict[str, Any] = {"retry": Retry(ExponentialBackoff(cap=1.0, base=0.05), _RETRIES)}
    if config.password is not None:
        arguments["password"] = config.password
    if config.url.startswith("rediss:"):
        files = {
            "ssl_ca_certs": config.ca_file,
            "ssl_certfile": config.certificate_file,
            "ssl_keyfile": config.key_file,
        }
        arguments |= {name: str(path) for name, path in files.items() if path is not None}
    return Redis.from_url(config.url, **arguments)
