"""Running `service-goals` as people and scripts do: as a process of its own."""

import contextlib
import ipaddress
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service_goals.embedded.process import tied

PROGRAM = [sys.executable, "-m", "service_goals"]
PATIENCE = 120.0
"""Seconds until a test gives up waiting."""
LISTENS = "0A"
"""The state of a socket, as Linux tells it."""


class Cli:
    """The command line with settings of its own, in a directory of its own."""

    def __init__(self, directory: Path, **settings: object) -> None:
        self.directory = directory
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SERVICE_GOALS_")}
        chosen = {f"SERVICE_GOALS_{name.upper()}": str(value) for name, value in settings.items()}
        self.environment = {**inherited, **chosen}

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; one that doesn't come to it is shown with all it said."""
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.directory,
            env=self.environment | {"PYTHONFAULTHANDLER": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            said, errors = process.communicate(stdin, PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            said, errors = process.communicate()
            raise AssertionError(f"{arguments} goes on after {PATIENCE} s\n{said}{errors}") from None
        return subprocess.CompletedProcess(process.args, process.returncode, said, errors)

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
                tied([*PROGRAM, *arguments]),
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


def listening(pids: set[int]) -> set[str]:
    """Where these processes listen, as `address:port`; an IPv4 address in IPv6's clothes as the former."""
    inodes = {link.rpartition("[")[2].rstrip("]") for pid in pids for link in _open_files(pid) if link[:6] == "socket"}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and fields[9] in inodes:
                words, port = fields[1].split(":")
                found.add(f"{_address(words)}:{int(port, 16)}")
    return found


def _open_files(pid: int) -> set[str]:
    found = set()
    for file in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):  # it has closed it, or ended, meanwhile
            found.add(os.readlink(file))
    return found


def _address(words: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """As the kernel prints it: words of 32 bits in the machine's order of bytes."""
    parts = (int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8))
    address = ipaddress.ip_address(b"".join(parts))
    return getattr(address, "ipv4_mapped", None) or address


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
