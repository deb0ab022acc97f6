"""The tickets machine: rejects, the spine, cuts and ticks, and what it keeps across a restart."""

from dataclasses import asdict
from typing import Any

import pytest

from schemas.contributions import Anew, CellKey, Contributions, Tick, decode_message
from schemas.control import Account, Command, Team, TeamSince, User
from schemas.records import Output
from schemas.topics import (
    APPLIED,
    CONTRIBUTIONS,
    TICKET_CLOSED,
    TICKET_CREATED,
    TICKET_DELETED,
    TICKET_EVENTS_REJECTED,
    TICKET_REOPENED,
    TICKET_RESPONDED,
    TICKET_TOPICS,
)
from streams.tickets import Tickets
from tests.oracle.generate import every_invalid_kind
from tests.ticket_builders import (
    DAY,
    HOUR,
    NEW_YEAR,
    Raw,
    Sums,
    add,
    contributions,
    extend,
    machine,
    record,
    run,
    snapshot,
    spine,
    sums,
    ticks,
)

INVALID = {kind: message for kind, message in every_invalid_kind(seed=3).items() if kind != "name twice"}
JANUARY_1 = 739_617
ANA_IN_BLUE: tuple[str, str, Command | None] = ("directory", "user:ana", User("ana", teams=(TeamSince(0, "blue"),)))
RED: tuple[str, str, Command | None] = ("directory", "team:red", Team("red", "Red"))
BERLIN: tuple[str, str, Command | None] = ("account", "account", Account("Europe/Berlin"))


def closed(ticket_id: str = "T-1", at: int = NEW_YEAR, offset: int = 0, user: str = "ana") -> Raw:
    return record(ticket_id, at, user=user, offset=offset)


def counts(found: Sums, accumulator: int = 2) -> dict[tuple[str, int], int]:
    """How many of one template's facts, by contributor and days since new year."""
    return {
        (key.contributor, key.day - JANUARY_1): cell[0] for key, cell in found.items() if key.accumulator == accumulator
    }


def of_topic(outputs: list[Output], topic: str) -> list[Output]:
    return [output for output in outputs if output.topic == topic]


def test_a_ticket_becomes_a_row_and_its_facts_become_contributions() -> None:
    table: dict[bytes, bytes] = {}
    tickets, along = machine(table), spine()
    assert run(tickets, along, TICKET_CREATED, record()) == []
    found = sums(run(tickets, along, TICKET_CLOSED, closed(at=NEW_YEAR + HOUR)))
    assert set(table) == {b"tT-1"}
    assert found == {
        CellKey(contributor, accumulator, "support", JANUARY_1): (1, value, 0, {})
        for contributor in ("user:ana", "pipeline:support")
        for accumulator, value in ((1, HOUR), (2, 1))
    }


def test_all_events_of_a_run_are_settled_at_once_over_all_topics() -> None:
    tickets = machine()
    tickets.receive(TICKET_CREATED, [record()])
    tickets.receive(TICKET_CLOSED, [closed(at=NEW_YEAR + HOUR), closed(at=NEW_YEAR + 2 * HOUR, offset=1)])
    tickets.receive(TICKET_REOPENED, [closed(at=NEW_YEAR + 3 * HOUR)])
    assert run(tickets, spine()) == []
    assert tickets.stats.events == 4


def test_contributions_say_how_far_their_source_is_once_they_are_sent() -> None:
    tickets, along = machine(), spine()
    [(_, first), *_] = contributions(run(tickets, along, TICKET_CLOSED, closed(offset=4)))
    extend(along, ANA_IN_BLUE)
    [(_, recredited)] = contributions(run(tickets, along))
    assert first.standing == (-1, *(5 if topic == TICKET_CLOSED else 0 for topic in TICKET_TOPICS))
    assert recredited.standing == (0, *first.standing[1:])


def test_a_repetition_writes_nothing() -> None:
    table: dict[bytes, bytes] = {}
    tickets, along = machine(table), spine()
    run(tickets, along, TICKET_CLOSED, closed())
    table[b"tT-1"] = kept = bytes(bytearray(table[b"tT-1"]))
    assert run(tickets, along, TICKET_CLOSED, closed(offset=1)) == []
    assert table[b"tT-1"] is kept


