"""Account, directory, snapshot requests, and the form of verdicts (SPEC 2.2)."""

import json
from typing import Any

import pytest

from schemas.control import TeamSince
from schemas.topics import COMMAND_TOPICS, CONTROL_REJECTED
from tests.control_court import LEAST_CUT, NOON, Court, Sent, ada, reason_of


def test_an_accepted_command_becomes_an_entry() -> None:
    court = Court()
    verdict = court.send("directory", "user:ada", {"name": "Ada", "team_id": "blue"})

    assert (verdict.topic, verdict.key, verdict.partition) == ("control-accepted", b"directory|user:ada", 0)
    assert json.loads(verdict.value or b"") == {
        "topic": "directory",
        "key": "user:ada",
        "value": {"name": "Ada", "email": None, "active": True, "team_id": "blue"},
        "at": "2025-11-25T12:00:00.000Z",
    }


def test_a_refused_command_goes_byte_for_byte_with_the_headers() -> None:
    record = Sent(b"user:\xff", b'{"name": ', partition=0, offset=41)
    verdict = Court().send_raw("directory", record)

    assert (verdict.topic, verdict.key, verdict.value, verdict.partition) == (
        CONTROL_REJECTED,
        record.key,
        record.value,
        0,
    )
    assert verdict.headers == (
        ("reason", b"key: not UTF-8, give it as UTF-8 text"),
        ("topic", b"directory"),
        ("partition", b"0"),
        ("offset", b"41"),
    )


@pytest.mark.parametrize("topic", COMMAND_TOPICS)
@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (None, b"{}", "key: missing"),
        (b"\xff", b"{}", "key: not UTF-8"),
        (b"k", b"", "value: not JSON"),
        (b"k", b"{,}", "value: not JSON"),
        (b"k", b'{"name": "\xff"}', "value: not JSON"),
        (b"k", b"[" * 100_000, "value: nested too deeply"),
        (b"k", b"null", "value: the JSON null"),
        (b"k", b" " * 4_000_001, "value: 4000001 bytes as sent"),
    ],
)
def test_what_is_no_command_at_all_is_refused(topic: str, key: bytes | None, value: bytes, reason: str) -> None:
    assert reason_of(Court().send_raw(topic, Sent(key, value))).startswith(reason)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("ada", {}, 'key: "ada", give user:ID, team:ID or pipeline:ID'),
        ("user:", {}, 'key: "user:", give'),
        ("group:x", {}, 'key: "group:x", give'),
        ("group:x", None, 'key: "group:x", give'),
        ("user:" + "x" * 201, {}, 'key: "user:xxx'),
        ("user:ada", [], "value: a list, give an object"),
        ("user:ada", {"name": 3}, "name: 3, give a string"),
        ("user:ada", {"active": "yes"}, 'active: "yes", give true or false'),
        ("user:ada", {"team": "blue"}, "team: unknown field, did you mean teams?"),
        ("user:ada", {"team_id": ""}, 'team_id: "", give a string'),
        ("user:ada", {"team_id": "a", "teams": []}, "teams: given together with team_id"),
        ("user:ada", {"teams": [{"team_id": "a"}]}, "teams[0].from: missing"),
        ("user:ada", {"teams": [{"from": "2025-01-01"}]}, "teams[0].team_id: missing"),
        ("user:ada", {"teams": [{"team_id": "a", "from": "1.1.2025"}]}, 'teams[0].from: "1.1.2025", give a date'),
        (
            "user:ada",
            {"teams": [{"team_id": "a", "from": "2025-01-01"}, {"team_id": "b", "from": "2025-01-01"}]},
            'teams[1].from: "2025-01-01", another team has the same from',
        ),
        ("team:a", {"email": "x"}, "email: unknown field"),
        ("pipeline:a", {"name": []}, "name: a list, give a string"),
    ],
)
def test_directory_records_are_read_strictly(key: str, value: Any, reason: str) -> None:
    refused = Court().refuse("directory", key, value)

    assert refused.startswith(reason), refused


