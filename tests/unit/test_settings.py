"""Settings come from the environment and a `.env` file; a wrong one is refused with its name, value and remedy."""

from pathlib import Path

import pytest

from agents.config import EngineConfig
from service_goals.settings import PREFIX, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def only_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from outside, neither from the environment nor from a file in the current directory."""
    for field in Settings.model_fields:
        monkeypatch.delenv(PREFIX + field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_everything_is_on_this_machine() -> None:
    settings = load_settings()
    assert (settings.broker, settings.namespace, settings.partitions) == ("localhost:9092", "", 8)


def test_the_engine_defaults_agree_with_the_settings_defaults() -> None:
    assert load_settings().engine() == EngineConfig()


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SERVICE_GOALS_PARTITIONS=3\nSERVICE_GOALS_NAMESPACE=file\nOTHER=ignored\n")
    monkeypatch.setenv("SERVICE_GOALS_NAMESPACE", "environment")
    settings = load_settings()
    assert (settings.partitions, settings.namespace) == (3, "environment")


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_GOALS_PARTITIONS", "")
    assert load_settings().partitions == 8


def test_a_home_directory_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SERVICE_GOALS_DATA_DIR", "~/data")
    assert load_settings().data_dir == tmp_path / "data"


@pytest.mark.parametrize("value", ["localhost:9092", "a.example:9092,b.example:9093", "[::1]:9092"])
def test_bootstrap_servers_are_accepted(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SERVICE_GOALS_BROKER", value)
    assert load_settings().broker == value


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("BROKER", "localhost", "HOST:PORT"),
        ("BROKER", "a:1,", "HOST:PORT"),
        ("REDIS", "http://localhost", "redis://HOST:PORT/0"),
        ("NAMESPACE", "a b", "A-Z a-z 0-9 . _ -"),
        ("NAMESPACE", "x" * 101, "at most 100"),
        ("PARTITIONS", "0", "1 to 1000"),
        ("PARTITIONS", "many", "a whole number"),
        ("REPLICATION", "0", "1 to 32"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("SESSION_TIMEOUT", "nan", "1 to 300"),
        ("HEARTBEAT", "4", "a third of SERVICE_GOALS_SESSION_TIMEOUT"),
        ("MAX_RUN_RECORDS", "1.5", "a whole number"),
        ("PUBLISH_INTERVAL", "-1", "0 to 60"),
        ("REJECT_CEILING", "0.5", "percent from 1 to 100"),
        ("REJECT_SAMPLE", "99", "100 to 1000000"),
        ("COMPRESSION", "brotli", "none, gzip, snappy, lz4 or zstd"),
        ("WORKER_WEB_PORT", "70000", "1 to 65535"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, accepted: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    line = str(refusal.value)
    assert line.startswith(f"{PREFIX}{name}={value}: set ")
    assert accepted in line
    assert "\n" not in line


def test_a_wrong_setting_in_the_file_is_refused_alike(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SERVICE_GOALS_PARTITIONS=x\n")
    with pytest.raises(SettingsError, match=r"^SERVICE_GOALS_PARTITIONS=x: set a whole number"):
        load_settings()


@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_setting_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str
) -> None:
    if place == "file":
        (tmp_path / ".env").write_text("SERVICE_GOALS_BROKERS=localhost:9092\n")
    else:
        monkeypatch.setenv("SERVICE_GOALS_BROKERS", "localhost:9092")
    with pytest.raises(
        SettingsError, match=r"SERVICE_GOALS_BROKERS: no such setting; the nearest is SERVICE_GOALS_BROKER$"
    ):
        load_settings()


@pytest.mark.parametrize(
    "url", ["redis://user:hunter2@host:1/zero", "http://:hunter2@host", "hunter2@host", "http://host?password=hunter2"]
)
def test_a_password_in_the_redis_url_is_never_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SERVICE_GOALS_REDIS", url)
    with pytest.raises(SettingsError) as refusal:
        load_settings()
    assert "SERVICE_GOALS_REDIS=" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_the_settings_can_be_shown_without_the_redis_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_GOALS_REDIS", "redis://:hunter2@localhost:6379/0")
    settings = load_settings()
    assert "hunter2" in settings.redis
    assert "hunter2" not in repr(settings)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"^\.env: can't be read"):
        load_settings()


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_says_what_it_is_for_and_what_is_accepted(field: str) -> None:
    info = Settings.model_fields[field]
    assert info.title
    assert info.description


@pytest.mark.parametrize(("port", "address"), [("", ("127.0.0.1", 0)), ("9100", ("127.0.0.1", 9100)), ("off", None)])
def test_a_process_is_watched_on_the_loopback_interface_unless_told(
    monkeypatch: pytest.MonkeyPatch, port: str, address: tuple[str, int] | None
) -> None:
    monkeypatch.setenv("SERVICE_GOALS_MONITOR_PORT", port)
    assert load_settings().monitor() == address


@pytest.mark.parametrize(
    ("name", "value"),
    [("MONITOR_PORT", "65536"), ("MONITOR_PORT", "-1"), ("MONITOR_PORT", "no"), ("MONITOR_HOST", "a b")],
)
def test_no_place_to_be_watched_at_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match=f"^{PREFIX}{name}={value}: set "):
        load_settings()
