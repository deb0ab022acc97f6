"""What the shell needs to know to run: handed in by the program, never read from the environment here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

Compression = Literal["none", "gzip", "snappy", "lz4", "zstd"]
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class Address(NamedTuple):
    """Where to listen; port 0 picks a free one."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """How Kafka is spoken to, and as whom; the files are PEM. The password is shown nowhere."""

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @property
    def tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.protocol in {"SSL", "SASL_SSL"}


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How a worker reaches Kafka, and how it runs.

    Times are seconds. `partitions` is used only for topics that the worker creates. Tables lie in memory, or in
    `tables_dir` with `tables_cache` MiB of memory for all of them.
    """

    broker: str = "localhost:9092"
    namespace: str = ""
    partitions: int = 8
    replication: int = 1
    session_timeout: float = 8.0
    heartbeat_interval: float = 1.0
    max_run_records: int = 10_000
    publish_interval: float = 1.0
    purge_interval: float = 300.0
    reject_ceiling: float = 99.0
    reject_sample: int = 10_000
    compression: Compression = "snappy"
    tables_dir: Path | None = None
    tables_cache: int = 64
    web_port: int | None = None
    security: KafkaSecurity = KafkaSecurity()

    @property
    def prefix(self) -> str:
        """What stands before every topic, group and transactional id."""
        return f"{self.namespace}." if self.namespace else ""

    @property
    def group(self) -> str:
        """The consumer group of all workers; also Faust's application id."""
        return f"{self.prefix}service-goals"

    def topic(self, name: str) -> str:
        """The topic's name on the broker."""
        return self.prefix + name

    def transactional_id(self, stage: str, partition: int) -> str:
        """One id for each partition of each stage, so that a new owner fences the former (docs/decisions/0003)."""
        return f"{self.prefix}{stage}-{partition}"

    def changelog(self, table: str) -> str:
        """The changelog topic of a table, on the broker."""
        return f"{self.prefix}{table}-changelog"

    def compression_type(self) -> str | None:
        """As aiokafka names it."""
        return None if self.compression == "none" else self.compression
