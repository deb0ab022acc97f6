"""How Kafka and Redis are spoken to: what doesn't fit is refused at the start, and secrets are shown nowhere."""

import logging
from pathlib import Path

import pytest
import structlog

from agents.config import KafkaSecurity
from service_goals.logs import configure_logs
from service_goals.security_settings import SecuritySettings
from service_goals.settings import PREFIX, Settings, SettingsError, load_settings

SASL = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_USERNAME": "goals",
    "KAFKA_PASSWORD": "hunter2",
}


@pytest.fixture(autouse=True)
def only_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(PREFIX + field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").touch()
    (tmp_path / "secret").write_text("hunter2\n")


def loaded(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> Settings:
    for name, value in settings.items():
        monkeypatch.setenv(PREFIX + name, value)
    return load_settings()


def test_user_and_password_reach_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    security = loaded(monkeypatch, SASL).engine().security
    assert security == KafkaSecurity("SASL_PLAINTEXT", "SCRAM-SHA-512", "goals", "hunter2")


def test_a_password_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, SASL | {"KAFKA_PASSWORD": "", "KAFKA_PASSWORD_FILE": "secret"})
    assert settings.engine().security.password == "hunter2"


def test_protocol_and_mechanism_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"KAFKA_SECURITY_PROTOCOL": "sasl_plaintext", "KAFKA_SASL_MECHANISM": "plain"}
    assert loaded(monkeypatch, SASL | small).engine().security.mechanism == "PLAIN"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"KAFKA_SECURITY_PROTOCOL": "TLS"},
            "KAFKA_SECURITY_PROTOCOL=TLS: set PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
        ),
        (
            SASL | {"KAFKA_SASL_MECHANISM": "GSSAPI"},
            "KAFKA_SASL_MECHANISM=GSSAPI: set PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
        ),
        (
            SASL | {"KAFKA_SASL_MECHANISM": ""},
            "KAFKA_SASL_MECHANISM: SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT needs it; set",
        ),
        (
            SASL | {"KAFKA_USERNAME": ""},
            "KAFKA_USERNAME: SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT needs it; set",
        ),
        (
            SASL | {"KAFKA_PASSWORD": ""},
            "KAFKA_PASSWORD: SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT needs it; set",
        ),
        ({"KAFKA_USERNAME": "goals"}, "KAFKA_USERNAME=goals: is for SASL only; unset it or set"),
        ({"KAFKA_PASSWORD": "hunter2"}, "KAFKA_PASSWORD=**********: is for SASL only; unset it or set"),
        (
            SASL | {"KAFKA_PASSWORD_FILE": "secret"},
            "KAFKA_PASSWORD_FILE={here}/secret: SERVICE_GOALS_KAFKA_PASSWORD is set as well; unset one",
        ),
        (
            SASL | {"KAFKA_PASSWORD": "", "KAFKA_PASSWORD_FILE": "none"},
            "KAFKA_PASSWORD_FILE={here}/none: can't be read (No such file or directory); name",
        ),
        (
            SASL | {"KAFKA_PASSWORD": "", "KAFKA_PASSWORD_FILE": "empty"},
            "KAFKA_PASSWORD_FILE={here}/empty: is empty; write",
        ),
        (
            SASL | {"KAFKA_CA_FILE": "ca.pem"},
            "KAFKA_CA_FILE={here}/ca.pem: is for TLS only; unset it or set SERVICE_GOALS_KAFKA_SECURITY_PROTOCOL",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CA_FILE": "none.pem"},
            "KAFKA_CA_FILE={here}/none.pem: can't be used (No such file or directory); set a PEM file",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CA_FILE": "empty"},
            "KAFKA_CA_FILE={here}/empty: can't be used (not what it should be); set a PEM file",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_CERTIFICATE_FILE": "secret"},
            "KAFKA_CERTIFICATE_FILE={here}/secret: can't be used (not what it should be); set a PEM file",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_KEY_FILE": "key.pem"},
            "KAFKA_KEY_FILE={here}/key.pem: SERVICE_GOALS_KAFKA_CERTIFICATE_FILE is missing; set",
        ),
        (
            {"REDIS": "redis://:hunter2@localhost", "REDIS_PASSWORD": "other"},
            "REDIS: holds a password, and SERVICE_GOALS_REDIS_PASSWORD is another; set one",
        ),
        (
            {"REDIS": "redis://localhost", "REDIS_CA_FILE": "ca.pem"},
            "REDIS_CA_FILE={here}/ca.pem: is for TLS only; unset it or begin SERVICE_GOALS_REDIS with rediss://",
        ),
        ({"BROKER": "sasl://goals:hunter2@host"}, "BROKER=sasl://***@host: set HOST:PORT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_go_together_is_refused_in_one_line(
    settings: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refusal:
        loaded(monkeypatch, settings)
    said = str(refusal.value)
    assert said.startswith("SERVICE_GOALS_" + line.format(here=tmp_path))
    assert "\n" not in said
    assert "hunter2" not in said


def test_no_secret_is_in_what_settings_look_like(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, SASL | {"REDIS_PASSWORD": "swordfish", "REDIS": "redis://localhost"})
    shown = f"{settings!r} {settings} {settings.engine()!r} {settings.engine().security}"
    assert "goals" in shown
    assert "hunter2" not in shown
    assert "swordfish" not in shown


@pytest.mark.parametrize("as_json", [False, True])
def test_a_logged_crash_shows_no_local_variables(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    def connects(password: str) -> None:
        raise OSError(f"a password of {len(password)} letters")

    try:
        configure_logs("info", as_json=as_json)
        try:
            connects("".join(("hunt", "er2")))
        except OSError:
            structlog.get_logger("test").exception("crashed")
            logging.getLogger("test").exception("crashed as well")
    finally:
        logging.basicConfig(handlers=[], force=True)
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert said.count("a password of 7 letters") >= 2
    assert "hunter2" not in said


@pytest.mark.parametrize("field", SecuritySettings.model_fields)
def test_the_documentation_names_every_setting(field: str) -> None:
    assert f"`{PREFIX}{field.upper()}`" in (Path(__file__).parents[2] / "docs" / "security.md").read_text()
