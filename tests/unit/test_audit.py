"""The audit recomputes plainly, cut by cut, and sees whatever is not what the logs say."""

from collections import defaultdict
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contributions import CellKey, Change, Standing
from schemas.control import SnapshotRequest, TeamSince
from schemas.topics import TICKET_CLOSED, TICKET_CREATED, TICKET_REOPENED, TICKET_RESPONDED, TICKET_TOPICS
from service_goals.audit.differences import Difference, Tracing
from service_goals.audit.epochs import Cut, Epochs, falls
from service_goals.audit.partition import PartitionAudit, Shot, Tally, unexpected, wrong_cuts
from service_goals.audit.published import Published, ticked_cuts
from service_goals.audit.recompute import Added, Cells, Creditings, Logged, Sums, expired_before, tickets, turns
from streams.control import ControlState
from tests.contributors_kit import ANN, CLOSED, Log, Stage, contributor, day, goal, noon, sent, tick
from tests.ticket_builders import HOUR, record

FIRST, SECOND = "g|user:ann|2026-01-05", "g|user:ann|2026-01-12"
BODIES = ("milestone-results", "goal-notifications")


def at(number: int, hour: int = 0) -> str:
    return f"{day(number)}T{hour:02}:00:00Z"


def logged(topic: str, ticket: str, when: str, epoch: int = 0, **fields: Any) -> Logged:
    raw = record(ticket, when, **fields)
    return Logged(epoch, TICKET_TOPICS.index(topic), 0, 0, raw.timestamp, raw.key, raw.value)


def closed(*days: int, epoch: int = 0) -> list[Logged]:
    """One ticket of ann closed on each of these days, two hours after it was created."""
    found = []
    for number, on in enumerate(days):
        ticket = f"T{epoch}-{number}"
        found.append(logged(TICKET_CREATED, ticket, at(on, 8), epoch, event_id="c"))
        found.append(logged(TICKET_CLOSED, ticket, at(on, 10), epoch, event_id="x", user="ann"))
    return found


def added(records: list[Logged], *states: ControlState) -> dict[int, list[Added]]:
    """By epoch, what the records add; one state an epoch."""
    sums = Sums()
    creditings = Creditings([[state.crediting] for state in states], expired_before(states[:-1]))
    for of_ticket in tickets(records).values():
        for turn in turns(of_ticket, creditings):
            sums.count(turn)
    found: dict[int, list[Added]] = defaultdict(list)
    for one in sums.drain():
        found[one.epoch].append(one)
    return found


def cells_after(epoch: int, by_epoch: dict[int, list[Added]]) -> dict[CellKey, Change]:
    cells = Cells()
    for number in range(epoch + 1):
        for one in by_epoch.get(number, ()):
            cells.add(one.key, one.change)
    return cells.by_key()


def cells_of(records: list[Logged], state: ControlState) -> dict[CellKey, Change]:
    return cells_after(0, added(records, state))


@pytest.fixture
def log() -> Log:
    """One goal: ann is to close 2 tickets a week."""
    log = Log()
    log.goal(goal("g", contributor(ANN, 2)))
    return log


def test_cells_add_up_what_the_tickets_facts_are(log: Log) -> None:
    cells = cells_of(closed(1, 1, 3), log.state)
    assert cells[CellKey(ANN, CLOSED, "support", day(1).toordinal())] == Change(2, 2)
    assert cells[CellKey(ANN, 1, "support", day(3).toordinal())] == Change(1, 2 * HOUR)
    assert cells[CellKey("pipeline:support", CLOSED, "support", day(1).toordinal())] == Change(2, 2)


def test_a_record_that_breaks_a_rule_counts_for_nothing(log: Log) -> None:
    wrong = [logged(TICKET_CLOSED, "T9", "yesterday"), logged(TICKET_CLOSED, "T9", at(1))._replace(key=b"other")]
    assert cells_of([*closed(1), *wrong], log.state) == cells_of(closed(1), log.state)


def test_a_reopened_ticket_is_not_closed(log: Log) -> None:
    assert cells_of([*closed(1), logged(TICKET_REOPENED, "T0-0", at(2), event_id="r")], log.state) == {}


events = st.builds(
    logged,
    st.sampled_from(TICKET_TOPICS),
    st.sampled_from(["T1", "T2"]),
    st.sampled_from([at(1), at(2), at(3)]),
    st.integers(0, 2),
    event_id=st.sampled_from("ab"),
    user=st.sampled_from(["ann", "bob"]),
)


