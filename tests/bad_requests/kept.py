"""What is in force before all the bad requests, and has to be after: nothing is lost, nothing is written."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from prometheus_client.parser import text_string_to_metric_families

from schemas import topics
from schemas.metrics import PREFIX, REQUESTS
from tests.bad_requests.generate import World
from tests.integration.api_system import ANN, BOB, Api, goal


def prepared(api: Api) -> World:
    """Goals in force, the first of which is the requests' target, with its statuses there."""
    tell = [{"user_id": "bob", "on": ["missed"]}]
    made = [goal(f"kept-{uuid4().hex[:8]}", {**ANN, "notify": tell}, BOB) for _ in range(3)]
    for each in made:
        assert api.client.post("/api/goals", json=each).status_code == 201
        goal_id = each["goal_id"]
        api.until(lambda: api.get("/api/statuses", goal_id=goal_id)["total"] == 12, "statuses are there")  # noqa: B023
    key = api.get("/api/statuses", goal_id=made[0]["goal_id"])["items"][0]["key"]
    return World(made[0], key)


async def state_of(api: Api) -> dict[str, Any]:
    """All that could be lost, and how many commands there were ever."""
    goals = list(_all(api, "/api/goals"))
    kept = [each["goal"]["goal_id"] for each in goals]
    return {
        "goals": goals,
        "directory": list(_all(api, "/api/directory")),
        "account": api.get("/api/account"),
        "statuses": list(_all(api, "/api/statuses", goal_id=[each for each in kept if each.startswith("kept-")])),
        "judged": await _judged(api),
    }


def faults(api: Api) -> list[str]:
    """What the server itself says went wrong: answers of 500, and errors in its log."""
    counted = [f"{number:g} answers of 500 by {route}" for route, code, number in _answers(api) if code == "500"]
    return counted + [line for line in api.log.read_text().splitlines() if "[error" in line]


def memory(api: Api) -> float:
    """MiB that the server has in memory."""
    text = api.client.get("/metrics").text
    (found,) = (each for each in text_string_to_metric_families(text) if each.name == "process_resident_memory_bytes")
    return float(found.samples[0].value) / 2**20


def _answers(api: Api) -> Iterator[tuple[str, str, float]]:
    for family in text_string_to_metric_families(api.client.get("/metrics").text):
        if family.name == PREFIX + REQUESTS.name:
            yield from ((each.labels["route"], each.labels["code"], each.value) for each in family.samples)


def _all(api: Api, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    while True:
        part = api.get(path, limit=500, **parameters, **cursor)
        yield from part["items"]
        if part["next"] is None:
            return
        cursor = {"cursor": part["next"]}


async def _judged(api: Api) -> int:
    return sum([len(await api.system.read(each, 1)) for each in (topics.CONTROL_ACCEPTED, topics.CONTROL_REJECTED)])
