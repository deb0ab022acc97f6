"""Query parameters that are wrong, for every route that has some."""

import base64
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from tests.bad_requests.texts import odd, too_long

Parameter = tuple[str, str]
Wrong = Callable[[Random], list[str]]
"""Values of one parameter, at least one of them not acceptable."""


def one_of(*values: str) -> Wrong:
    return lambda random: [random.choice(values)]


def _no_id(random: Random) -> list[str]:
    return random.choice(([""], [too_long(random)], ["x"] * 201, ["ann", ""]))


def _no_name(random: Random) -> list[str]:
    return [random.choice(("", f"no such name {odd(random)}", "Weekly", "0", "weekly,monthly"))]


def _no_needle(random: Random) -> list[str]:
    return [random.choice(("", too_long(random)))]


def _no_key(random: Random) -> list[str]:
    return [random.choice(("", "x" * 601))]


_no_limit: Final = one_of("", "0", "-1", "501", "1.5", "1e2", "x", "9" * 400, "5 5", "null", "\x00")
_no_day: Final = one_of(
    "", "0", "2026-02-30", "2026-13-01", "20260101", "2026-1-1", "٢٠٢٦-01-01", "2026-01-01T00:00", "x"
)
_no_flag: Final = one_of("", "maybe", "2", "truefalse", "null", "\x00")
_no_share: Final = one_of("", "nan", "inf", "-inf", "-0.1", "100.1", "1e400", "x", "0x10", "1,5")


def _no_cursor(random: Random) -> list[str]:
    return [random.choice((odd(random) + "!", _encoded(_cursor(random)), "A" * 2_001, "", "===="))]


def _cursor(random: Random) -> Any:
    column, descending = random.choice(
        (("goal_name", False), ("computed_at", True), ("name", False), ("day", True), (odd(random), False))
    )
    value: Any = random.choice((True, [], {}, 2**63, -(2**63), 2**64, 10**30, [[[]]]))
    whole = [column, descending, value, "key"]
    return random.choice(
        (whole, [column, descending, "a", 7], [column, descending], [], {}, 7, None, "text", [*whole, 1])
    )


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


_PAGE: Final[Mapping[str, Wrong]] = {"limit": _no_limit, "cursor": _no_cursor}
_WHO: Final[Mapping[str, Wrong]] = dict.fromkeys(("user", "team", "pipeline"), _no_id)
_WHICH: Final[Mapping[str, Wrong]] = {"goal_name": _no_needle, "template": _no_name, "duration": _no_name}
_SPAN: Final[Mapping[str, Wrong]] = {"from": _no_day, "to": _no_day}
_STATUSES: Final[Mapping[str, Wrong]] = {
    **_PAGE, **_WHO, **_WHICH, **_SPAN, "goal_id": _no_id, "members": _no_flag, "in_pipeline": _no_id,
    "milestone": _no_name, "status": _no_name, "progress_min": _no_share, "progress_max": _no_share,
    "no_data": _no_flag, "frozen": _no_flag, "sort": one_of("", "colour", "--start", "start desc", "+start", '"start"'),
}  # fmt: skip

PARAMETERS: Final[Mapping[str, Mapping[str, Wrong]]] = {
    "/api/statuses": _STATUSES,
    "/api/results": _STATUSES,
    "/api/notifications": {
        **_PAGE, **_WHO, **_SPAN, "goal_id": _no_id, "kind": _no_name, "recipient": _no_id, "key": _no_key,
    },
    "/api/goals": {**_PAGE, **_WHO, **_WHICH},
    "/api/directory": {**_PAGE, "kind": _no_name, "id": _no_id, "q": _no_needle, "active": _no_flag},
    "/api/events": {**_WHO, "event": _no_name, "goal_id": _no_id},
}  # fmt: skip
"""What can't be asked, by route and parameter."""

FINE: Final[Mapping[str, str]] = {"limit": "5", "user": "ann", "goal_id": "x", "goal_name": "a", "kind": "user"}
"""Parameters that are acceptable where the route knows them, to stand beside a wrong one."""


def wrong_query(random: Random, path: str) -> list[Parameter]:
    """Parameters of which one is wrong, unknown, or given twice."""
    known = PARAMETERS[path]
    name = random.choice(list(known))
    fine = [
        (each, FINE[each]) for each in FINE if each in known and each not in (name, "kind") and random.random() < 0.3
    ]
    match random.randrange(6):
        case 0:
            wrong = [(f"no parameter {odd(random)}", odd(random))]
        case 1 if "cursor" in known:
            wrong = [("limit" if random.random() < 0.5 else "cursor", "5")] * 2
            fine = [each for each in fine if each[0] not in ("limit", "cursor")]
        case _:
            wrong = [(name, value) for value in known[name](random)]
    query = fine + wrong
    random.shuffle(query)
    return query


def twice(random: Random) -> list[Parameter]:
    """A parameter that nobody may repeat, whatever the route."""
    name = random.choice(("x", "limit", "cursor", "version", f"x{odd(random)}"))
    return [(name, "1"), (name, random.choice(("1", "2", odd(random))))]
