"""The settings of the API: where it listens, who may ask, how much."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings

from service_goals.security_settings import AbsolutePath

Access = Annotated[Literal["open", "token"], BeforeValidator(str.lower)]


class ApiSettings(BaseSettings):
    """The part of the settings that `service-goals api` needs beyond the others'. Times are seconds."""

    api_host: str = Field(
        "127.0.0.1",
        title="a host name or address of this machine",
        description="where the API listens; beyond this machine only with a token",
        min_length=1,
    )
    api_port: int = Field(8080, title="a port from 1 to 65535", description="where the API listens", ge=1, le=65_535)
    api_access: Access = Field(
        "open",
        title="open or token",
        description="whether a token is demanded on a loopback address too: behind a proxy it must be",
    )
    api_tokens_file: AbsolutePath | None = Field(
        None, title="a file", description="the API's tokens, hashed; without: api-tokens.json in the data directory"
    )
    api_max_body: int = Field(
        4_000_000,
        title="a whole number from 1000 to 4000000",
        description="the most bytes of a request's body",
        ge=1_000,
        le=4_000_000,
    )
    api_streams: int = Field(
        1_000,
        title="a whole number from 1 to 100000",
        description="the most live streams that a server has open at once",
        ge=1,
        le=100_000,
    )
    api_wait: float = Field(
        10.0,
        title="seconds from 0 to 60",
        description="how long a write waits for its verdict before it answers 202",
        ge=0,
        le=60,
    )
    api_tickets: bool = Field(
        True,
        title="true or false",
        description="whether a server keeps the tickets behind the numbers at hand, for days, tickets and their CSV",
    )