def test_the_latest_from_counts_whatever_the_order_and_before_the_first_there_is_none() -> None:
    court = Court()
    court.user("ada", teams=[{"team_id": "b", "from": "0001-01-03"}, {"team_id": "a", "from": "0001-01-02"}])

    assert [court.state.crediting.team_of("ada", day) for day in (1, 2, 3, 400_000)] == [None, "a", "b", "b"]
    assert court.state.users["ada"].teams == (TeamSince(2, "a"), TeamSince(3, "b"))


def test_a_single_team_holds_always_and_a_deleted_user_has_none() -> None:
    court = Court()
    court.user("ada", team_id="blue")
    assert court.state.crediting.team_of("ada", 1) == "blue"

    court.accept("directory", "user:ada", None)
    assert court.state.crediting.team_of("ada", 1) is None


def test_a_user_whom_the_directory_does_not_know_can_be_deleted_and_is_stopped() -> None:
    court = Court()
    court.accept("directory", "user:ada", None)

    assert court.state.stopped("user:ada")
    assert not court.state.stopped("user:bob")


def test_users_are_stopped_while_deactivated_or_deleted_and_teams_never() -> None:
    court = Court()
    stopped = []
    for fields in ({"active": False}, {}, None, {"name": "Ada"}):
        court.accept("directory", "user:ada", fields)
        court.accept("directory", "team:ada", {} if fields is not None else None)
        stopped.append((court.state.stopped("user:ada"), court.state.stopped("team:ada")))

    assert stopped == [(True, False), (False, False), (True, False), (False, False)]


def test_recipients_are_those_switched_on_without_the_gone_in_the_order_given() -> None:
    court = Court()
    notify = [{"user_id": name, "on": ["missed"]} for name in ("eve", "ada", "bob", "zoe")]
    court.goal(contributors=[ada(notify=[*notify, {"user_id": "max", "on": ["achieved"]}])])
    court.user("ada", name="Ada", email="ada@example.org")
    court.user("bob", active=False)
    court.user("zoe")
    court.accept("directory", "user:zoe", None)
    contributor = court.state.goals["g"].contributors[0]

    assert court.state.recipients(contributor, "missed") == [("eve", None, None), ("ada", "Ada", "ada@example.org")]
    assert court.state.recipients(contributor, "exceeded") == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"time_zone": "Europe/Berlim"}, 'time_zone: "Europe/Berlim", it is no IANA time zone'),
        ({"time_zone": 1}, "time_zone: 1, give a string"),
        ({"fiscal_year_start_month": 13}, "fiscal_year_start_month: 13, give a whole number from 1 to 12"),
        ({"week_start": "Monday"}, 'week_start: "Monday", give one of monday'),
        ({"freeze_grace": "-PT1H"}, 'freeze_grace: "-PT1H", give days, hours'),
        ({"freeze_grace": 3600}, "freeze_grace: 3600, give a string"),
        ({"timezone": "UTC"}, "timezone: unknown field, did you mean time_zone?"),
    ],
)
def test_the_account_is_read_strictly(value: Any, reason: str) -> None:
    refused = Court().refuse("account", "account", value)

    assert refused.startswith(reason), refused


def test_the_account_has_one_key() -> None:
    assert Court().refuse("account", "settings", {}) == 'key: "settings", give "account"'


@pytest.mark.parametrize(
    ("text", "ms"),
    [("PT0S", 0), ("PT1H", 3_600_000), ("P1DT2H3M4.5S", 93_784_500), ("P2D", 172_800_000), ("PT0.001S", 1)],
)
def test_the_grace_is_a_span_of_days_hours_minutes_seconds(text: str, ms: int) -> None:
    court = Court()
    value = court.accept("account", "account", {"freeze_grace": text})["value"]

    assert court.state.account.freeze_grace == ms
    assert value["freeze_grace"] == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1W", "P1M", "P1Y", "1H", "PT1", "PT1.0005S", "PT1,5S", "P1DT", "pt1h"]
)
def test_other_spans_are_refused(text: str) -> None:
    assert Court().refuse("account", "account", {"freeze_grace": text}).startswith("freeze_grace: ")


