"""What goes out is JSON with the fields of SPEC 6, and says the same thing in the same bytes."""

import json
from datetime import date

import pytest
from msgspec import structs

from schemas.statuses import (
    Notification,
    Party,
    Period,
    Recipient,
    Result,
    Status,
    contributor_of,
    decode_status,
    encode_body,
    goal_of,
    stamp,
    status_key,
)

STATUS = Status(
    goal_id="g",
    goal_name="Fast",
    goal_version=2,
    template="average-response-time",
    duration="weekly",
    contributor=Party("user", "ann", None),
    milestone=Period(date(2026, 1, 5), date(2026, 1, 11)),
    pipelines=("p",),
    unit="ms",
    target=900_000,
    actual=1.5,
    sum=3,
    count=2,
    progress=99.9999,
    status="in_progress",
    no_data=False,
    frozen=False,
    as_of=None,
)
FIELDS = (
    "goal_id goal_name goal_version template duration contributor milestone pipelines unit target actual sum count "
    "progress status no_data frozen as_of"
)


def test_a_status_has_the_fields_in_their_order() -> None:
    fields = json.loads(encode_body(STATUS))
    assert " ".join(fields) == FIELDS
    assert fields["contributor"] == {"kind": "user", "id": "ann", "name": None}
    assert fields["milestone"] == {"start": "2026-01-05", "end": "2026-01-11"}
    assert fields["pipelines"] == ["p"]


def test_projected_is_there_only_when_it_is_said_and_may_be_null() -> None:
    assert "projected" not in json.loads(encode_body(STATUS))
    assert json.loads(encode_body(structs.replace(STATUS, projected=None)))["projected"] is None


def test_the_stamp_adds_when_it_was_computed_and_nothing_else() -> None:
    body = encode_body(STATUS)
    assert json.loads(stamp(body, 0)) == json.loads(body) | {"computed_at": "1970-01-01T00:00:00.000Z"}


def test_a_status_survives_its_body() -> None:
    assert decode_status(encode_body(STATUS)) == STATUS


def test_the_status_of_a_result_is_the_result_without_its_cut() -> None:
    result = Result(**structs.asdict(STATUS), cut={"ticket-created": [3, 4]})
    assert json.loads(encode_body(result))["cut"] == {"ticket-created": [3, 4]}
    assert decode_status(encode_body(result)) == STATUS


def test_a_notification_has_its_own_fields_beside_those_of_the_status() -> None:
    news = Notification(
        **structs.asdict(STATUS), notification_id="n", kind="missed", recipients=(Recipient("bo", None, "b@x"),)
    )
    fields = json.loads(encode_body(news))
    assert fields["recipients"] == [{"user_id": "bo", "name": None, "email": "b@x"}]
    assert " ".join(fields) == f"{FIELDS} notification_id kind recipients"


def test_sums_beyond_64_bits_stay_exact() -> None:
    assert json.loads(encode_body(structs.replace(STATUS, sum=2**70 + 1)))["sum"] == 2**70 + 1


@pytest.mark.parametrize("identity", ["ann", "a|b", "a:b|2026-01-01", "|"])
def test_a_key_gives_its_goal_and_contributor_back_whatever_the_id(identity: str) -> None:
    key = status_key("g.1-x", f"user:{identity}", date(2026, 1, 5))
    assert key == f"g.1-x|user:{identity}|2026-01-05"
    assert (goal_of(key), contributor_of(key)) == ("g.1-x", f"user:{identity}")
