"""Goals, the directory and the account as programs use them: a real server and worker on a real Kafka and Valkey."""

import asyncio

import httpx
import orjson
import pytest

from tests.integration.api_system import ANN, BOB, Api, goal


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
