"""A Kafka that demands TLS and a password: workers and commands get in, with no more rights than the docs name, and
who doesn't is told in one line. No secret is in anything that is said."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.certificates import make_certificate
from tests.e2e.cli_kit import Cli, until
from tests.guarded_kafka import Guarded, guarded_kafka, password

NAMESPACE = "safe" + uuid4().hex[:6]
COMMON = {"namespace": NAMESPACE, "partitions": 2, "publish_interval": 0.2}
EVENTS = """\
{"topic": "ticket-created", "event_id":"1", "ticket_id":"t", "pipeline_id":"p", "occurred_at":"2026-01-05T09:00:00Z"}
{"topic": "ticket-closed", "event_id":"2", "ticket_id":"t", "user_id":"ann", "occurred_at":"2026-01-05T10:00:00Z"}
"""
GOAL = {
    "goal_id": "closed",
    "name": "Closed",
    "template": "tickets-closed",
    "duration": "monthly",
    "start_date": "2026-01-01",
    "end_date": "2026-01-31",
    "contributors": [{"kind": "user", "id": "ann", "target": 1}],
}
REMEDY = "have this access granted, docs/security.md lists what is needed"
OTHERS = ("kafka_sasl_mechanism", "kafka_username", "kafka_password", "kafka_ca_file")
CERTIFICATE = {"ca": "kafka.pem", "certificate": "mesh.pem", "key": "mesh.key.pem"}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded_kafka(tmp_path_factory.mktemp("guarded"), NAMESPACE) as guarded:
        yield guarded


@pytest.fixture
def worker(kafka: Guarded, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    settings = COMMON | kafka.settings("worker", "SCRAM-SHA-512") | {"purge_interval": 1}
    process = Cli(tmp_path, **settings, session_timeout=6).start("worker")
    yield process
    process.terminate()
    process.wait(60)


def everything_said(cli: Cli, *commands: tuple[str, ...]) -> str:
    """Run commands that have to succeed; all that they print."""
    finished = [cli.run(*command) for command in commands]
    assert [each.returncode for each in finished] == [0] * len(finished), [each.stderr for each in finished]
    return "".join(each.stdout + each.stderr for each in finished)


def test_all_of_it_works_with_the_documented_rights_and_tells_no_secret(
    kafka: Guarded, worker: subprocess.Popen[str], tmp_path: Path
) -> None:
    cli = Cli(tmp_path, **COMMON, **kafka.settings("desk"))
    until(
        lambda: "owns the partition" in cli.errors("worker") or worker.poll() is not None, "the worker owns partitions"
    )
    events, goal = cli.file("events.ndjson", EVENTS), cli.file("goal.json", GOAL)
    set_up = (("account", "set", "time_zone=UTC"), ("import", events), ("goals", "apply", goal))
    said = everything_said(cli, *set_up, ("snapshot", "--as-of", "2026-02-01"))
    board = Cli(tmp_path, **COMMON, **kafka.settings("board"))
    (result,) = board.json("results")
    assert (result["actual"], result["status"]) == (1, "achieved")
    said += everything_said(board, ("status",))
    until(lambda: "deleted what is worked off" in cli.errors("worker"), "the worker deletes contributions")
    said += cli.errors("worker") + Path(f"/proc/{worker.pid}/cmdline").read_text()
    assert NAMESPACE in said
    assert password("") not in said
    assert_only_a_certificate_is_enough(kafka, tmp_path, result)
    assert_looking_is_no_right_to_write(board)


def assert_only_a_certificate_is_enough(kafka: Guarded, directory: Path, result: object) -> None:
    files = {f"kafka_{name}_file": kafka.directory / file for name, file in CERTIFICATE.items()}
    mesh = Cli(directory, **COMMON, broker=kafka.tls, kafka_security_protocol="SSL", **files)
    assert mesh.json("results") == [result]


def assert_looking_is_no_right_to_write(board: Cli) -> None:
    (line,) = board.refused("account", "set", "freeze_grace=PT2H")
    assert line.startswith("error: Kafka: ")
    assert line.endswith(f"AuthorizationFailedError; {REMEDY}")
    *_, line = board.refused("worker")
    assert line == f"error: Kafka: [Error 30] GroupAuthorizationFailedError: {NAMESPACE}.service-goals; {REMEDY}"


def test_a_worker_without_its_transactional_ids_stops_and_says_what_to_grant(kafka: Guarded, tmp_path: Path) -> None:
    *_, line = Cli(tmp_path, **COMMON, **kafka.settings("clerk"), session_timeout=6).refused("worker")
    assert re.fullmatch(
        rf"error: transactional id {NAMESPACE}\.(judge|tickets|aggregates)-[01]: "
        "Kafka refuses it to this worker's user; "
        rf"grant that user Write on the transactional id {NAMESPACE}\.\* \(prefixed\), as docs/security.md lists, "
        "then start the worker again",
        line,
    )


@pytest.mark.parametrize(
    ("command", "wrong", "told"),
    [
        ("worker", {"kafka_password": password("wrong")}, "KAFKA_USERNAME=desk: {broker} refuses this user with this"),
        (
            "results",
            {"kafka_ca_file": "other.pem"},
            "KAFKA_CA_FILE={here}/other.pem: the certificate of {broker} is not",
        ),
        (
            "audit",
            {"kafka_sasl_mechanism": "SCRAM-SHA-256"},
            "KAFKA_SASL_MECHANISM=SCRAM-SHA-256: {broker} has no such",
        ),
        (
            "status",
            {"kafka_security_protocol": "PLAINTEXT"} | dict.fromkeys(OTHERS, ""),
            "KAFKA_SECURITY_PROTOCOL=PLAINTEXT: {broker} closes the connection",
        ),
    ],
    ids=["password", "authority", "mechanism", "protocol"],
)
def test_who_does_not_get_in_is_told_in_one_line(
    command: str, wrong: dict[str, str], told: str, kafka: Guarded, tmp_path: Path
) -> None:
    make_certificate(tmp_path, "other")
    cli = Cli(tmp_path, **COMMON, **(kafka.settings("desk") | wrong))
    (line,) = cli.refused(command)
    assert line.startswith("error: SERVICE_GOALS_" + told.format(broker=kafka.sasl, here=tmp_path))
    assert password("") not in line


def test_not_even_a_debug_log_shows_what_is_sent_to_log_in(kafka: Guarded, tmp_path: Path) -> None:
    refused = Cli(
        tmp_path, **COMMON, **kafka.settings("desk") | {"kafka_password": password("wrong")}, log_level="debug"
    )
    said = refused.run("worker")
    assert said.returncode == 1
    assert "[debug " in said.stderr
    assert password("") not in said.stderr
