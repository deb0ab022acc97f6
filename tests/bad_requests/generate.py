"""The requests: each kind in turn, so that every number of them has its share of all."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from tests.bad_requests.broken import broken_http, cut_off
from tests.bad_requests.goals import not_an_object, not_json, wrong_goal
from tests.bad_requests.queries import PARAMETERS, one_of, twice, wrong_query
from tests.bad_requests.texts import odd, too_long
from tests.bad_requests.wire import Bad, request

MOST_BODY: Final = 4_000_000
"""Bytes, as the server is set."""
METHODS: Final = ("PATCH", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "get", "X" * 100)


class World(NamedTuple):
    """What is in force and has to stay."""

    goal: dict[str, Any]
    """A goal; its version is 1."""
    key: str
    """Of one of its statuses."""

    @property
    def path(self) -> str:
        return f"/api/goals/{self.goal['goal_id']}"

    @property
    def paths(self) -> tuple[str, ...]:
        """Every route, with what is there in its place."""
        key, goal = quote(self.key, safe=""), self.goal["goal_id"]
        of_key = (f"/api/statuses/{key}", f"/api/statuses/{key}/history", f"/api/statuses/{key}/tickets")
        others = ("/api/account", "/api/milestones", "/api/session", "/api/commands/goals/0", "/healthz", "/metrics")
        changing = (self.path, "/api/goals/check", f"/api/goals/{goal}/contributors/user/ann")
        return (*PARAMETERS, *of_key, *others, *changing, "/", "/js/main.js")


Kind = Callable[[Random, World], bytes]


def _query(random: Random, _world: World) -> bytes:
    path = random.choice(list(PARAMETERS))
    return request("GET", path, wrong_query(random, path))


def _twice(random: Random, world: World) -> bytes:
    path = random.choice([path for path in world.paths if path.startswith("/api") and "goals/" not in path])
    return request("GET", path, twice(random))


def _milestones(random: Random, _world: World) -> bytes:
    day = one_of("", "x", "2026-02-30", "٢٠٢٦-01-01", "20260101")(random)[0]
    return request(
        "GET",
        "/api/milestones",
        random.choice(
            (
                [("duration", "weekly")],
                [("start_date", "2026-01-01")],
                [("duration", odd(random) + "!"), ("start_date", "2026-01-01")],
                [("duration", "weekly"), ("start_date", day)],
                [("duration", "weekly"), ("start_date", "2026-01-01"), ("end_date", day or "x")],
                [("duration", "weekly"), ("start_date", "2026-01-01"), ("end_date", "2025-01-01")],
                [("duration", "weekly"), ("start_date", "0001-01-01"), ("end_date", "9999-12-31")],
                [("duration", "custom"), ("start_date", "2026-01-01")],
                [("duration", "weekly"), ("start_date", "2026-01-01"), ("align_to_fiscal_year", "perhaps")],
            )
        ),
    )


def _path(random: Random, world: World) -> bytes:
    escape = random.choice(("../", "..%2f", "%2e%2e/", "..\\", "%2e%2e%5c", "....//")) * random.randrange(1, 12)
    nowhere = quote(odd(random), safe="") or "x"
    return request(
        "GET",
        random.choice(
            (
                f"/{escape}etc/passwd",
                f"/js/{escape}etc/passwd",
                f"/api/{escape}etc/passwd",
                f"/no-{nowhere}",
                f"/api/no-{nowhere}",
                f"/api/statuses/no-{nowhere}",
                f"/api/statuses/no-{nowhere}/history",
                f"/api/statuses/no-{nowhere}/tickets",
                f"/api/statuses/{quote(world.key, safe='')}/no-{nowhere}",
                f"/api/results/no-{nowhere}",
                f"/api/goals/no-{nowhere}",
                f"/api/goals/{'x' * 201}",
                f"/api/commands/no-{nowhere}/0",
                f"/api/commands/goals/-{nowhere}",
                f"/api/commands/goals/{random.choice(('-1', 2**63, '1' * 5_000, '1.5', '0x1'))}",
                "/index.html/x",
                f"/{'x' * random.choice((300, 5_000, 50_000))}",
                f"/api/statuses/{'x|' * 10_000}",
            )
        ),
    )


def _method(random: Random, world: World) -> bytes:
    path = random.choice(world.paths)
    return request(random.choice(METHODS), path, body=random.choice((None, b"", b"{}")))


def _delete(random: Random, world: World) -> bytes:
    nobody = quote(f"nobody {odd(random)}", safe="")
    path = random.choice(
        (
            f"/api/goals/no-{nobody}",
            f"{world.path}/contributors/user/{nobody}",
            f"{world.path}/contributors/robot-{nobody}/ann",
            f"{world.path}/contributors/user/{quote(too_long(random), safe='')}",
            f"/api/goals/no-{nobody}/contributors/user/ann",
            *(f"{path}/{nobody}" for path in ("/api/account", "/api/goals", "/api/directory")),
        )
    )
    return request("DELETE", path)


def _target(random: Random, world: World, body: bytes, **headers: str) -> bytes:
    method, path = random.choice((("POST", "/api/goals"), ("POST", "/api/goals/check"), ("PUT", world.path)))
    return request(method, path, (), body, If_Match="*", **headers)


def _goal(random: Random, world: World) -> bytes:
    return _target(
        random, world, wrong_goal(random, {**world.goal, "goal_id": "never"} if random.random() < 0.5 else world.goal)
    )


def _no_object(random: Random, world: World) -> bytes:
    return _target(random, world, not_an_object(random))


def _no_json(random: Random, world: World) -> bytes:
    return _target(random, world, not_json(random, world.goal))


def _media_type(random: Random, world: World) -> bytes:
    wrong = random.choice(
        ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "é", odd(random))
    )
    header = wrong.translate(dict.fromkeys(range(32))).strip() or "x"
    return _target(random, world, json.dumps(world.goal).encode(), Content_Type=header)


def _match(random: Random, world: World) -> bytes:
    """A PUT or DELETE that would change something, were its If-Match right."""
    wrong = ("", '"2"', '"0"', 'W/"7"', '"' + "9" * 30 + '"', "1", '"1', "1,2", "é", "x" * 500, '"٣"', "**", '"1"' * 60)
    body = json.dumps({**world.goal, "name": odd(random)}).encode()
    method, path = random.choice(
        (("PUT", world.path), ("DELETE", world.path), ("DELETE", f"{world.path}/contributors/user/ann"))
    )
    return request(method, path, body=body if method == "PUT" else None, If_Match=random.choice(wrong))


def _from_elsewhere(random: Random, world: World) -> bytes:
    """A request that another site, or a proxy, would have sent."""
    hosts = ("evil.example", "", "[::1", "[", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "localhost:x:y", "é")
    origins = ("https://evil.example", "null", "http://[::1", "http://[", "é", "//", "http://127.0.0.1:1", "x" * 1_000)
    addresses = ("203.0.113.9", "x", "é", "[", "1" * 1_000)
    body = json.dumps(world.goal).encode()
    match random.randrange(3):
        case 0:
            return request("GET", "/api/statuses", Host=random.choice(hosts))
        case 1:
            return _target(random, world, body, Origin=random.choice(origins))
        case _:
            return request("GET", random.choice(list(PARAMETERS)), X_Forwarded_For=random.choice(addresses))


def _login(random: Random, world: World) -> bytes:
    wrong: tuple[Any, ...] = (odd(random), "", "x" * 1_001, 7, None, [], {})
    bodies: list[Any] = [{"token": each} for each in wrong] + [
        {},
        [],
        None,
        7,
        {"token": "x", "more": 1, "role": "admin"},
    ]
    surrogate = b'{"token": "\\ud800"}'
    body = random.choice([*(json.dumps(each).encode() for each in bodies), surrogate, not_json(random, world.goal)])
    return request("POST", "/api/session", body=body)


def _too_large(random: Random, _world: World) -> bytes:
    method, path = random.choice((("POST", "/api/goals"), ("POST", "/api/goals/check"), ("POST", "/api/session")))
    body = b" " * (MOST_BODY + random.choice((1, 1_000)))
    if random.random() < 0.5:
        return request(method, path, body=body)
    head = request(method, path, Content_Type="application/json", Transfer_Encoding="chunked")
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def _resumed(random: Random, _world: World) -> bytes:
    """A stream after an event that there never was: it begins anew."""
    wrong = ("x", "1", "-", "1-", "-1", "1-1", "9" * 30 + "-0", "0x1-0", "٣-٣", "1-1-1", " ", "é", "$", "*")
    return request("GET", "/api/events", Last_Event_ID=random.choice(wrong))


def _broken(random: Random, _world: World) -> bytes:
    return broken_http(random)


def _cut(random: Random, world: World) -> bytes:
    return cut_off(random, request("POST", "/api/goals", body=json.dumps({**world.goal, "goal_id": "never"}).encode()))


_USUAL: Final[dict[str, Kind]] = {
    "query": _query, "parameter twice": _twice, "milestones": _milestones, "path": _path, "method": _method,
    "delete": _delete, "goal": _goal, "no object": _no_object, "no JSON": _no_json, "media type": _media_type,
    "If-Match": _match, "from elsewhere": _from_elsewhere, "login": _login, "broken HTTP": _broken, "cut off": _cut,
}  # fmt: skip
_SELDOM: Final[dict[str, Kind]] = {"too large": _too_large, "Last-Event-ID": _resumed}
"""They take long."""
_ROUNDS: Final = 8
"""Of the usual kinds, before one of each of the seldom ones."""


def bad_requests(seed: int, count: int, world: World) -> Iterator[Bad]:
    """So many of them; the same seed makes the same ones."""
    random = Random(seed)
    kinds = [*list(_USUAL.items()) * _ROUNDS, *_SELDOM.items()]
    for number in range(count):
        name, kind = kinds[number % len(kinds)]
        yield Bad(name, kind(random, world), resets=kind is _resumed, cut=kind is _cut)
