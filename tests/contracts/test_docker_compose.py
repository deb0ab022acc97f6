"""What runs in containers is set like what runs embedded, is reached from this machine only, and tells how it is."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from service_goals.embedded.kafka_config import BROKER_SETTINGS
from service_goals.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
PROGRAMS = ("worker", "api")
HOME = "/app/"
"""Where the Dockerfile puts this project."""


@pytest.mark.parametrize(("name", "value"), BROKER_SETTINGS.items())
def test_the_broker_in_the_container_is_set_like_the_embedded_one(name: str, value: str) -> None:
    assert SERVICES["kafka"]["environment"][f"KAFKA_{name.replace('.', '_').upper()}"] == value


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_setting_given_to_a_program_is_one(program: str) -> None:
    given = set(SERVICES[program]["environment"])
    assert {f"{PREFIX}BROKER", f"{PREFIX}REDIS", f"{PREFIX}NAMESPACE", f"{PREFIX}PARTITIONS"} <= given
    assert given <= {PREFIX + field.upper() for field in Settings.model_fields}


def test_programs_share_kafka_valkey_and_namespace_and_wait_for_both() -> None:
    worker, api = (SERVICES[program] for program in PROGRAMS)
    common = worker["environment"].keys() & api["environment"].keys()
    assert {name: worker["environment"][name] for name in common} == {name: api["environment"][name] for name in common}
    for program in (worker, api):
        assert program["depends_on"] == {name: {"condition": "service_healthy"} for name in ("kafka", "valkey")}


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(published) == 3
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_tokens_of_the_api_outlive_its_container() -> None:
    directory = SERVICES["api"]["environment"][f"{PREFIX}DATA_DIR"]
    assert SERVICES["api"]["volumes"] == [f"api:{directory}"]
    assert f"install -d -o service-goals -g service-goals {directory}\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_tells_how_it_is(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD"


def test_programs_are_asked_where_they_answer() -> None:
    asked = {program: SERVICES[program]["healthcheck"]["test"][-1] for program in PROGRAMS}
    assert asked["worker"] == SERVICES["worker"]["environment"][f"{PREFIX}MONITOR_PORT"]
    assert asked["api"] == str(Settings.model_fields["api_port"].default) == SERVICES["api"]["ports"][0].split(":")[-1]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_passes_while_the_program_is_well(program: str, status: int, code: int) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        _, interpreter, script, _ = SERVICES[program]["healthcheck"]["test"]
        assert (interpreter, script[: len(HOME)]) == ("python", HOME)
        command = [sys.executable, ROOT / script.removeprefix(HOME), str(server.server_port)]
        assert subprocess.run(command, timeout=30, check=False).returncode == code
