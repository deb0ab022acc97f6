"""The API as programs use it: a real server and worker on a real Kafka and Valkey."""

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from schemas import topics
from tests.integration.api_system import Api, goal, running, serving
from tests.oracle.generate import Message

BOB = {"kind": "user", "id": "bob", "target": 1}
ANN = {"kind": "user", "id": "ann", "target": 3}


@pytest.fixture(scope="module")
def api(kafka: str, valkey: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(kafka, valkey, f"api{uuid4().hex[:8]}", tmp_path_factory.mktemp("api")) as api:
        yield api


@pytest.fixture
def goal_id() -> str:
    return f"goal-{uuid4().hex[:8]}"


def event(topic: str, ticket: str, at: str, **more: Any) -> Message:
    fields = {"event_id": f"{topic}-{ticket}", "ticket_id": ticket, "occurred_at": at, "pipeline_id": "chat", **more}
    return Message(topic, 1_790_000_000_000, ticket.encode(), orjson.dumps(fields))


def test_a_goal_is_set_changed_and_deleted(api: Api, goal_id: str) -> None:
    made = api.client.post("/api/goals", json=goal(goal_id, ANN, BOB))
    assert (made.status_code, made.headers["etag"], made.headers["location"]) == (201, '"1"', f"/api/goals/{goal_id}")
    shown = api.client.get(f"/api/goals/{goal_id}")
    assert shown.json() == made.json()
    assert [each["start"] for each in shown.json()["milestones"]][:2] == ["2026-01-01", "2026-02-01"]
    changed = api.client.put(
        f"/api/goals/{goal_id}",
        json={**shown.json()["goal"], "name": "New"},
        headers={"If-Match": shown.headers["etag"]},
    )
    assert (changed.status_code, changed.json()["goal"]["version"], changed.json()["goal"]["name"]) == (200, 2, "New")
    assert api.get("/api/goals", goal_name="new", user="bob")["total"] >= 1
    gone = api.client.delete(f"/api/goals/{goal_id}", headers={"If-Match": '"2"'})
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.client.get(f"/api/goals/{goal_id}").status_code == 404


def test_a_contributor_is_taken_out(api: Api, goal_id: str) -> None:
    api.client.post("/api/goals", json=goal(goal_id, ANN, BOB))
    left = api.client.delete(f"/api/goals/{goal_id}/contributors/user/bob")
    assert [each["id"] for each in left.json()["goal"]["contributors"]] == ["ann"]
    last = api.client.delete(f"/api/goals/{goal_id}/contributors/user/ann")
    assert (last.status_code, last.json()["errors"][0]["field"]) == (422, "contributors")
    assert api.client.delete(f"/api/goals/{goal_id}/contributors/user/bob").status_code == 404


def test_a_lost_race_is_told(api: Api, goal_id: str) -> None:
    api.client.post("/api/goals", json=goal(goal_id))
    first = api.client.put(f"/api/goals/{goal_id}", json=goal(goal_id, BOB), headers={"If-Match": '"1"'})
    second = api.client.put(f"/api/goals/{goal_id}", json=goal(goal_id), headers={"If-Match": '"1"'})
    assert (first.status_code, second.status_code) == (200, 412)
    assert "version 2 is in force" in second.json()["detail"]
    assert api.client.put(f"/api/goals/{goal_id}", json=goal(goal_id)).status_code == 428
    assert api.client.delete(f"/api/goals/{goal_id}", headers={"If-Match": '"1"'}).status_code == 412


async def test_of_many_who_write_the_same_version_one_wins(api: Api, goal_id: str) -> None:
    api.client.post("/api/goals", json=goal(goal_id))
    async with httpx.AsyncClient(base_url=api.url, timeout=60) as client:
        bodies = [goal(goal_id, name=f"by {number}") for number in range(8)]
        answers = await asyncio.gather(
            *(client.put(f"/api/goals/{goal_id}", json=body, headers={"If-Match": '"1"'}) for body in bodies)
        )
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] + [412] * 7
    won = next(answer for answer in answers if answer.status_code == 200)
    assert api.get(f"/api/goals/{goal_id}")["goal"] == won.json()["goal"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, None),
        (b"\xff", 400, None),
        (b"[]", 422, "value"),
        (b"{}", 422, "goal_id"),
        (b'{"goal_id": 1}', 422, "goal_id"),
        (b'{"goal_id": "a b"}', 422, "goal_id"),
        (orjson.dumps(goal("x", {"kind": "user", "id": "ann", "target": 0})), 422, "contributors[0].target"),
        (orjson.dumps(goal("x", {"kind": "user", "id": "ann"})), 422, "contributors[0].target"),
        (orjson.dumps(goal("x", {"kind": "user", "id": "zoe", "target": 1})), 422, "contributors[0].id"),
        (orjson.dumps({**goal("x"), "colour": "red"}), 422, "colour"),
    ],
)
def test_what_is_refused_names_the_field(api: Api, body: bytes, status: int, field: str | None) -> None:
    answer = api.client.post("/api/goals", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["type"].split(":")[0]) == (status, "urn")
    assert [each["field"] for each in problem.get("errors", [])] == ([field] if field else [])