@pytest.mark.parametrize("values", [(1, True), (True, 1), (1, 1.0)])
def test_values_that_only_json_tells_apart_are_told_apart(values: tuple[Any, Any]) -> None:
    tables: list[dict[bytes, bytes]] = [{}, {}]
    for table, given in zip(tables, (values, values[::-1]), strict=True):
        tickets = machine(table)
        for offset, value in enumerate(given):
            run(tickets, spine(), TICKET_CLOSED, record(attributes={"vip": value}, offset=offset))
    assert tables[0] == tables[1]


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_record_goes_out_byte_for_byte_with_where_it_was_and_the_rest_goes_on(kind: str) -> None:
    wrong = INVALID[kind]
    given = Raw(3, 5, wrong.timestamp_ms, wrong.key, wrong.value)
    tickets = machine(partition=3)
    valid = record("T-9", offset=6)
    outputs = run(tickets, spine(), wrong.topic, given, valid)
    [rejected] = of_topic(outputs, TICKET_EVENTS_REJECTED)
    assert (rejected.key, rejected.value, rejected.timestamp) == (wrong.key, wrong.value, wrong.timestamp_ms)
    headers = dict(rejected.headers)
    assert [name for name, _ in rejected.headers] == ["reason", "topic", "partition", "offset"]
    assert (headers["topic"], headers["partition"], headers["offset"]) == (wrong.topic.encode(), b"3", b"5")
    assert headers["reason"].decode()
    assert (tickets.stats.rejected, tickets.stats.events) == (1, 1)
    assert tickets.positions[wrong.topic] == 7
    assert run(tickets, spine(), wrong.topic, given) == []


def test_a_record_without_a_timestamp_is_rejected_with_none() -> None:
    [rejected] = run(machine(), spine(), TICKET_CLOSED, Raw(0, 0, -1, None, None))
    assert rejected.timestamp is None


def test_records_before_the_position_have_been_and_are_skipped() -> None:
    tickets = machine(positions={TICKET_CLOSED: 5})
    run(tickets, spine(), TICKET_CLOSED, closed("T-1", offset=4), closed("T-2", offset=5), closed("T-3", offset=7))
    assert (tickets.stats.events, tickets.positions[TICKET_CLOSED]) == (2, 8)
    tickets.reached(TICKET_CLOSED, 3)
    assert tickets.positions[TICKET_CLOSED] == 8
    tickets.reached(TICKET_CLOSED, 9)
    assert tickets.positions[TICKET_CLOSED] == 9


def test_late_and_negative_are_counted_when_they_come_up() -> None:
    tickets, along = machine(), spine()
    run(tickets, along, TICKET_CREATED, record(at=NEW_YEAR, timestamp=NEW_YEAR + DAY))
    assert asdict(tickets.stats) == dict.fromkeys(asdict(tickets.stats), 0) | {"events": 1}
    early = record(at=NEW_YEAR - 1, timestamp=NEW_YEAR + DAY)
    run(tickets, along, TICKET_CLOSED, early)
    run(tickets, along, TICKET_CLOSED, early._replace(offset=1))
    run(tickets, along, TICKET_RESPONDED, early)
    assert (tickets.stats.late, tickets.stats.negative_values) == (3, 2)


def test_applied_is_told_when_it_moved_and_only_then() -> None:
    tickets, along = machine(partition=1), spine(RED, BERLIN)
    assert tickets.applied == -1
    assert run(tickets, along) == [Output(APPLIED, b"tickets|1", b"2")]
    assert tickets.applied == 2
    assert run(tickets, along) == []


def test_a_team_by_the_directory_moves_with_the_directory() -> None:
    tickets, along = machine(), spine()
    first = sums(run(tickets, along, TICKET_CLOSED, closed("T-1"), closed("T-2", offset=1, user="bo")))
    assert ("team:blue", 0) not in counts(first)
    extend(along, ANA_IN_BLUE)
    assert counts(sums(run(tickets, along))) == {("team:blue", 0): 1}
    extend(along, ("directory", "user:ana", None))
    assert counts(sums(run(tickets, along))) == {("team:blue", 0): -1}


def test_another_time_zone_moves_facts_to_its_days() -> None:
    tickets, along = machine(), spine()
    run(tickets, along, TICKET_CLOSED, closed(at=NEW_YEAR + 23 * HOUR))
    extend(along, BERLIN)
    moved = counts(sums(run(tickets, along)))
    assert moved == {("user:ana", 0): -1, ("user:ana", 1): 1, ("pipeline:support", 0): -1, ("pipeline:support", 1): 1}


