"""The embedded Valkey, and what both embedded services share: how they start, end, and say what is wrong."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis

from service_goals.embedded import EmbeddedError, EmbeddedValkey

PARENT = """
import pathlib, sys, time
from service_goals.embedded import EmbeddedValkey
server = EmbeddedValkey(pathlib.Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


def wait_until_gone(pid: int, patience: float = 10.0) -> None:
    """Return when no process has that id; fail when there still is one after `patience` seconds."""
    deadline = time.monotonic() + patience
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def client(server: EmbeddedValkey) -> redis.Redis:
    """A client of the server."""
    return redis.Redis.from_url(server.url)


def test_it_answers_when_started_and_leaves_no_process_when_stopped(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        pid = server.pid
        assert pid is not None
        assert client(server).ping()
    assert not Path(f"/proc/{pid}").exists()


def test_with_a_data_directory_data_survive_a_stop_and_a_crash(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    with server:
        client(server).set("told", "before the stop")
    with server:
        assert client(server).get("told") == b"before the stop"
        client(server).set("told", "before the crash")
        server.kill()
        server.start()
        assert client(server).get("told") == b"before the crash"


def test_without_a_data_directory_nothing_is_left_behind() -> None:
    server = EmbeddedValkey()
    with server:
        client(server).set("a", "b")
    with server:
        assert client(server).get("a") is None


def test_the_port_stays_the_same_through_restarts(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    first = server.start()
    server.kill()
    second = server.start()
    server.stop()
    assert first == second


def test_a_port_in_use_is_named_in_one_line(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path / "a") as server:
        port = int(server.address.partition(":")[2])
        other = EmbeddedValkey(tmp_path / "b", port)
        with pytest.raises(EmbeddedError) as refusal:
            other.start()
    assert str(refusal.value) == f"port {port} for Valkey: Address already in use; choose another port"


def test_a_data_directory_in_use_is_named_with_the_process_that_uses_it(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server, pytest.raises(EmbeddedError) as refusal:
        EmbeddedValkey(tmp_path).start()
    assert str(refusal.value).startswith(f"data directory {tmp_path} is in use by another Valkey (process ")
    assert server.pid is None


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match=r"data directory .*file/data: Not a directory"):
        EmbeddedValkey(tmp_path / "file" / "data").start()


def test_data_that_cannot_be_read_are_told_in_one_line(tmp_path: Path) -> None:
    manifest = tmp_path / "appendonlydir" / "appendonly.aof.manifest"
    manifest.parent.mkdir()
    manifest.write_text("garbage")
    with pytest.raises(EmbeddedError, match=r"Valkey has stopped: .*manifest") as refusal:
        EmbeddedValkey(tmp_path).start()
    assert "\n" not in str(refusal.value)


def test_an_end_from_outside_is_noticed_and_a_new_start_works(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.start()
    assert server.failure() is None
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.failure() is None:
        time.sleep(0.01)
    assert str(server.failure()).startswith("Valkey has stopped: it was killed from outside")
    server.start()
    assert client(server).ping()
    server.stop()
    assert server.failure() is None


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_it_dies_with_its_parent_and_the_next_start_has_the_directory(tmp_path: Path, ending: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(ending)
    with EmbeddedValkey(tmp_path) as server:
        assert client(server).ping()
    parent.wait()
    parent.stdout.close()
    wait_until_gone(pid)


def test_it_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    assert client(server).ping()
    assert server.failure() is None
    server.stop()


def test_a_keyboard_interrupt_at_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        assert server.pid is not None
        assert os.getpgid(server.pid) != os.getpgid(0)