def test_an_account_record_is_the_whole_account_and_null_is_the_defaults() -> None:
    court = Court()
    court.accept("account", "account", {"time_zone": "Asia/Tokyo", "week_start": "sunday"})
    court.accept("account", "account", {"time_zone": "Asia/Tokyo"})
    assert (court.state.account.week_start, court.state.crediting.days.time_zone) == ("monday", "Asia/Tokyo")

    court.accept("account", "account", None)
    assert court.state.account.time_zone == court.state.crediting.days.time_zone == "UTC"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_zone": "Asia/Tokyo"}, "time_zone"),
        ({"week_start": "sunday"}, "week_start"),
        ({"fiscal_year_start_month": 2}, "fiscal_year_start_month"),
    ],
)
def test_once_a_milestone_is_closed_the_calendar_can_not_change_any_more(change: dict[str, Any], field: str) -> None:
    court = Court()
    court.goal()
    court.snapshot("2025-02-01")
    court.accept("goals", "g", None)

    assert court.refuse("account", "account", change).startswith(f"{field}: ")
    court.accept("account", "account", {"freeze_grace": "PT2H"})
    court.accept("account", "account", None)


def test_deleting_the_account_counts_as_a_change_of_its_calendar() -> None:
    court = Court()
    court.accept("account", "account", {"time_zone": "Asia/Tokyo"})
    court.goal()
    court.snapshot("2025-02-01")

    assert court.refuse("account", "account", None).startswith('time_zone: "UTC", a milestone is closed')


def test_a_calendar_that_a_goal_does_not_fit_is_refused_naming_the_goal() -> None:
    court = Court()
    court.goal(duration="weekly", contributors=[ada(milestones=[{"start": "2025-01-06", "target": 3}])])

    refused = court.refuse("account", "account", {"week_start": "sunday"})
    assert refused.startswith('week_start: "sunday", the goal g doesn\'t allow it')
    assert "contributors[0].milestones[0].start: 2025-01-06 starts no milestone" in refused


def test_a_calendar_cuts_the_milestones_anew_while_none_is_closed() -> None:
    court = Court()
    court.goal(duration="weekly")
    court.accept("account", "account", {"week_start": "friday"})

    assert court.state.assignments("user:ada")[1].milestone.start.isoformat() == "2025-01-03"


def test_a_snapshot_request_keeps_the_least_cut() -> None:
    court = Court()
    entry = court.snapshot("2025-11-25")

    assert entry["value"] == {"as_of": "2025-11-25"}
    assert {topic: tuple(offsets) for topic, offsets in entry["least_cut"].items()} == LEAST_CUT
    assert getattr(court.spine.entries[-1].command, "least_cut", None) == LEAST_CUT
    court.snapshot("2025-11-25")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("2025-11-26", {"as_of": "2025-11-26"}, 'as_of: "2025-11-26", it is after today, give 2025-11-25 or earlier'),
        ("2025-11-25", {"as_of": "2025-11-24"}, 'as_of: "2025-11-24", it is not the record\'s key "2025-11-25"'),
        ("2025-11-25", {}, "as_of: missing"),
        ("2025-11-25", {"as_of": 20251125}, "as_of: 20251125, give a date"),
        ("2025-11-25", None, "value: null, a snapshot request can't be taken back"),
    ],
)
def test_snapshot_requests_are_read_strictly(key: str, value: Any, reason: str) -> None:
    refused = Court().refuse("snapshot-requests", key, value)

    assert refused.startswith(reason), refused


def test_today_is_the_accounts() -> None:
    court = Court()
    court.accept("account", "account", {"time_zone": "Pacific/Kiritimati"})

    court.accept("snapshot-requests", "2025-11-26", {"as_of": "2025-11-26"}, NOON)