def test_entries_that_change_no_crediting_recount_nothing() -> None:
    tickets, along = machine(), spine()
    run(tickets, along, TICKET_CLOSED, closed())
    extend(along, RED, ("directory", "user:ana", User("ana", name="Ana")))
    assert [output.topic for output in run(tickets, along)] == [APPLIED]
    assert tickets.stats.rows_recounted == 0


def test_many_entries_are_recounted_in_one_go_and_breathe() -> None:
    tickets, along = machine(), spine()
    run(tickets, along, TICKET_CLOSED, *(closed(f"T-{n}", offset=n) for n in range(2_500)))
    extend(along, ANA_IN_BLUE, RED, BERLIN)
    assert len(list(tickets.advance(along))) == 2
    assert tickets.stats.rows_recounted == 2_500
    assert counts(sums(tickets.outputs())) == {("team:blue", 0): 2_500}


def test_a_snapshot_waits_for_its_least_cut_and_holds_later_entries_up() -> None:
    tickets, along = machine(partition=1), spine(RED, snapshot(least_cut={TICKET_CLOSED: (9, 2)}), ANA_IN_BLUE)
    outputs = run(tickets, along, TICKET_CLOSED, closed(offset=0))
    assert (tickets.applied, ticks(outputs)) == (0, [])
    tickets.reached(TICKET_CLOSED, 2)
    outputs = run(tickets, along)
    assert [partition for partition, _ in ticks(outputs)] == [0, 1]
    cut = dict.fromkeys(TICKET_TOPICS, 0) | {TICKET_CLOSED: 2}
    assert {tick.source: tick for _, tick in ticks(outputs)} == {1: Tick(1, 2, cut)}
    assert tickets.applied == 4


def test_what_is_in_the_cut_is_sent_before_the_tick_and_what_is_not_after_it() -> None:
    tickets, along = machine(), spine(ANA_IN_BLUE, snapshot("2026-02-01"), ("directory", "user:ana", None))
    outputs = of_topic(run(tickets, along, TICKET_CLOSED, closed()), CONTRIBUTIONS)
    tick = next(index for index, output in enumerate(outputs) if ticks([output]))
    assert counts(sums(outputs[:tick]))["team:blue", 0] == 1
    assert counts(sums(outputs[tick:])) == {("team:blue", 0): -1}


def test_the_cut_says_where_the_partition_stands_not_the_least_cut() -> None:
    tickets, along = machine(positions={TICKET_DELETED: 40}), spine(snapshot(least_cut={TICKET_CLOSED: (1, 0)}))
    outputs = run(tickets, along, TICKET_CLOSED, *(closed(offset=n) for n in range(3)))
    assert [tick.cut[TICKET_CLOSED] for _, tick in ticks(outputs)] == [3, 3]
    assert [tick.cut[TICKET_DELETED] for _, tick in ticks(outputs)] == [40, 40]


def test_several_snapshots_that_are_covered_get_a_tick_each() -> None:
    tickets, along = machine(), spine(snapshot("2026-02-01"), BERLIN, snapshot("2026-02-02"), snapshot("2026-02-02"))
    assert [tick.spine_offset for _, tick in ticks(run(tickets, along))] == [0, 0, 4, 4, 6, 6]
    assert tickets.applied == 6


def test_a_machine_made_anew_goes_on_where_the_table_says() -> None:
    table: dict[bytes, bytes] = {}
    along = spine(ANA_IN_BLUE)
    run(machine(table), along, TICKET_CLOSED, closed("T-1"))
    again = machine(table, positions={TICKET_CLOSED: 1})
    assert again.applied == 0
    assert counts(sums(run(again, along, TICKET_CLOSED, closed("T-2", offset=1))))["team:blue", 0] == 1
    extend(along, ("directory", "user:ana", None))
    assert counts(sums(run(again, along))) == {("team:blue", 0): -2}


def test_a_spine_without_what_was_applied_is_refused() -> None:
    table: dict[bytes, bytes] = {}
    run(machine(table), spine(ANA_IN_BLUE, RED), TICKET_CLOSED, closed("T-1"))
    with pytest.raises(RuntimeError, match="read the spine on: 2 was applied, it ends at 0"):
        run(machine(table, positions={TICKET_CLOSED: 1}), spine(ANA_IN_BLUE))


