"""The jars of Apache Kafka: fetched once from Maven Central by jgo, verified at every start, then used offline.

`kafka-jars.txt` pins each by its SHA-256. A download that was cut short or altered is fetched again, never run.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from service_goals.embedded.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned Maven artifact."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where a Maven repository keeps it."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"

    def is_intact(self, repository: Path) -> bool:
        """Whether the repository holds exactly the pinned bytes."""
        try:
            return hashlib.sha256(self.path(repository).read_bytes()).hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def default_cache_dir() -> Path:
    """Where downloads are kept when nothing else is set."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "service-goals"


def pinned_jars() -> list[Jar]:
    """The jars of the embedded Kafka, in class path order."""
    text = files("service_goals.embedded").joinpath("kafka-jars.txt").read_text("utf-8")
    return [_parsed(line) for line in text.splitlines() if not line.startswith("#")]


def _parsed(line: str) -> Jar:
    coordinate, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256)


def kafka_class_path(cache_dir: Path, repositories: Mapping[str, str] | None = None) -> list[Path]:
    """Paths of all jars under `cache_dir`, downloaded when missing; progress goes to stderr.

    `repositories`: name → URL, Maven Central when not given. Several processes may call it at once: one downloads.
    Raises EmbeddedError when the jars can't be had.
    """
    repository = cache_dir / "maven"
    jars = pinned_jars()
    try:
        if _missing(jars, repository):
            with _locked(cache_dir / "download.lock"):
                _download(_missing(jars, repository), repository, repositories)
    except OSError as error:
        raise EmbeddedError(f"cache directory {cache_dir}: {error.strerror}; set SERVICE_GOALS_CACHE_DIR") from error
    return [jar.path(repository) for jar in jars]


def _missing(jars: list[Jar], repository: Path) -> list[Jar]:
    return [jar for jar in jars if not jar.is_intact(repository)]


def _download(missing: list[Jar], repository: Path, repositories: Mapping[str, str] | None) -> None:
    if missing:
        from service_goals.embedded.download import download  # here: jgo takes long to load, and is needed once

        download(missing, repository, repositories)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
