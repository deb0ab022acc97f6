"""Sources, ticks, spine entries, publishing and crashes may interleave in any way: the same comes out.

Each source sends its own script in order: facts, and a tick for each snapshot request. The machine sees the spine grow
whenever it likes. A run of steps ends with a commit, as a transaction; a crash goes back to the last commit.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contributions import CellKey, Change, Contributions, Message, Tick
from schemas.control import Entry
from schemas.measures import Measure
from schemas.records import Output
from streams.contributors import Contributors
from tests.contributors_kit import (
    ANN,
    CLOSED,
    RESPONSE,
    Log,
    Stage,
    contributor,
    day,
    fact,
    goal,
    noon,
    sent,
    taken_back,
    tick,
    without_time,
)

SNAPSHOTS = (3, 8, 15)
NOW = 16
TEAM = "team:red"
Script = list[Message]
Fact = tuple[CellKey, Change]


def spine() -> Log:
    """Counts, averages and medians for two; an edit after a freeze; one who is gone for a while; three requests."""
    log = Log()
    both = (contributor(target=2), contributor(TEAM, target=3, pipelines=("p",)))
    log.goal(goal("count", *both, weeks=3))
    log.goal(goal("average", *both, weeks=3, template="average-response-time"))
    log.goal(goal("median", *both, weeks=3, measure=Measure("response", "percentile", "lower", percentile=50)))
    log.snapshot(SNAPSHOTS[0])
    log.user("ann", active=False)
    log.snapshot(SNAPSHOTS[1])
    log.user("ann", name="Ann")
    log.goal(goal("count", contributor(target=1), contributor(TEAM, target=5), weeks=3, version=2))
    log.snapshot(SNAPSHOTS[2])
    log.delete_goal("average")
    return log


REQUESTS = [entry.offset for entry in spine().entries if entry.topic == "snapshot-requests"]

facts = st.builds(
    lambda number, value, who, of, pipeline: fact(
        number, value if of != CLOSED else 1, who=who, of=of, pipeline=pipeline, values={value: 1} if of == 3 else {}
    ),
    st.integers(-1, 16),
    st.integers(0, 4),
    st.sampled_from([ANN, TEAM]),
    st.sampled_from([RESPONSE, CLOSED, 3]),
    st.sampled_from(["p", "q", None]),
)


@st.composite
def scripts(draw: st.DrawFn) -> list[Script]:
    """One for each of 1 to 3 sources; some facts are taken back later."""
    return [_script(draw, source) for source in range(draw(st.integers(1, 3)))]


def _script(draw: st.DrawFn, source: int) -> Script:
    script: Script = []
    counted: list[Fact] = []
    for request in (*REQUESTS, None):
        for batch in draw(st.lists(st.lists(facts, min_size=1, max_size=5), max_size=2)):
            back = [taken_back(counted.pop()) for _ in range(draw(st.integers(0, len(counted))))]
            script.append(sent(*batch, *back, source=source))
            counted += batch
        if request is not None:
            script.append(tick(request, source, at=len(script)))
    return script


class Committed(NamedTuple):
    """What a crash goes back to."""

    table: dict[bytes, bytes]
    positions: list[int]


class World:
    """A machine, its sources and its spine, between commits and crashes."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self.scripts = scripts
        self.positions = [0] * len(scripts)
        self.entries: list[Entry] = spine().entries
        self.spine = Log()
        self.table: dict[bytes, bytes] = {}
        self.written: list[Output] = []
        self.committed = Committed({}, list(self.positions))
        self.machine = self._machine()

    def _machine(self) -> Contributors:
        return Contributors(self.table, 0, len(self.scripts), lambda key: 0)

    def send(self, source: int) -> None:
        """The source's next message comes in."""
        source %= len(self.scripts)
        if self.positions[source] < len(self.scripts[source]):
            self.machine.receive(self.scripts[source][self.positions[source]])
            self.positions[source] += 1

    def see(self) -> None:
        """The spine grows by an entry."""
        if len(self.spine.entries) < len(self.entries):
            self.spine.append(self.entries[len(self.spine.entries)])

    def commit(self) -> None:
        """Table, outputs and positions are durable, all at once."""
        self.written += self.machine.outputs()
        self.committed = Committed(dict(self.table), list(self.positions))

    def crash(self) -> None:
        """What wasn't committed never was."""
        self.table = dict(self.committed.table)
        self.positions = list(self.committed.positions)
        self.machine = self._machine()

    def step(self, action: int) -> None:
        """One of the things that may happen next."""
        if action < 4:
            self.send(action)
        elif action == 4:
            self.see()
        elif action == 5:
            self.machine.advance(self.spine, noon(NOW))
        elif action == 6:
            self.machine.publish(noon(NOW))
        elif action == 7:
            self.commit()
        else:
            self.crash()

    def finish(self) -> None:
        """All that is still to come comes, and is committed."""
        while len(self.spine.entries) < len(self.entries):
            self.see()
        for source, script in enumerate(self.scripts):
            while self.positions[source] < len(script):
                self.send(source)
        self.machine.advance(self.spine, noon(NOW))
        self.machine.publish(noon(NOW))
        self.commit()

    def values(self, topic: str) -> list[dict[str, Any]]:
        """What was committed to a topic, apart from when it was computed."""
        stage = Stage()
        stage.written = self.written
        return without_time(stage.records(topic))

    def keyed(self, topic: str) -> dict[str, dict[str, Any]]:
        """The same as compaction leaves it."""
        stage = Stage()
        stage.written = self.written
        return {key: without_time([fields])[0] for key, fields in stage.latest(topic).items()}


