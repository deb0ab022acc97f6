"""What the local system takes from the settings, and hands on to its workers."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.config import KafkaSecurity
from service_goals.errors import CommandError
from service_goals.settings import PREFIX, Settings, load_settings
from service_goals.system import LocalSystem, exported, local_ports, watched_apart


@pytest.fixture(autouse=True)
def only_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(PREFIX + field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_process_with_the_exported_settings_has_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_GOALS_PARTITIONS", "3")
    monkeypatch.setenv("SERVICE_GOALS_HEARTBEAT", "0.5")
    before = load_settings()
    for name, value in exported(before).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == before


@pytest.mark.parametrize(("port", "second_workers"), [(9100, 9102), (0, 0), ("off", "off")])
def test_workers_are_watched_at_ports_of_their_own(port: int | str, second_workers: int | str) -> None:
    settings = load_settings().model_copy(update={"monitor_port": port})
    assert watched_apart(settings, 2).monitor_port == second_workers


def test_ports_that_are_set_are_kept(monkeypatch: pytest.MonkeyPatch, taken_port: int) -> None:
    monkeypatch.setenv("SERVICE_GOALS_BROKER", f"localhost:{taken_port}")
    monkeypatch.setenv("SERVICE_GOALS_REDIS", "redis://127.0.0.1:7000/0")
    assert local_ports(load_settings()) == (taken_port, 7000)


def test_a_usual_port_that_is_taken_gives_way_to_a_free_one(taken_port: int) -> None:
    usual = Settings.model_construct(broker=f"localhost:{taken_port}", _fields_set=set())
    assert local_ports(usual)[0] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERVICE_GOALS_BROKER", "kafka.example:9092"),
        ("SERVICE_GOALS_BROKER", "localhost:9092,localhost:9093"),
        ("SERVICE_GOALS_REDIS", "redis://cache.example:6379/0"),
        ("SERVICE_GOALS_REDIS", "unix:///run/valkey.sock"),
    ],
)
def test_services_elsewhere_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CommandError, match=name):
        local_ports(load_settings())


def test_security_that_the_local_services_do_not_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL", "SSL")
    with pytest.raises(CommandError, match=r"^SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL=SSL: what runs on this machine"):
        local_ports(load_settings())


def test_a_local_system_hands_on_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_USERNAME": "goals"}
    for name, value in {**given, "KAFKA_PASSWORD": "hunter2", "REDIS": "rediss://:hunter3@localhost:6379/0"}.items():
        monkeypatch.setenv(PREFIX + name, value)
    handed_on = exported(LocalSystem(load_settings(), tmp_path, 1).settings)
    for name, value in handed_on.items():
        monkeypatch.setenv(name, value)
    assert load_settings().engine().security == KafkaSecurity()
    assert "hunter" not in " ".join(handed_on.values())


def test_tables_on_disk_lie_among_the_data_of_the_local_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SERVICE_GOALS_TABLES", "rocksdb")
    assert LocalSystem(load_settings(), tmp_path, 1).of_workers.engine().tables_dir == tmp_path / "tables"
