"""Bodies that are no goal: one that is acceptable, with one thing wrong, or no JSON at all."""

import copy
import json
from random import Random
from typing import Any, Final, NamedTuple

from tests.bad_requests.texts import odd, too_long

Path = tuple[str | int, ...]
JSON = Any


class Raw(NamedTuple):
    """JSON that Python wouldn't write."""

    text: str


MISSING: Final = object()
_NOT_TEXT: Final[tuple[JSON, ...]] = (7, None, True, [], {}, 1.5)
_NO_NUMBER: Final[tuple[JSON, ...]] = (
    0, -1, 1.5, "5", True, [], {}, 10**19, Raw("1e999"), Raw("-1e999"), Raw("1" * 400),
    Raw("1" * 5_000), Raw("1e-99999"),
)  # fmt: skip
_NO_DATE: Final[tuple[JSON, ...]] = (
    "2026-02-30", "2026-13-01", "20260101", "2026-1-1", "2026-01-01T00:00:00Z", "0000-01-01", "", "٢٠٢٦-01-01",
    20260101, [],
)  # fmt: skip
_NO_FLAG: Final[tuple[JSON, ...]] = ("true", "", 1, 0, [], {})
_NO_LIST: Final[tuple[JSON, ...]] = ({}, "x", 7, True)
_NO_ID: Final[tuple[JSON, ...]] = ("", 7, None, True, [], "x" * 201, "nobody knows this one")
_FIRST: Path = ("contributors", 0)

WRONG: Final[dict[Path, tuple[JSON, ...]]] = {
    ("goal_id",): (MISSING, "", "a b", "é", "x" * 101, "a/b", "a\x00", *_NOT_TEXT),
    ("name",): (MISSING, "", *_NOT_TEXT),
    ("version",): (*_NO_NUMBER, 10**16),
    ("template",): (MISSING, "", "Tickets-Closed", "custom", *_NOT_TEXT),
    ("measure",): ({}, [], "x", {"fact": "closed", "statistic": "count"}),
    ("duration",): (MISSING, "", "daily", "Monthly", *_NOT_TEXT),
    ("start_date",): (MISSING, None, *_NO_DATE),
    ("end_date",): ("2025-12-31", "2199-01-01", *_NO_DATE),
    ("align_to_fiscal_year",): _NO_FLAG,
    ("forecast",): (True, *_NO_FLAG),
    ("contributors",): (MISSING, None, [], [None], [7], [[]], [{}], *_NO_LIST),
    (*_FIRST, "kind"): (MISSING, "", "robot", *_NOT_TEXT),
    (*_FIRST, "id"): (MISSING, *_NO_ID),
    (*_FIRST, "target"): (MISSING, None, *_NO_NUMBER),
    (*_FIRST, "pipelines"): ([""], [7], [None], ["nobody knows this one"], [["chat"]], *_NO_LIST),
    (*_FIRST, "milestones"): (
        [{}], [{"start": "2026-01-02", "target": 1}], [{"start": "2026-01-01"}], [{"start": "2026-01-01", "target": 0}],
        [{"start": "2026-01-01", "target": 1}] * 2, [7], [None], *_NO_LIST,
    ),
    (*_FIRST, "notify"): (
        [{}], [{"user_id": "nobody", "on": ["missed"]}], [{"user_id": "ann", "on": ["won"]}], [{"user_id": "ann"}],
        [{"user_id": "ann", "on": ["missed"]}] * 2, [7], *_NO_LIST,
    ),
}  # fmt: skip
"""What can't be at these places of a goal."""

CUSTOM: Final[dict[str, tuple[JSON, ...]]] = {
    "fact": (MISSING, "opened", "closed", *_NOT_TEXT),
    "statistic": (MISSING, "median", *_NOT_TEXT),
    "threshold": (MISSING, -1, 1.5, "5", True, [], Raw("1e999")),
    "percentile": (50, 0),
    "better": ("best", 7, [], ""),
    "minimum_count": _NO_NUMBER,
    "filter": ([{}], [{"attribute": "x"}], [{"attribute": "x", "in": []}], [{"attribute": 7, "in": [1]}],
               [{"attribute": "x", "in": [{}]}], [{"attribute": "x", "at_least": "5"}], [7], *_NO_LIST),
    "colour": ("red",),
}  # fmt: skip
"""Likewise in a measure."""


def wrong_goal(random: Random, goal: dict[str, Any]) -> bytes:
    """A body with one thing wrong."""
    body = copy.deepcopy(goal)
    match random.randrange(8):
        case 0:
            share = {"fact": "response", "statistic": "share_within", "threshold": 1}
            body |= {"template": "custom", "measure": share}
            body["contributors"][0]["target"] = 0.5
            name = random.choice(list(CUSTOM))
            _set(body, ("measure", name), random.choice(CUSTOM[name]))
        case 1:
            place = random.choice(((), _FIRST))
            _set(body, (*place, f"no field, {odd(random)}"), random.choice((None, 7, odd(random))))
        case 2:
            body["contributors"].append(body["contributors"][0])
        case 3:
            _set(body, (*_FIRST, random.choice(("kind", "id"))), too_long(random))
        case _:
            path = random.choice(list(WRONG))
            _set(body, path, random.choice(WRONG[path]))
    return _json(body)


def not_an_object(random: Random) -> bytes:
    """JSON, but no object."""
    return random.choice((b"[]", b"null", b"true", b"7", b'"x"', b"[{}]", b"1e5", json.dumps(odd(random)).encode()))


def not_json(random: Random, goal: dict[str, Any]) -> bytes:
    """Not JSON in UTF-8."""
    text = json.dumps(goal).encode()
    at = random.randrange(1, len(text))
    return random.choice(
        (
            b"",
            text[:at],
            text + text,
            text.replace(b":", b"", 1),
            text.replace(b'"', b"'"),
            b"\xef\xbb\xbf" + text,
            json.dumps(goal).encode("utf-16"),
            b'{"goal_id": "\xff"}',
            b'{"goal_id": "\\ud800"}',
            b'{"goal_id": "a\x00"}',
            b'{"goal_id": NaN}',
            b"[" * random.choice((10, 1_000, 100_000)),
            b'{"a":' * 100_000,
            bytes(random.randrange(256) for _ in range(20)) + b"{",
            odd(random).encode() + b"{",
        )
    )


def _set(value: Any, path: Path, wrong: JSON) -> None:
    for step in path[:-1]:
        value = value[step]
    if wrong is MISSING:
        value.pop(path[-1], None)
    else:
        value[path[-1]] = wrong


def _json(value: JSON) -> bytes:
    raws: list[str] = []

    def mark(raw: JSON) -> str:
        raws.append(raw.text)
        return f"@{len(raws)}@"

    text = json.dumps(_marked(value, mark))
    for number, raw in enumerate(raws, 1):
        text = text.replace(f'"@{number}@"', raw)
    return text.encode()


def _marked(value: JSON, mark: Any) -> JSON:
    """Raws are tuples, which JSON would take for lists."""
    if isinstance(value, Raw):
        return mark(value)
    if isinstance(value, dict):
        return {name: _marked(each, mark) for name, each in value.items()}
    return [_marked(each, mark) for each in value] if isinstance(value, list) else value