def test_a_goal_that_exists_and_one_that_does_not(api: Api, goal_id: str) -> None:
    api.client.post("/api/goals", json=goal(goal_id))
    assert api.client.post("/api/goals", json=goal(goal_id)).status_code == 409
    assert api.client.put("/api/goals/none", json=goal("none"), headers={"If-Match": "*"}).status_code == 404
    assert api.client.delete("/api/goals/none").status_code == 404


def test_checking_writes_nothing(api: Api, goal_id: str) -> None:
    checked = api.client.post("/api/goals/check", json=goal(goal_id))
    assert (checked.status_code, checked.json()["goal"]["version"]) == (200, 1)
    assert api.client.get(f"/api/goals/{goal_id}").status_code == 404


def test_milestones_of_a_goal_to_be(api: Api) -> None:
    cut = api.get("/api/milestones", duration="quarterly", start_date="2026-02-10", end_date="2026-06-30")
    assert cut["items"] == [
        {"start": "2026-02-10", "end": "2026-03-31"},
        {"start": "2026-04-01", "end": "2026-06-30"},
    ]
    for wrong in ({"duration": "custom"}, {"duration": "weekly", "end_date": "2026-01-01"}):
        answer = api.client.get("/api/milestones", params={"start_date": "2026-02-10", **wrong})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "end_date")


def test_the_directory_and_the_account(api: Api) -> None:
    found = api.get("/api/directory", q="ANN")
    assert found["items"] == [
        {"kind": "user", "id": "ann", "name": "Ann", "email": "ann@example.org", "active": True,
         "team": {"id": "first", "name": "First line"}},
    ]  # fmt: skip
    assert [each["id"] for each in api.get("/api/directory", kind="user", active="true")["items"]] == ["ann", "bob"]
    first = api.get("/api/directory", limit=4)
    rest = api.get("/api/directory", limit=4, cursor=first["next"])
    names = [each["name"] for each in first["items"] + rest["items"]]
    assert (names, rest["next"], first["total"]) == (["Ann", "Bob", "Cas", "Chat", "First line", "Mail"], None, 6)
    account = api.get("/api/account")
    assert (account["time_zone"], account["freeze_grace"]) == ("UTC", "PT1H")


def test_statuses_follow_tickets_and_snapshots_and_tell_who_watches(api: Api, goal_id: str) -> None:
    tell = [{"user_id": "bob", "on": ["exceeded", "achieved", "missed"]}]
    api.client.post("/api/goals", json=goal(goal_id, {**ANN, "target": 2, "notify": tell}, BOB))
    with api.client.stream(
        "GET", "/api/events", params={"goal_id": goal_id, "event": ["status", "notification"]}
    ) as live:
        lines = live.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: ready"
        messages = [
            each
            for number in range(2)
            for each in (
                event("ticket-created", f"{goal_id}-{number}", "2026-01-05T09:00:00Z"),
                event("ticket-closed", f"{goal_id}-{number}", "2026-01-06T09:00:00Z", user_id="ann", team_id="first"),
            )
        ]
        asyncio.run(api.system.publish(messages))
        status = next(
            each
            for each in (orjson.loads(line[6:]) for line in lines if line.startswith('data: {"key"'))
            if each["key"] == f"{goal_id}|user:ann|2026-01-01" and each["status"]["count"] >= 2
        )
        assert api.get(f"/api/statuses/{status['key']}") == {"key": status["key"], **status["status"]}
        asyncio.run(api.system.snapshot("2026-02-01"))
        news = next(orjson.loads(line[6:]) for line in lines if line.startswith("data:") and "notification" in line)
    assert news["key"].split("|")[0] == goal_id
    frozen = api.until(
        lambda: api.get("/api/results", goal_id=goal_id, user="ann")["items"], "the result is in the read model"
    )
    assert (frozen[0]["frozen"], frozen[0]["as_of"], set(frozen[0]["cut"]) >= {topics.TICKET_CLOSED}) == (
        True,
        "2026-02-01",
        True,
    )
    assert api.get(f"/api/results/{frozen[0]['key']}") == frozen[0]
    told = api.get("/api/notifications", key=frozen[0]["key"])["items"]
    assert [each["recipients"][0]["user_id"] for each in told] == ["bob"]
    assert api.get("/api/account")["as_of"] == "2026-02-01"


