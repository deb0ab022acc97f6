"""Fetching the jars of Apache Kafka from Maven Central, side by side."""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests
from jgo.maven import MavenContext
from rich.console import Console
from rich.progress import Progress

from service_goals.embedded.errors import EmbeddedError
from service_goals.embedded.jars import Jar

PARALLEL_DOWNLOADS = 6


def download(missing: list[Jar], repository: Path, repositories: Mapping[str, str] | None) -> None:
    """Fetch the jars into `repository`; progress goes to stderr. `repositories`: name → URL, else Maven Central.

    Raises EmbeddedError when there is no network, or not the pinned file; OSError when they can't be stored.
    """
    console = Console(stderr=True, highlight=False)
    console.print(
        f"Downloading Apache Kafka once ({len(missing)} files, 45 MB in all) to {repository.parent}", soft_wrap=True
    )
    with (
        Progress(console=console, transient=True, disable=not console.is_terminal) as progress,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
    ):
        task = progress.add_task("Apache Kafka", total=len(missing))
        try:
            for _ in pool.map(lambda jar: _fetch(jar, repository, repositories), missing):
                progress.advance(task)
        except requests.RequestException as error:
            raise EmbeddedError(
                f"the embedded Kafka needs the network once (45 MB, kept in {repository.parent}), then it works offline"
            ) from error


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
