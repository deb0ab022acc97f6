"""Who may use the API, on a server that demands tokens (real Kafka and Valkey, no worker needed)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from serving.access.tokens import ROLES, Role, TokenFile
from tests.integration.api_system import environment_of, serving


class Guarded:
    """A server with a token for each role."""

    def __init__(self, url: str, tokens: TokenFile) -> None:
        self.url = url
        self.tokens = tokens
        self.secrets: dict[Role, str] = {role: tokens.create(role, role, "2026-01-01") for role in ROLES}

    def client(self, role: Role | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.secrets[role]}"} if role else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


@pytest.fixture(scope="module")
def guarded(kafka: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    directory = tmp_path_factory.mktemp("guarded")
    environment = environment_of(kafka, valkey, f"guard{uuid4().hex[:8]}", directory)
    tokens = TokenFile(directory / "api-tokens.json")
    tokens.create("first", "viewer", "2026-01-01")
    settings = {
        "SERVICE_GOALS_API_ACCESS": "token",
        "SERVICE_GOALS_API_WAIT": "0",
        "SERVICE_GOALS_API_STREAMS": "10",
        "SERVICE_GOALS_API_TICKETS": "false",
    }
    with serving({**environment, **settings}, directory / "api.log") as url:
        yield Guarded(url, tokens)


def test_beyond_this_machine_it_does_not_start_without_a_token(tmp_path: Path) -> None:
    environment = environment_of("localhost:1", "redis://localhost:1/0", "", tmp_path)
    command = [sys.executable, "-m", "service_goals", "api", "--host", "0.0.0.0", "--port", "0"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: SERVICE_GOALS_API_HOST=0.0.0.0: nobody may use it, there is no token")


@pytest.mark.parametrize(
    "path", ["/api/statuses", "/api/goals", "/api/events", "/api/session", "/api/commands/goals/0"]
)
def test_without_a_token_nothing_is_told(guarded: Guarded, path: str) -> None:
    for headers in ({}, {"Authorization": "Basic x"}, {"Cookie": "service_goals_session=x"}):
        answer = guarded.client().get(path, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_health_needs_nothing(guarded: Guarded) -> None:
    assert guarded.client().get("/healthz").status_code == 200


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("manager", 415), ("admin", 415)])
def test_who_may_set_goals(guarded: Guarded, role: Role, status: int) -> None:
    client = guarded.client(role)
    assert client.get("/api/statuses").status_code == 200
    assert client.get("/api/session").json() == {"name": role, "role": role, "csrf": None, "access": "token"}
    for method, path in (("POST", "/api/goals"), ("PUT", "/api/goals/x"), ("POST", "/api/goals/check")):
        assert client.request(method, path).status_code == status
    for path in ("/api/goals/x", "/api/goals/x/contributors/user/ann"):
        assert client.delete(path).status_code == (403 if role == "viewer" else 404)


def test_metrics_are_for_admins_and_name_routes_not_what_is_asked_for(guarded: Guarded) -> None:
    client = guarded.client("admin")
    client.get("/api/statuses/secret|user:ann|2026-01-01")
    told = client.get("/metrics").text
    assert 'service_goals_api_requests_total{code="404",route="/api/statuses/{key:path}"}' in told
    assert 'service_goals_healthy{process="api"} 1.0' in told
    assert "secret" not in told
    assert guarded.client("manager").get("/metrics").status_code == 403
    assert guarded.client().get("/metrics").status_code == 401


def test_the_page_has_a_session_that_only_it_can_use(guarded: Guarded) -> None:
    page = guarded.client()
    login = page.post("/api/session", json={"token": guarded.secrets["manager"]})
    cookie = login.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert guarded.secrets["manager"] not in cookie
    session = page.get("/api/session").json()
    assert (session["role"], session["csrf"]) == ("manager", login.json()["csrf"])
    assert page.post("/api/goals").status_code == 403
    assert page.post("/api/goals", headers={"X-CSRF-Token": "wrong"}).status_code == 403
    own = {"X-CSRF-Token": session["csrf"]}
    assert page.post("/api/goals", headers={**own, "Origin": "https://evil.example"}).status_code == 403
    assert page.post("/api/goals", headers={**own, "Origin": guarded.url}).status_code == 415
    kept = page.cookies["service_goals_session"]
    assert page.delete("/api/session", headers=own).status_code == 204
    again = guarded.client().get("/api/session", headers={"Cookie": f"service_goals_session={kept}"})
    assert again.status_code == 401


def test_a_revoked_token_ends_its_sessions(guarded: Guarded) -> None:
    secret = guarded.tokens.create("guest", "viewer", "2026-01-01")
    page = guarded.client()
    page.post("/api/session", json={"token": secret})
    assert page.get("/api/statuses").status_code == 200
    guarded.tokens.revoke("guest")
    assert page.get("/api/statuses").status_code == 401


def test_without_a_worker_a_write_is_accepted_and_can_be_followed(guarded: Guarded) -> None:
    client = guarded.client("manager")
    contributor = {"kind": "user", "id": "ann", "target": 1}
    first = {"goal_id": "later", "name": "Later", "template": "tickets-closed", "duration": "monthly"}
    made = client.post("/api/goals", json={**first, "start_date": "2026-01-01", "contributors": [contributor]})
    assert (made.status_code, made.json()) == (202, {"state": "pending"})
    assert made.headers["location"] == "/api/commands/goals/0"
    assert client.get(made.headers["location"]).json() == {"state": "pending"}
    nowhere = client.get("/api/commands/goals/1")
    assert (nowhere.status_code, nowhere.json()["detail"][:9]) == (404, "offset: 1")


@pytest.mark.parametrize("part", ["history", "tickets"])
def test_tickets_that_are_not_kept_are_not_there_to_be_asked_for(guarded: Guarded, part: str) -> None:
    answer = guarded.client("viewer").get(f"/api/statuses/later|user:ann|2026-01-01/{part}")
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (404, "SERVICE_GOALS_API_TICKETS=false")


def test_one_address_does_not_take_all_streams(guarded: Guarded) -> None:
    client = guarded.client("viewer")
    with client.stream("GET", "/api/events") as first:
        assert first.status_code == 200
        second = client.get("/api/events")
        assert (second.status_code, second.json()["type"]) == (429, "urn:service-goals:streams")
        assert int(second.headers["retry-after"]) > 0


def test_a_guesser_is_slowed_down(guarded: Guarded) -> None:
    client = guarded.client()
    codes = [client.get("/api/goals", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(12)]
    assert codes == [401] * 10 + [429] * 2
    answer = client.post("/api/session", json={"token": "guess"})
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