@given(st.lists(events, max_size=12))
def test_the_cells_of_a_cut_are_those_of_the_records_before_it_and_of_what_was_in_force(records: list[Logged]) -> None:
    log = Log()
    before = log.state
    log.user("ann", teams=(TeamSince(0, "red"),))
    by_epoch = added(records, before, log.state, log.state)
    for epoch, state in enumerate((before, log.state, log.state)):
        plain = [one._replace(epoch=0) for one in records if one.epoch <= epoch]
        assert cells_after(epoch, by_epoch) == cells_of(plain, state)


def cut(**ends: int) -> Cut:
    return {topic: [ends.get(topic.removeprefix("ticket-"), 0)] for topic in TICKET_TOPICS}


def test_a_record_is_in_the_first_epoch_whose_cut_has_it() -> None:
    epochs = Epochs([cut(closed=2), cut(closed=2), cut(closed=5)])
    assert [epochs.of(TICKET_CLOSED, 0, offset) for offset in range(6)] == [0, 0, 2, 2, 2, 3]
    assert epochs.ends[TICKET_CLOSED, 0] == 5
    assert falls(cut(closed=2), cut(closed=1)) == [TICKET_CLOSED]


def test_a_source_that_has_not_ticked_at_its_standing_stands_before_the_cut() -> None:
    ticks = [tick(4, source, at) for source, at in ((0, 10), (1, 20))] + [tick(6, 0, 30), tick(6, 1, 40)]
    standings: list[Standing] = [(6, *[35] * 5), (5, *[25] * 5)]
    assert ticked_cuts(ticks, standings) == {
        4: {topic: [10, 20] for topic in TICKET_TOPICS},
        6: {topic: [30, 25] for topic in TICKET_TOPICS},
    }


class Desk:
    """What a stage published, over the records that its cells are of, and the audit of it."""

    def __init__(self, log: Log, *days: int) -> None:
        """These tickets of ann are closed, then the first week's snapshot is taken, all as the stage itself does it."""
        self.records = closed(*days)
        self.stage = Stage(log)
        changes = [(one.key, one.change) for one in added(self.records, log.state)[0]]
        self.stage.at(7, sent(*changes))
        self.request = log.snapshot(7)
        self.stage.at(8, tick(self.request))
        self.published = Published()
        for topic, found in zip(BODIES, (self.published.results, self.published.news), strict=True):
            for one in self.stage.written:
                if one.topic == topic:
                    found.setdefault((one.key or b"").decode(), []).append(one.value or b"")
        self.statuses = {key: orjson.dumps(body) for key, body in self.stage.latest().items()}
        self.kept = cells_of(self.records, log.state)
        self.tally = Tally()

    def differences(self, later: list[Logged] | None = None) -> list[Difference]:
        """Of everything; `later`: events that the workers have merged, and the cells don't know of."""
        state, records = self.stage.log.state, [*self.records, *(later or [])]
        shots = [Shot(self.request, SnapshotRequest(day(7)), state, {**cut(), "control-accepted": []}, 0)]
        audit = PartitionAudit(self.published, added(records, state, state), self.request, self.tally)
        found = list(audit.snapshots(shots, {self.request: [ANN]}))
        found += audit.live(state, 1, self.kept, [ANN])
        found += audit.statuses(state, 1, self.statuses, [ANN], state.crediting.days.today(noon(8)))
        found += unexpected(self.published, self.tally)
        tracing = Tracing(found)
        tracing.trace(records, Creditings([[state.crediting]] * 2, expired_before([state])))
        tracing.finish()
        return found

    def tamper(self, bodies: dict[str, Any], **fields: Any) -> None:
        """Change the first of these bodies."""
        key = next(iter(bodies))
        body = bodies[key][0] if isinstance(bodies[key], list) else bodies[key]
        false = orjson.dumps(orjson.loads(body) | fields)
        bodies[key] = [false] if isinstance(bodies[key], list) else false


@pytest.fixture
def desk(log: Log) -> Desk:
    """Three in the first week, one in the second."""
    return Desk(log, 1, 2, 2, 9)


@pytest.mark.parametrize("days", [(), (1,), (1, 2), (1, 2, 6), (1, 9)])
def test_what_the_stage_writes_is_no_difference(log: Log, days: tuple[int, ...]) -> None:
    desk = Desk(log, *days)
    assert desk.differences() == []
    assert (desk.tally.results, desk.tally.news, desk.tally.statuses) == (1, 1, 2)


def told(differences: list[Difference]) -> list[tuple[str, str, str, Any, Any, list[str]]]:
    return [(one.what, one.key, one.field, one.published, one.recomputed, one.tickets) for one in differences]


