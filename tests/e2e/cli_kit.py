"""Running `service-goals` as people and scripts do: as a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM = [sys.executable, "-m", "service_goals"]
PATIENCE = 120.0
"""Seconds until a test gives up waiting."""


class Cli:
    """The command line with settings of its own, in a directory of its own."""

    def __init__(self, directory: Path, **settings: object) -> None:
        self.directory = directory
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SERVICE_GOALS_")}
        chosen = {f"SERVICE_GOALS_{name.upper()}": str(value) for name, value in settings.items()}
        self.environment = {**inherited, **chosen}

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.directory,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command that has to succeed; its stdout."""
        finished = self.run(*arguments, stdin=stdin)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def json(self, *arguments: str) -> Any:
        """The one JSON value that a command prints."""
        return json.loads(self.done(*arguments, "--json"))

    def refused(self, *arguments: str, status: int = 1) -> list[str]:
        """Run a command that has to fail with nothing on stdout; the lines of its stderr."""
        finished = self.run(*arguments)
        assert (finished.returncode, finished.stdout) == (status, ""), finished
        return finished.stderr.splitlines()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that runs until it is stopped; its stderr goes to `NAME.err`."""
        with (self.directory / f"{arguments[0]}.err").open("w") as errors:
            return subprocess.Popen(
                [*PROGRAM, *arguments],
                cwd=self.directory,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def errors(self, name: str) -> str:
        """What a started command has said on stderr."""
        return (self.directory / f"{name}.err").read_text()

    def file(self, name: str, content: object) -> str:
        """Write a file: text as it is, anything else as JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.directory / name).write_text(text)
        return name


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition that has to come true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    while grown := {child for child, parent in parents.items() if parent in found} - found:
        found |= grown
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie doesn't."""
    running = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            running.add(pid)
    return running
