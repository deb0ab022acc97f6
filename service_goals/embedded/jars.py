"""The jars of Apache Kafka: fetched once from Maven Central by jgo, verified at every start, then used offline.

`kafka-jars.txt` pins each by its SHA-256. A download that was cut short or altered is fetched again, never run.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import requests
from jgo.maven import MavenContext
from rich.console import Console
from rich.progress import Progress

from service_goals.embedded.errors import EmbeddedError

PARALLEL_DOWNLOADS = 6


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
    except requests.RequestException as error:
        raise EmbeddedError(
            f"the embedded Kafka needs the network once (45 MB, kept in {cache_dir}), then it works offline"
        ) from error
    except OSError as error:
        raise EmbeddedError(f"cache directory {cache_dir}: {error.strerror}; set SERVICE_GOALS_CACHE_DIR") from error
    return [jar.path(repository) for jar in jars]


def _missing(jars: list[Jar], repository: Path) -> list[Jar]:
    return [jar for jar in jars if not jar.is_intact(repository)]


def _download(missing: list[Jar], repository: Path, repositories: Mapping[str, str] | None) -> None:
    if not missing:
        return
    console = Console(stderr=True, highlight=False)
    console.print(
        f"Downloading Apache Kafka once ({len(missing)} files, 45 MB in all) to {repository.parent}", soft_wrap=True
    )
    with (
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
    ):
        task = progress.add_task("Apache Kafka", total=len(missing))
        for _ in pool.map(lambda jar: _fetch(jar, repository, repositories), missing):
            progress.advance(task)


def _fetch(jar: Jar, repository: Path, repositories: Mapping[str, str] | None) -> None:
    """Download beside the place and move it in when verified: no reader ever sees half a jar."""
    staging = repository.parent / "partial" / jar.artifact
    shutil.rmtree(staging, ignore_errors=True)
    context = MavenContext(repo_cache=staging, remote_repos=dict(repositories) if repositories else None)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        component.artifact().resolve()
    except RuntimeError as error:
        raise EmbeddedError(f"{jar.artifact} {jar.version} is not to be had from Maven Central: try again") from error
    if not jar.is_intact(staging):
        raise EmbeddedError(f"{jar.artifact} {jar.version}: the download is not the pinned file: try again")
    place = jar.path(repository)
    place.parent.mkdir(parents=True, exist_ok=True)
    jar.path(staging).replace(place)
    shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