def test_a_number_is_followed_to_its_days_and_tickets(api: Api, goal_id: str) -> None:
    contributor = {"kind": "pipeline", "id": "mail", "target": 28}
    api.client.post("/api/goals", json=goal(goal_id, contributor, end_date="2026-02-28", start_date="2026-02-01"))
    closed = {"user_id": "bob", "pipeline_id": "mail"}
    messages = [
        each
        for number, day in enumerate(["2026-02-03", "2026-02-03", "2026-02-07"])
        for each in (
            event("ticket-created", f"={goal_id}-{number}", "2026-02-01T09:00:00Z", pipeline_id="mail"),
            event("ticket-closed", f"={goal_id}-{number}", f"{day}T09:00:00Z", **closed),
        )
    ]
    asyncio.run(api.system.publish(messages))
    key = f"{goal_id}|pipeline:mail|2026-02-01"
    api.until(
        lambda: [each["count"] for each in api.get("/api/statuses", goal_id=goal_id)["items"]] == [3],
        "the tickets are counted",
    )
    history = api.until(lambda: _complete(api.get(f"/api/statuses/{key}/history"), 3), "the facts are at hand")
    days = {each["date"]: each for each in history["days"]}
    assert (len(days), history["target"], history["better"]) == (28, 28, "higher")
    assert days["2026-02-03"] == {
        "date": "2026-02-03", "count": 2, "sum": 2, "value": 2, "actual": 2, "progress": 0.0714, "pace": 3.0,
    }  # fmt: skip
    assert (days["2026-02-07"]["actual"], days["2026-02-28"]["pace"]) == (3, 28.0)
    first = api.get(f"/api/statuses/{key}/tickets", limit=2)
    rest = api.get(f"/api/statuses/{key}/tickets", limit=2, cursor=first["next"])
    assert (first["total"], first["count"], first["sum"], rest["next"]) == (3, 3, 3, None)
    assert [each["ticket_id"][-1] for each in first["items"] + rest["items"]] == ["2", "0", "1"]
    assert (first["items"][0]["user_id"], first["items"][0]["team_id"]) == ("bob", "first")
    rows = api.client.get(f"/api/statuses/{key}/tickets", headers={"Accept": "text/csv"}).text
    assert next(csv.DictReader(io.StringIO(rows)))["ticket_id"] == f"'={goal_id}-2"
    for wrong in (f"{goal_id}|pipeline:mail|2026-03-01", "none|user:x|2026-02-01"):
        assert api.client.get(f"/api/statuses/{wrong}/history").status_code == 404
    assert api.client.get(f"/api/statuses/{key}/tickets?cursor=x").status_code == 422


def _complete(history: dict[str, Any], count: int) -> dict[str, Any] | None:
    return history if sum(day["count"] for day in history["days"]) == count else None


def test_statuses_are_filtered_paged_counted_and_written_as_csv(api: Api, goal_id: str) -> None:
    contributors = [
        ANN,
        BOB,
        {"kind": "team", "id": "first", "target": 5},
        {"kind": "pipeline", "id": "chat", "target": 9},
    ]
    api.client.post("/api/goals", json=goal(goal_id, *contributors, name="=1+1"))
    api.until(lambda: api.get("/api/statuses", goal_id=goal_id)["total"] == 24, "all statuses are there")
    team = (
        api.get("/api/statuses", goal_id=goal_id, team="first", members="true", milestone="past", start="2026")
        if False
        else None
    )
    assert team is None
    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        part = api.get("/api/statuses", goal_id=goal_id, sort="-start", limit=7, **cursor)
        paged += [each["key"] for each in part["items"]]
        if part["next"] is None:
            break
        cursor = {"cursor": part["next"]}
    assert (len(paged), len(set(paged)), part["total"], sum(part["totals"].values())) == (24, 24, 24, 24)
    assert [key.rsplit("|")[-1] for key in paged] == sorted((key.rsplit("|")[-1] for key in paged), reverse=True)
    members = api.get("/api/statuses", goal_id=goal_id, team="first", members="true")
    assert {each["contributor"]["id"] for each in members["items"]} == {"first", "ann", "bob"}
    rows = api.client.get("/api/statuses", params={"goal_id": goal_id}, headers={"Accept": "text/csv"})
    assert rows.headers["content-type"].startswith("text/csv")
    table = list(csv.DictReader(io.StringIO(rows.text)))
    assert (len(table), table[0]["goal_name"]) == (24, "'=1+1")


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

    (ready,) = first(1)
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


def test_it_is_well(api: Api) -> None:
    assert api.until(lambda: not api.get("/healthz")["catching_up"], "the read model has caught up")
