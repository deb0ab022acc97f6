"""Statuses, results, notifications and what is behind the numbers, as programs read them."""

import asyncio
import csv
import io
from typing import Any

import orjson

from agents.clock import now
from schemas import topics
from schemas.instants import format_instant
from tests.integration.api_system import ANN, BOB, Api, goal
from tests.oracle.generate import Message


def event(topic: str, ticket: str, at: str, **more: Any) -> Message:
    fields = {"event_id": f"{topic}-{ticket}", "ticket_id": ticket, "occurred_at": at, "pipeline_id": "chat", **more}
    return Message(topic, 1_790_000_000_000, ticket.encode(), orjson.dumps(fields))


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
    published = format_instant(now())
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
    assert published <= first["computed_at"] <= format_instant(now())
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
