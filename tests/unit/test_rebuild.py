"""When a rebuild takes effect in the contributors stage, and what it says."""

import json

import msgspec

from schemas.contributions import Anew
from tests.contributors_kit import Log, Stage, contributor, day, fact, goal, sent, tick


def stage(sources: int = 1) -> Stage:
    log = Log()
    log.goal(goal("g", contributor(target=2)))
    return Stage(log, sources)


def told(*numbers: int, source: int = 0, generation: int = 1) -> tuple[Anew, Anew]:
    """The source's facts are of these days."""
    cells = [fact(number) for number in numbers]
    return Anew(source, generation, cells), Anew(source, generation, [], last=True)


def test_cells_that_are_not_what_the_rows_say_are_mended_and_counted() -> None:
    desk = stage().at(1, sent(fact(0), fact(0), fact(1)))
    desk.at(1, *told(0, 2))
    assert (desk.status()["count"], desk.status()["sum"]) == (2, 2)
    assert [json.loads(one.value or b"") for one in desk.written if one.topic == "rebuilt"] == [
        {"generation": 1, "cells": 2, "mended": 3}
    ]
    assert not [row for row in desk.table if row[:1] in b"gh"]


def test_it_waits_for_every_source_and_what_comes_meanwhile_counts_once() -> None:
    desk = stage(sources=2).at(1, sent(fact(0)), sent(fact(1), fact(1), source=1))
    desk.at(1, *told(0), sent(fact(3)))
    desk.reload()
    desk.at(1, sent(fact(4), source=1))
    assert desk.status()["count"] == 5
    desk.at(1, *told(1, 4, source=1))
    assert desk.status()["count"] == 4


def test_it_waits_until_no_snapshot_is_unfinished() -> None:
    desk = stage(sources=2).at(1, sent(fact(0)), sent(fact(1), source=1))
    request = desk.log.snapshot(7)
    desk.at(8, tick(request), sent(fact(2)), *told(0, 2), *told(1, source=1))
    assert not [one for one in desk.written if one.topic == "rebuilt"]
    desk.at(8, tick(request, source=1))
    assert [one["count"] for one in desk.records("milestone-results")] == [2]
    assert [one.topic for one in desk.written if one.topic == "rebuilt"] == ["rebuilt"]
    assert sum(row[:1] == b"c" for row in desk.table) == 3


def test_a_later_generation_begins_afresh_and_an_earlier_one_says_nothing_any_more() -> None:
    desk = stage(sources=2).at(1, sent(fact(0)), sent(fact(1), source=1))
    desk.at(1, *told(0), *told(1, source=1, generation=2), *told(1, source=1))
    assert not [one for one in desk.written if one.topic == "rebuilt"]
    desk.at(1, *told(0, generation=2))
    assert desk.status()["count"] == 2
    assert [json.loads(one.value or b"")["mended"] for one in desk.written if one.topic == "rebuilt"] == [0]


def test_days_that_expired_are_left_alone_and_the_others_are_mended() -> None:
    log = Log()
    log.account(keep_days=7)
    log.goal(goal("g", contributor(target=2), weeks=6))
    desk = Stage(log).at(1, sent(fact(0), fact(22), fact(22))).snapshot(21)
    assert log.state.kept_from == day(14).toordinal()
    desk.at(21, sent(fact(3)), *told(22))
    assert desk.status(week=3)["count"] == 1
    assert [json.loads(one.value or b"")["mended"] for one in desk.written if one.topic == "rebuilt"] == [1]
    assert desk.table[b"c" + msgspec.msgpack.encode(fact(3)[0])] == msgspec.msgpack.encode(fact(3)[1])
