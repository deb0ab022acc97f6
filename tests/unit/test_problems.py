"""What goes wrong is told as problem+json: which parameter, its value, what it should be."""

from typing import Annotated, Any

import httpx
import pytest
from aiokafka.errors import KafkaTimeoutError
from fastapi import Body, Depends, FastAPI, Header, Query
from redis.exceptions import TimeoutError as RedisTimeout

from serving import problems
from serving.index.filters import Day, StatusPage
from serving.parameters import checked
from serving.turns import Overloaded


def _app() -> FastAPI:
    app = FastAPI(dependencies=[Depends(checked)])
    problems.install(app)

    @app.get("/api/list")
    async def get_list(asked: Annotated[StatusPage, Query()]) -> int:
        return asked.limit

    @app.post("/api/list")
    async def post_list(secret: Annotated[int, Body(embed=True)], key: Annotated[int, Header()] = 1) -> int:
        return secret + key

    @app.get("/api/day")
    async def get_day(day: Day) -> Day:
        return day

    @app.get("/api/{name}")
    async def get_failing(name: str) -> None:
        raise {"overload": Overloaded, "kafka": KafkaTimeoutError, "valkey": RedisTimeout, "fault": KeyError}[name]

    return app


@pytest.fixture
def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(_app(), raise_app_exceptions=False), base_url="http://api")


async def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ("list?limit=abc", 'limit: "abc", input should be a valid integer, unable to parse string as an integer'),
        ("list?limit=0", 'limit: "0", input should be greater than or equal to 1'),
        ("list?from=tomorrow", 'from: "tomorrow", give a date like 2026-01-31'),
        ("list?limits=5", "limits: unknown here, see /api/openapi.json"),
        ("day", "day: missing, it is required"),
        ("day?day=1", 'day: "1", give a date like 2026-01-31'),
        ("day?day=2026-01-01&month=1", "month: unknown here, see /api/openapi.json"),
        ("day?day=2026-01-01&day=2026-01-02", "day: given more than once, give it once"),
        ("fault?x=1", "x: unknown here, see /api/openapi.json"),
    ],
)
async def test_a_wrong_parameter_is_named_with_its_value_and_the_remedy(
    client: httpx.AsyncClient, asked: str, detail: str
) -> None:
    found = await problem(await client.get(f"/api/{asked}"), 422)
    assert found["detail"] == detail
    (error,) = found["errors"]
    assert f"{error['field']}: {error['detail']}" == detail


async def test_what_a_body_or_a_header_held_is_not_said_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/list", json={"secret": "a1b2"}, headers={"Key": "c3d4"})
    found = await problem(answer, 422)
    assert {each["field"] for each in found["errors"]} == {"secret", "key"}
    assert "a1b2" not in answer.text
    assert "c3d4" not in answer.text


@pytest.mark.parametrize("what", ["overload", "kafka", "valkey"])
async def test_what_can_not_be_had_now_is_to_be_asked_later(client: httpx.AsyncClient, what: str) -> None:
    answer = await client.get(f"/api/{what}")
    assert (await problem(answer, 503))["type"] == "urn:service-goals:unavailable"
    assert int(answer.headers["retry-after"]) > 0


async def test_a_fault_tells_nothing_of_the_inside(client: httpx.AsyncClient) -> None:
    assert (await problem(await client.get("/api/fault"), 500))["detail"] == "the server's log says more"


async def test_all_methods_of_an_address_are_named(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/list")
    assert (await problem(answer, 405))["detail"] == "PUT: not for this route, take GET, POST"
    assert answer.headers["allow"] == "GET, POST"
