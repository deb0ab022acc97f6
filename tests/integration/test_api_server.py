"""What holds for every route, and for the server as a whole: limits, headers, streams, a new read model, its end."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from redis import Redis

from service_goals.embedded import EmbeddedValkey
from serving.read_model.keys import STATUSES, Keys
from tests.integration.api_system import PATIENCE, Api, environment_of, goal, serving


@pytest.fixture(scope="module", autouse=True)
def silent(api: Api) -> Iterator[socket.socket]:
    """A connection on which nothing is ever asked, while the other tests run."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=PATIENCE) as connection:
        yield connection


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/statuses?sort=colour", "sort"),
        ("/api/statuses?status=done", "status"),
        ("/api/statuses?limit=501", "limit"),
        ("/api/statuses?cursor=x", "cursor"),
        ("/api/statuses?colour=red", "colour"),
        ("/api/statuses?user=a&user=b&goal_name=a&goal_name=b", "goal_name"),
        ("/api/statuses?progress_min=nan", "progress_min"),
        ("/api/statuses?from=2026-02-30", "from"),
        ("/api/notifications?to=3.5e-161", "to"),
        ("/api/milestones?duration=weekly&start_date=0", "start_date"),
        ("/api/statuses?" + "&".join(f"user={n}" for n in range(201)), "user"),
        ("/api/notifications?cursor=x", "cursor"),
        ("/api/goals?cursor=x", "cursor"),
        ("/api/directory?kind=robot", "kind"),
        ("/api/commands/goals/-1", "offset"),
        ("/api/milestones?duration=weekly", "start_date"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, path: str, field: str) -> None:
    answer = api.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/api/statuses/no|user:one|2026-01-01", 404),
        ("GET", "/api/results/no", 404),
        ("PATCH", "/api/goals", 405),
        ("POST", "/api/goals", 415),
    ],
)
def test_what_is_not_there_is_a_problem(api: Api, method: str, path: str, status: int) -> None:
    answer = api.client.request(method, path, content=b"x")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_body_that_is_too_large(api: Api) -> None:
    answer = api.client.post("/api/goals", content=b" " * 4_000_001, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:service-goals:too-large")


def test_streams_go_on_where_they_ended_or_begin_anew(api: Api, goal_id: str) -> None:
    def first(count: int, **headers: str) -> list[tuple[str, str]]:
        found = []
        with api.client.stream("GET", "/api/events", params={"event": "goal"}, headers=headers) as live:
            event_id = ""
            for line in live.iter_lines():
                event_id = line[4:] if line.startswith("id: ") else event_id
                if line.startswith("event: "):
                    found.append((line[7:], event_id))
                if len(found) == count:
                    return found
        raise AssertionError(found)

    def stands() -> tuple[str, str] | None:
        (ready,) = first(1)
        return ready if ready[1] != "0-0" else None

    ready = api.until(stands, "something has come")
    api.client.post("/api/goals", json=goal(goal_id))
    missed = first(2, **{"Last-Event-ID": ready[1]})
    assert [kind for kind, _ in missed] == ["ready", "goal"]
    assert missed[0][1] == ready[1]
    for too_old in ("1-1", "no id", "9" * 30 + "-0"):
        assert [kind for kind, _ in first(2, **{"Last-Event-ID": too_old})] == ["ready", "reset"]


def test_every_answer_has_its_headers(api: Api) -> None:
    for path in ("/healthz", "/api/statuses", "/api/nothing"):
        headers = api.client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_pages_of_others_can_not_use_it(api: Api, goal_id: str) -> None:
    body = goal(goal_id)
    elsewhere = api.client.post("/api/goals", json=body, headers={"Origin": "https://evil.example"})
    rebound = api.client.get("/api/statuses", headers={"Host": "evil.example"})
    proxied = api.client.get("/api/statuses", headers={"X-Forwarded-For": "203.0.113.9"})
    assert (elsewhere.status_code, rebound.status_code, proxied.status_code) == (403, 403, 403)
    assert api.client.post("/api/goals", json=body, headers={"Origin": api.url}).status_code == 201


def test_a_new_read_model_says_the_same(api: Api, goal_id: str) -> None:
    api.client.post("/api/goals", json=goal(goal_id))
    before = api.until(lambda: _of_six(api.get("/api/statuses", goal_id=goal_id)), "the statuses are there")
    with api.client.stream("GET", "/api/events") as live:
        events = (line for line in live.iter_lines() if line.startswith("event:"))
        assert next(events) == "event: ready"
        command = [sys.executable, "-m", "service_goals", "read-model", "rebuild", "--json"]
        rebuilt = subprocess.run(command, env=api.environment, capture_output=True, timeout=60, check=True)
        assert orjson.loads(rebuilt.stdout)["generation"] >= 2
        assert next(event for event in events if event == "event: reset")
    assert api.get("/api/statuses", goal_id=goal_id)["items"] == before["items"]


def _of_six(found: dict[str, Any]) -> dict[str, Any] | None:
    return found if found["total"] == 6 else None


def test_a_server_that_stops_ends_its_streams_and_leaves_nothing_behind(api: Api, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**api.environment, "TMPDIR": str(tmp_path / "tmp")}
    with ExitStack() as stack:
        with serving(environment, tmp_path / "api.log") as url:
            live = stack.enter_context(httpx.stream("GET", f"{url}/api/events", timeout=30))
            lines = live.iter_lines()
            assert next(line for line in lines if line.startswith("event:")) == "event: ready"
        assert [line for line in lines if line.startswith("event:")] == []
    assert "error" not in (tmp_path / "api.log").read_text()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_read_model_that_can_not_be_read_ends_it_with_the_reason(
    kafka: str, valkey: str, namespace: str, tmp_path: Path
) -> None:
    with Redis.from_url(valkey) as client:
        client.hset(Keys(f"{namespace}.").hash(1, STATUSES), "key", "no JSON")
    command = [sys.executable, "-m", "service_goals", "api", "--port", "0"]
    environment = environment_of(kafka, valkey, namespace, tmp_path)
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "a part of it ended: index (JSONDecodeError" in ended.stderr.splitlines()[-1]


def test_it_is_well(api: Api) -> None:
    assert api.until(lambda: not api.get("/healthz")["catching_up"], "the read model has caught up")
    assert api.get("/healthz") == {"status": "ok", "process": "api", "reasons": [], "catching_up": False}


def test_who_never_asks_is_cut_off(silent: socket.socket) -> None:
    assert silent.recv(1) == b""


def test_without_valkey_it_says_so_and_then_goes_on(kafka: str, namespace: str, tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with EmbeddedValkey() as valkey, serving(environment_of(kafka, valkey.url, namespace, tmp_path), log) as url:
        valkey.stop()
        assert said(url, 503)["reasons"] == ["read model unreachable: Valkey or Redis does not answer"]
        assert 'service_goals_healthy{process="api"} 0.0' in httpx.get(f"{url}/metrics").text
        valkey.start()
        assert said(url, 200)["status"] == "ok"


def said(url: str, code: int) -> dict[str, Any]:
    """What `/healthz` says once it answers so."""
    deadline = time.monotonic() + PATIENCE
    while (answer := httpx.get(f"{url}/healthz")).status_code != code:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
    found: dict[str, Any] = answer.json()
    return found