def plainly(scripts: Sequence[Script]) -> World:
    """Everything in order, without a crash."""
    world = World(scripts)
    world.finish()
    return world


def interleaved(scripts: Sequence[Script], actions: Sequence[int]) -> World:
    world = World(scripts)
    for action in actions:
        world.step(action)
    world.finish()
    return world


steps = st.lists(st.integers(0, 8), max_size=60)


@settings(deadline=None)
@given(scripts(), steps)
def test_the_same_comes_out_however_things_interleave(scripts: list[Script], actions: list[int]) -> None:
    plain, world = plainly(scripts), interleaved(scripts, actions)
    assert world.keyed("milestone-results") == plain.keyed("milestone-results")
    assert world.keyed("goal-notifications") == plain.keyed("goal-notifications")
    assert world.keyed("goal-status") == plain.keyed("goal-status")


@settings(deadline=None)
@given(scripts(), steps)
def test_each_result_and_each_piece_of_news_is_written_once(scripts: list[Script], actions: list[int]) -> None:
    world = interleaved(scripts, actions)
    for topic in ("milestone-results", "goal-notifications"):
        assert len(world.values(topic)) == len(world.keyed(topic))


@settings(deadline=None)
@given(scripts(), steps)
def test_results_count_exactly_the_facts_before_the_ticks(scripts: list[Script], actions: list[int]) -> None:
    results = interleaved(scripts, actions).values("milestone-results")
    assert len(results) == 12
    for result in results:
        request = REQUESTS[[day(number).isoformat() for number in SNAPSHOTS].index(result["as_of"])]
        before = [script[: _tick_at(script, request)] for script in scripts]
        assert (result["count"], result["sum"]) == recounted(result, before)
        assert result["cut"]["ticket-closed"] == [_tick_at(script, request) for script in scripts]


@settings(deadline=None)
@given(scripts(), steps)
def test_statuses_that_are_not_frozen_count_everything(scripts: list[Script], actions: list[int]) -> None:
    world = World(scripts)
    for action in actions:
        world.step(action)
    world.machine.advance(world.spine, noon(NOW))
    world.machine.publish(noon(NOW))
    world.commit()
    so_far = [script[:position] for script, position in zip(scripts, world.positions, strict=True)]
    for status in world.keyed("goal-status").values():
        if not status["frozen"] and status["status"] != "stopped":
            assert (status["count"], status["sum"]) == recounted(status, so_far)


@settings(deadline=None)
@given(scripts(), steps)
def test_a_machine_made_anew_finds_every_status_as_it_was_published(scripts: list[Script], actions: list[int]) -> None:
    world = interleaved(scripts, actions)
    written = len(world.written)
    world.crash()
    world.finish()
    assert len(world.written) == written


@settings(deadline=None)
@given(scripts(), steps)
def test_in_the_end_no_layer_and_no_tick_is_left(scripts: list[Script], actions: list[int]) -> None:
    world = interleaved(scripts, actions)
    assert not [row for row in world.table if row[:1] in b"lk"]
    assert {row: value for row, value in world.table.items() if row[:1] == b"c"} == {
        row: value for row, value in plainly(scripts).table.items() if row[:1] == b"c"
    }


@settings(deadline=None)
@given(scripts(), steps)
def test_what_is_frozen_leaves_nothing_behind(scripts: list[Script], actions: list[int]) -> None:
    world = interleaved(scripts, actions)
    shown = {row[1:].decode() for row in world.table if row[:1] == b"s"}
    told = {row[1:].decode() for row in world.table if row[:1] == b"n"}
    results, statuses = world.keyed("milestone-results"), world.keyed("goal-status")
    assert shown == statuses.keys() - results.keys()
    assert not told & results.keys()


def _tick_at(script: Script, request: int) -> int:
    return next(at for at, one in enumerate(script) if isinstance(one, Tick) and one.spine_offset == request)


def recounted(fields: dict[str, Any], parts: Sequence[Script]) -> tuple[int, int]:
    """Count and sum of the facts that a status or result is about, plainly."""
    changes = [change for key, change in _changes(parts) if _counts(fields, key)]
    return sum(change.count for change in changes), sum(change.sum for change in changes)


def _changes(parts: Sequence[Script]) -> Iterator[Fact]:
    for script in parts:
        for message in script:
            if isinstance(message, Contributions):
                yield from message.changes


def _counts(fields: dict[str, Any], key: CellKey) -> bool:
    who, of = fields["contributor"], {"count": CLOSED, "average": RESPONSE, "median": 3}[fields["goal_id"]]
    start, end = (day(0).fromisoformat(fields["milestone"][edge]).toordinal() for edge in ("start", "end"))
    return (
        key.contributor == f"{who['kind']}:{who['id']}"
        and key.accumulator == of
        and start <= key.day <= end
        and (not fields["pipelines"] or key.pipeline in fields["pipelines"])
    )