def test_a_result_that_differs_is_named_with_both_numbers_and_its_tickets(desk: Desk) -> None:
    desk.tamper(desk.published.results, count=7)
    found = desk.differences()
    assert told(found) == [("result", FIRST, "count", 7, 3, ["T0-0", "T0-1", "T0-2"])]
    assert str(found[0]) == f"result {FIRST}: count is 7, the logs say 3; 3 tickets: T0-0, T0-1, T0-2"
    milestone = {"goal": "g", "contributor": ANN, "milestone": "2026-01-05"}
    assert found[0].as_json()["milestones"] == [milestone]


def test_a_result_or_news_that_is_missing_or_too_many_is_named(desk: Desk) -> None:
    ((_, [body]),) = desk.published.results.items()
    desk.published.results = {"h|user:ann|2026-01-05": [body]}
    desk.published.news = {"n": next(iter(desk.published.news.values()))}
    kinds = [(one[0], one[3], one[4]) for one in told(desk.differences())]
    missing, excess = (False, True), (True, False)
    assert kinds == [(what, *how) for how in (missing, excess) for what in ("result", "notification")]


def test_a_result_that_was_written_again_with_another_content_is_named(desk: Desk) -> None:
    (bodies,) = desk.published.results.values()
    bodies.append(orjson.dumps(orjson.loads(bodies[0]) | {"sum": 9, "computed_at": "later"}))
    assert [one[:4] for one in told(desk.differences())] == [("result", FIRST, "sum", 9)]


def test_each_field_of_news_counts(desk: Desk) -> None:
    desk.tamper(desk.published.news, recipients=[{"user_id": "eve", "name": None, "email": None}])
    assert [one[:3] for one in told(desk.differences())] == [("notification", f"{FIRST} (exceeded)", "recipients")]


def test_what_came_after_the_cut_is_not_in_the_result_but_in_what_is_live(desk: Desk) -> None:
    found = desk.differences(closed(2, epoch=1))
    assert {one.what for one in found} == {"aggregate"}
    (count,) = (one for one in found if (one.key, one.field) == (f"{ANN}|closed 2|support|2026-01-07", "count"))
    assert (count.published, count.recomputed, count.tickets) == (2, 3, ["T0-1", "T0-2", "T1-0"])
    assert count.milestones == (FIRST,)
    assert "; it counts for g|user:ann|2026-01-05; 3 tickets: T0-1, T0-2, T1-0" in str(count)


def test_each_field_of_a_live_status_counts_and_one_that_is_missing_or_too_many(desk: Desk) -> None:
    second = orjson.loads(desk.statuses[SECOND])
    desk.statuses[SECOND] = orjson.dumps(second | {"count": 7, "status": "pending"})
    desk.statuses["z|user:ann|2026-01-05"] = desk.statuses.pop(FIRST)
    assert [one[:3] for one in told(desk.differences())] == [
        ("status", FIRST, "published"),
        ("status", SECOND, "count"),
        ("status", SECOND, "status"),
        ("status", "z|user:ann|2026-01-05", "published"),
    ]


def test_a_stopped_users_numbers_are_not_compared(desk: Desk) -> None:
    desk.stage.log.user("ann", active=False)
    desk.stage.at(8)
    desk.statuses = {key: orjson.dumps(body) for key, body in desk.stage.latest().items()}
    desk.tamper(desk.statuses, count=77)
    assert [one for one in desk.differences() if one.what == "status" and one.key == SECOND] == []


def test_a_cut_that_lacks_what_was_there_or_falls_back_is_named(log: Log) -> None:
    least: dict[str, tuple[int, ...]] = dict.fromkeys(TICKET_TOPICS, (3,))
    shots = [
        Shot(2, SnapshotRequest(day(7), least), log.state, cut(**dict.fromkeys(("created", "closed"), 5)), 0),
        Shot(4, SnapshotRequest(day(8)), log.state, cut(created=5, closed=4), 1),
    ]
    found = [(one.key, one.field, one.recomputed) for one in wrong_cuts(shots, cut(created=5, closed=4))]
    short = [topic for topic in TICKET_TOPICS if topic not in (TICKET_CREATED, TICKET_CLOSED)]
    assert found == [
        *(("snapshot as of 2026-01-12", f"cut of {topic}", "at least [3]") for topic in short),
        ("snapshot as of 2026-01-13", f"cut of {TICKET_CLOSED}", "at least [5]"),
    ]
    assert {TICKET_RESPONDED, TICKET_REOPENED} <= set(short)
