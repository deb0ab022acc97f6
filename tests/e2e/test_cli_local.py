"""Everything on one machine: what dies is started again, what is stopped leaves nothing, the demo shows it all."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service_goals.embedded.claims import free_port
from tests.e2e.cli_kit import Cli, alive, descendants, listening, until


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """With ports of its own."""
    redis = f"redis://localhost:{free_port()}/0"
    return Cli(tmp_path, broker=f"localhost:{free_port()}", redis=redis, partitions=2, session_timeout=6)


@pytest.fixture
def system(cli: Cli) -> Iterator[subprocess.Popen[str]]:
    """`up` with one worker, ready."""
    up = cli.start("up", "--data-dir", "data")
    assert up.stdout is not None
    assert up.stdout.readline().startswith("ready 127.0.0.1:"), cli.errors("up")
    yield up
    up.kill()
    up.wait()


def started_by(pid: int, mark: bytes) -> int:
    """The one process that it has started with this in its command line."""
    (found,) = [each for each in descendants(pid) if mark in Path(f"/proc/{each}/cmdline").read_bytes()]
    return found


def test_a_worker_that_dies_is_started_again_and_goes_on(cli: Cli, system: subprocess.Popen[str]) -> None:
    cli.done("account", "set", "time_zone=Europe/Oslo")
    os.kill(started_by(system.pid, b"\0worker\0"), signal.SIGKILL)
    assert cli.json("account", "set", "week_start=sunday")["time_zone"] == "Europe/Oslo"
    assert "worker 1 was ended by signal 9, starts again in 1 s" in cli.errors("up")


def test_a_kafka_that_dies_is_started_again_and_the_worker_goes_on(cli: Cli, system: subprocess.Popen[str]) -> None:
    cli.done("account", "set", "time_zone=Europe/Oslo")
    os.kill(started_by(system.pid, b"kafka.Kafka"), signal.SIGKILL)
    until(lambda: cli.run("account", "show").returncode == 0, "Kafka is back")
    assert cli.json("account", "set", "week_start=sunday")["time_zone"] == "Europe/Oslo"
    assert "starting Kafka again: Kafka has stopped" in cli.errors("up")


def test_stopped_by_sigterm_it_keeps_the_data_and_leaves_no_process(cli: Cli, system: subprocess.Popen[str]) -> None:
    cli.done("account", "set", "time_zone=Europe/Oslo")
    started = descendants(system.pid)
    system.terminate()
    assert system.wait(60) == 0
    assert alive(started) == set()
    again = cli.start("up", "--data-dir", "data")
    assert again.stdout is not None
    assert again.stdout.readline().startswith("ready ")
    assert cli.json("account", "show")["time_zone"] == "Europe/Oslo"
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0


def test_nothing_listens_beyond_this_machine(cli: Cli) -> None:
    web = free_port()
    cli.environment["SERVICE_GOALS_WORKER_WEB_PORT"] = str(web)
    up = cli.start("up", "--data-dir", "data")
    assert up.stdout is not None
    try:
        up.stdout.readline()
        until(
            lambda: any(each.endswith(f":{web}") for each in listening(descendants(up.pid))),
            "the worker's pages are up",
        )
        sockets = listening(descendants(up.pid) | {up.pid})
        assert len(sockets) >= len(("Kafka", "its controller", "Valkey", "the worker's pages"))
        assert {each.rpartition(":")[0] for each in sockets} <= {"127.0.0.1", "::1"}, sockets
    finally:
        up.terminate()
        up.wait(60)


def test_killed_it_leaves_no_process(system: subprocess.Popen[str]) -> None:
    started = descendants(system.pid)
    assert len(started) >= 3
    system.kill()
    system.wait()
    until(lambda: not alive(started), "everything has ended")


def test_a_second_system_on_the_same_data_is_refused(cli: Cli, system: subprocess.Popen[str]) -> None:
    other = Cli(cli.directory, broker=f"localhost:{free_port()}", redis=f"redis://localhost:{free_port()}/0")
    lines = other.refused("up", "--data-dir", "data")
    assert lines[-1].startswith(f"error: data directory {cli.directory / 'data' / 'kafka'} is in use")


def test_the_demo_shows_every_status_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    cli = Cli(tmp_path)
    cli.environment["TMPDIR"] = str(tmp_path / "tmp")
    shown = cli.done("demo", "--headless")
    for status in ("exceeded", "achieved", "missed", "in_progress"):
        assert status in shown
    for name in ("First answer within 8 hours", "Group 70", "Resolver 201", "Category 45"):
        assert name in shown
    assert list((tmp_path / "tmp").iterdir()) == []
