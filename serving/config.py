"""What a server needs to know to run: handed in by the program, never read from the environment here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from agents.config import EngineConfig

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Names of this machine for itself."""
SPARE: Final = 1_000
"""Connections besides open streams."""
Access = Literal["open", "token"]


@dataclass(frozen=True, slots=True)
class ServingConfig:
    """A server of the API. Times are seconds."""

    engine: EngineConfig = field(default_factory=EngineConfig)
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

    @property
    def connections(self) -> int:
        """At once."""
        return self.streams + SPARE