def test_what_is_received_before_the_walk_is_credited_as_of_where_the_machine_stands() -> None:
    table: dict[bytes, bytes] = {}
    along = spine(ANA_IN_BLUE)
    run(machine(table), along)
    extend(along, snapshot(), ("directory", "user:ana", None))
    again = machine(table)
    outputs = run(again, along, TICKET_CLOSED, closed())
    tick = next(index for index, output in enumerate(outputs) if ticks([output]))
    assert counts(sums(outputs[:tick]))["team:blue", 0] == 1


def test_outputs_are_refused_before_the_machine_knows_where_it_stands() -> None:
    tickets = machine()
    tickets.receive(TICKET_CLOSED, [closed()])
    with pytest.raises(RuntimeError, match="advance the machine along the spine"):
        tickets.outputs()


def anew(outputs: list[Output]) -> list[Anew]:
    messages = [decode_message(output.value or b"") for output in of_topic(outputs, CONTRIBUTIONS)]
    return [message for message in messages if isinstance(message, Anew)]


def rebuilt(tickets: Tickets, generation: int) -> list[Output]:
    for _ in tickets.rebuild(generation):
        pass
    return tickets.outputs()


def test_a_rebuild_tells_every_partition_all_facts_that_were_ever_contributed() -> None:
    tickets, along = machine(), spine()
    contributed = sums(run(tickets, along, TICKET_CLOSED, closed(), closed("T-2", user="bo", offset=1)))
    messages = anew(rebuilt(tickets, 7))
    found: Sums = {}
    for message in messages:
        for key, change in message.changes:
            add(found, CellKey(*key), change)
    assert found == contributed
    assert {(message.source, message.generation) for message in messages} == {(0, 7)}
    assert sum(message.last for message in messages) == 2


def test_a_generation_is_told_once_and_what_was_settled_goes_out_before_it() -> None:
    table: dict[bytes, bytes] = {}
    tickets, along = machine(table), spine()
    run(tickets, along)
    tickets.receive(TICKET_CLOSED, [closed()])
    for _ in tickets.advance(along):
        pass
    outputs = rebuilt(tickets, 7)
    kinds = [type(decode_message(output.value or b"")) for output in of_topic(outputs, CONTRIBUTIONS)]
    assert kinds == sorted(kinds, key=lambda kind: kind is Anew)
    assert kinds[0] is Contributions
    assert rebuilt(tickets, 7) == []
    again = machine(table)
    run(again, along)
    assert rebuilt(again, 6) == []
    assert anew(rebuilt(again, 8)) != []


# Rows have an end: what can't be written would hold its partition up for ever.


def test_a_ticket_with_too_much_in_its_attributes_takes_no_more_and_the_partition_goes_on() -> None:
    table: dict[bytes, bytes] = {}
    tickets, along = machine(table), spine()
    big = [record(attributes={f"a{n}": "x" * 1_000_000}, event_id=f"e{n}", offset=n) for n in range(12)]
    for one in big[:6]:
        run(tickets, along, TICKET_CREATED, one)
    aside = of_topic(run(tickets, along, TICKET_CREATED, *big[6:], record("T-2", offset=12)), TICKET_EVENTS_REJECTED)
    assert [one.value for one in aside] == [one.value for one in big[6:]]
    assert tickets.stats.rejected == 8
    assert dict(aside[0].headers)["reason"].startswith(b"attributes: ticket 'T-1' would have more than 4194304 bytes")
    assert max(map(len, table.values())) < 4_194_304
    assert b"tT-2" in table
    run(tickets, along, TICKET_CLOSED, closed())
    assert tickets.stats.events == 6


def test_so_does_one_that_gets_it_all_in_one_run() -> None:
    table: dict[bytes, bytes] = {}
    big = [record(attributes={f"a{n}": "x" * 1_000_000}, event_id=f"e{n}", offset=n) for n in range(12)]
    run(machine(table), spine(), TICKET_CREATED, *big)
    assert 3_900_000 < max(map(len, table.values())) < 4_194_304


def test_numbers_that_take_more_as_a_row_than_as_they_came_still_fit() -> None:
    table: dict[bytes, bytes] = {}
    names = [f"{n:x}" for n in range(400_000)]
    many = [
        record(attributes=dict.fromkeys(names[n : n + 40_000], 0.5), event_id=f"e{n}", offset=n // 40_000)
        for n in range(0, len(names), 40_000)
    ]
    run(machine(table), spine(), TICKET_CREATED, *many)
    assert max(map(len, table.values())) < 8 * 1024 * 1024 - 65_536
