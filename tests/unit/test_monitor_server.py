"""Over HTTP, from a thread of its own: `/healthz` and `/metrics`."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agents.config import Address
from agents.monitor.health import Health
from agents.monitor.meters import Meters
from agents.monitor.server import monitored
from agents.topics import MisconfiguredError

ANY = Address("127.0.0.1", 0)
UNWELL = Health("worker", ("recovering: tickets 0 for 1.0 s",), {"partitions": {"tickets": {"recovering": [0]}}})


@contextmanager
def serving(*answers: Health, address: Address = ANY) -> Iterator[str]:
    """The host and port of a server that gives these answers, then the last one for ever."""
    left = list(answers)
    health = lambda: left.pop(0) if len(left) > 1 else left[0]  # noqa: E731
    with monitored(address, Meters("worker"), health) as url:
        yield urlsplit(url).netloc


def ask(where: str, path: str, method: str = "GET") -> tuple[int, str]:
    connection = HTTPConnection(where, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_who_is_unwell_answers_503_with_the_reasons_and_200_when_well_again() -> None:
    with serving(UNWELL, Health("worker")) as where:
        status, body = ask(where, "/healthz")
        assert status == 503
        assert json.loads(body) == {
            "status": "unwell",
            "process": "worker",
            "reasons": ["recovering: tickets 0 for 1.0 s"],
            "partitions": {"tickets": {"recovering": [0]}},
        }
        status, body = ask(where, "/healthz")
        assert (status, json.loads(body)) == (200, {"status": "ok", "process": "worker", "reasons": []})


def test_metrics_are_told_as_prometheus_reads_them() -> None:
    with serving(UNWELL) as where:
        status, body = ask(where, "/metrics")
    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(body)}
    (healthy,) = families["service_goals_healthy"].samples
    assert (healthy.labels, healthy.value) == ({"process": "worker"}, 0)
    assert "process_resident_memory_bytes" in families


def test_nothing_else_is_answered() -> None:
    with serving(Health("worker")) as where:
        assert ask(where, "/")[0] == 404
        assert ask(where, "/healthz", "POST")[0] == 405


def test_who_connects_and_says_nothing_does_not_hold_up_others() -> None:
    with serving(Health("worker")) as where:
        host, _, port = where.partition(":")
        with socket.create_connection((host, int(port))):
            assert ask(where, "/healthz")[0] == 200


def test_a_port_that_is_taken_is_refused_in_one_line_with_the_remedy() -> None:
    with serving(Health("worker")) as where:
        port = int(where.partition(":")[2])
        with pytest.raises(
            MisconfiguredError, match=f"^SERVICE_GOALS_MONITOR_HOST.*PORT={port}: .*free port"
        ) as refused:
            monitored(Address("127.0.0.1", port), Meters("worker"), lambda: UNWELL).__enter__()
        assert "\n" not in str(refused.value)


def is_here(host: str) -> bool:
    """Not every machine has IPv6."""
    try:
        with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("host", [host for host in ("127.0.0.1", "::1") if is_here(host)])
def test_it_listens_on_the_address_it_is_given(host: str) -> None:
    with serving(Health("worker"), address=Address(host, 0)) as where:
        assert ask(where, "/healthz")[0] == 200


def test_off_is_nowhere() -> None:
    with monitored(None, Meters("worker"), lambda: UNWELL) as url:
        assert url == "off"
