"""What a server needs to know to run: handed in by the program, never read from the environment here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agents.config import EngineConfig

Access = Literal["open", "token"]


@dataclass(frozen=True, slots=True)
class RedisConfig:
    """How the Valkey or Redis is reached; the files are PEM. URL and password are shown nowhere."""

    url: str = field(default="redis://localhost:6379/0", repr=False)
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class ServingConfig:
    """A server of the API. Times are seconds."""

    engine: EngineConfig = field(default_factory=EngineConfig)
    redis: RedisConfig = field(default_factory=RedisConfig)
    host: str = "127.0.0.1"
    port: int = 8080
    access: Access = "open"
    """`open`: whoever reaches the server may do everything; for a loopback address only."""
    tokens_file: Path = Path("api-tokens.json")
    max_body: int = 4_000_000
    """Bytes."""
    streams: int = 1_000
    wait: float = 10.0
    """How long a write waits for its verdict."""
    tickets: bool = True
    """Keep the tickets behind the numbers at hand."""
