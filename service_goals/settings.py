"""The settings of every command (SPEC 8): environment variables, behind them a `.env` file; refused when wrong."""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from agents.config import Address, Compression, EngineConfig
from service_goals.api_settings import ApiSettings
from service_goals.embedded.jars import default_cache_dir
from service_goals.security_settings import PREFIX as PREFIX
from service_goals.security_settings import AbsolutePath, SecuritySettings

_SERVER = r"(\[[0-9A-Fa-f:]+\]|[^\s,:\[\]/]+):\d{1,5}"
_BROKER = rf"^{_SERVER}(,{_SERVER})*$"
_NAMESPACE = r"^[A-Za-z0-9._-]{0,100}$"

LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)]
Port = Annotated[int, Field(ge=0, le=65_535)]


class SettingsError(Exception):
    """A setting is wrong; the text is one line with its name, its value and the remedy."""


def default_data_dir() -> Path:
    """The same from whichever directory the program is started."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "service-goals"


class Settings(ApiSettings, SecuritySettings):
    """Everything that can be set. Each description says what for; each title what is accepted. Times are seconds."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", extra="ignore")

    broker: str = Field(
        "localhost:9092",
        title="HOST:PORT, several separated by commas",
        description="Kafka's bootstrap servers",
        pattern=_BROKER,
    )
    namespace: str = Field(
        "",
        title="at most 100 of A-Z a-z 0-9 . _ -",
        description="put before every topic, group and key: several systems can share one Kafka",
        pattern=_NAMESPACE,
    )
    partitions: int = Field(
        8,
        title="a whole number from 1 to 1000",
        description="of the topics that are created: the most workers that can share the work",
        ge=1,
        le=1000,
    )
    replication: int = Field(
        1,
        title="a whole number from 1 to 32",
        description="copies of each topic that is created: not more than there are brokers",
        ge=1,
        le=32,
    )
    data_dir: AbsolutePath = Field(
        default_factory=default_data_dir, title="a directory", description="the data of the embedded services"
    )
    cache_dir: AbsolutePath = Field(
        default_factory=default_cache_dir, title="a directory", description="what the embedded services download once"
    )
    log_level: LogLevel = Field(
        "info", title="debug, info, warning or error", description="how much a worker and the API tell"
    )
    session_timeout: float = Field(
        8.0,
        title="seconds from 1 to 300, at least three times SERVICE_GOALS_HEARTBEAT",
        description="after so long without a heartbeat a worker's partitions go to the others",
        ge=1,
        le=300,
    )
    heartbeat: float = Field(
        1.0,
        title="seconds from 0.1 to 100, at most a third of SERVICE_GOALS_SESSION_TIMEOUT",
        description="how often a worker says that it is alive",
        ge=0.1,
        le=100,
    )
    max_run_records: int = Field(
        10_000,
        title="a whole number from 1 to 100000",
        description="the most records of one partition in one transaction",
        ge=1,
        le=100_000,
    )
    publish_interval: float = Field(
        1.0,
        title="seconds from 0 to 60",
        description="the least time between two live statuses of one goal",
        ge=0,
        le=60,
    )
    purge_interval: float = Field(
        300.0,
        title="seconds from 1 to 86400",
        description="what the stages tell each other is deleted once it was worked off so long ago",
        ge=1,
        le=86_400,
    )
    reject_ceiling: float = Field(
        99.0,
        title="percent from 1 to 100, where 100 never stops",
        description="when more than this share of the latest ticket events is rejected, the worker stops",
        ge=1,
        le=100,
    )
    reject_sample: int = Field(
        10_000,
        title="a whole number from 100 to 1000000",
        description="events seen before a worker stops for that; the share is of the latest ten times as many",
        ge=100,
        le=1_000_000,
    )
    compression: Compression = Field(
        "snappy", title="none, gzip, snappy, lz4 or zstd", description="of what is written to Kafka"
    )
    tables: Literal["memory", "rocksdb"] = Field(
        "memory",
        title="memory or rocksdb",
        description="where a worker keeps rows: in memory, or on disk (RocksDB) under SERVICE_GOALS_DATA_DIR",
    )
    tables_cache: int = Field(
        64,
        title="MiB from 8 to 65536",
        description="of a worker's memory, for what RocksDB has read and is to write, of all partitions together",
        ge=8,
        le=65_536,
    )
    worker_web_port: int | None = Field(
        None,
        title="a port from 1 to 65535, or nothing for none",
        description="where a worker serves Faust's own pages",
        ge=1,
        le=65_535,
    )

    monitor_port: Port | Literal["off"] = Field(
        0,
        title="a port from 0 to 65535, where 0 is any free one, or off",
        description="where a worker or a broker answers /healthz and /metrics",
    )
    monitor_host: str = Field(
        "127.0.0.1",
        title="an address of this machine to listen on",
        description="where it listens for them: whoever reaches it may ask, so beyond loopback only behind a firewall",
        pattern=r"^[0-9A-Za-z.:_-]+$",
    )

    @model_validator(mode="after")
    def _heartbeats_fit_the_session(self) -> Self:
        if 3 * self.heartbeat > self.session_timeout:
            allowed = type(self).model_fields["heartbeat"].title
            raise ValueError(f"{PREFIX}HEARTBEAT={self.heartbeat:g}: set {allowed} ({self.session_timeout:g})")
        return self

    def monitor(self) -> Address | None:
        """Where to answer `/healthz` and `/metrics`; None: nowhere."""
        return None if self.monitor_port == "off" else Address(self.monitor_host, self.monitor_port)

    def engine(self) -> EngineConfig:
        """What a worker needs of it."""
        return EngineConfig(
            broker=self.broker,
            namespace=self.namespace,
            partitions=self.partitions,
            replication=self.replication,
            session_timeout=self.session_timeout,
            heartbeat_interval=self.heartbeat,
            max_run_records=self.max_run_records,
            publish_interval=self.publish_interval,
            purge_interval=self.purge_interval,
            reject_ceiling=self.reject_ceiling,
            reject_sample=self.reject_sample,
            compression=self.compression,
            tables_dir=self.data_dir / "tables" if self.tables == "rocksdb" else None,
            tables_cache=self.tables_cache,
            web_port=self.worker_web_port,
            security=self.kafka_security(),
        )


def load_settings(env_file: Path = Path(".env")) -> Settings:
    """The settings of this process. Raises SettingsError."""
    try:
        in_file = dotenv_values(env_file, encoding="utf-8") if env_file.is_file() else {}
        _refuse_unknown([*os.environ, *in_file])
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # mypy sees only the fields
    except ValidationError as error:
        raise SettingsError(_first_refusal(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{env_file}: can't be read as text ({error})") from error


def _refuse_unknown(names: list[str]) -> None:
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    for name in names:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.0)[0]
            raise SettingsError(f"{name}: no such setting; the nearest is {nearest}")


def _first_refusal(error: ValidationError) -> str:
    """The first thing wrong, as NAME=VALUE and what is accepted."""
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return str(first["ctx"]["error"])
    field = str(first["loc"][0])
    value = str(first["input"])
    return f"{PREFIX}{field.upper()}={_without_secrets(field, value)}: set {Settings.model_fields[field].title}"


def _without_secrets(field: str, value: str) -> str:
    """A value that can be shown. A URL goes without user, password and query: redis takes a password in either."""
    if field not in {"broker", "redis"}:
        return "***" if field.endswith("password") else value
    return re.sub(r"^([a-z_+]+://)?.*@", r"\1***@", value.partition("?")[0])
