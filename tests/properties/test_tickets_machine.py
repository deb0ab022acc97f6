"""Laws of the tickets stage: whatever arrives when, and however often it is begun anew, its contributions add up to a
plain recomputation over the accepted events under the spine that is applied (SPEC 7)."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contributions import CellKey, Change
from schemas.control import SnapshotRequest
from schemas.measures import TEMPLATE_ACCUMULATORS
from schemas.records import Output
from schemas.topics import TICKET_TOPICS
from streams.spine import Spine
from tests.oracle.control import Account, Directory
from tests.oracle.evaluate import passes
from tests.oracle.facts import all_facts
from tests.oracle.judge import valid_events
from tests.oracle.log import Record
from tests.ticket_builders import Sums, add, extend, machine, run, snapshot, sums, ticks
from tests.ticket_strategies import COMMANDS, Ordered, Sent, accumulators_of, conditions, sent_events

LEAST_CUTS: list[dict[str, tuple[int, ...]]] = [{topic: (least,)} for topic in TICKET_TOPICS for least in (0, 2, 6)]
SNAPSHOTS = [Ordered(*snapshot("2026-02-01", cut)) for cut in LEAST_CUTS]
RUNS = st.lists(st.lists(sent_events(), min_size=1, max_size=6), max_size=6)
ORDERS = st.lists(st.sampled_from(COMMANDS) | st.sampled_from(SNAPSHOTS), max_size=6)


def recomputed(events: Sequence[Sent], commands: Sequence[Ordered]) -> Sums:
    """The cells of all facts, by the independent recomputation of the facts."""
    account, directory = Account(), Directory()
    for each in commands:
        if each.topic == "account":
            account = Account.of(each.wire)
        elif each.topic == "directory":
            directory.entries[each.key] = each.wire
    found: Sums = {}
    accumulators = [*TEMPLATE_ACCUMULATORS, *accumulators_of(commands)]
    for fact in all_facts(valid_events(Record(sent.topic, *sent.record(0)) for sent in events), directory, account):
        for index, accumulator in enumerate(accumulators):
            if accumulator.fact != fact.kind or not all(passes(c, fact.attributes) for c in conditions(accumulator)):
                continue
            within = accumulator.threshold is not None and fact.value <= accumulator.threshold
            change = Change(1, fact.value, int(within), {fact.value: 1} if accumulator.values else {})
            for kind, name in (("user", fact.user), ("team", fact.team), ("pipeline", fact.pipeline)):
                if name is not None:
                    add(found, CellKey(f"{kind}:{name}", index, fact.pipeline, fact.day.toordinal()), change)
    return found


class Stage:
    """One partition with its spine, and all that it has put out."""

    def __init__(self) -> None:
        self.table: dict[bytes, bytes] = {}
        self.machine = machine(self.table)
        self.spine = Spine()
        self.commands: list[Ordered] = []
        self.events: list[Sent] = []
        self.outputs: list[Output] = []
        self.cuts: dict[int, tuple[int, int]] = {}
        """For each snapshot that was ticked, how many outputs and events lay before it."""

    def command(self, *commands: Ordered) -> None:
        self.commands += commands
        extend(self.spine, *(each[:3] for each in commands))

    def deliver(self, events: Sequence[Sent]) -> None:
        """All events of a run, topic by topic as the shell has them."""
        self.events += events
        for topic in {sent.topic: None for sent in events}:
            at = self.machine.positions[topic]
            mine = [sent for sent in events if sent.topic == topic]
            self.machine.receive(topic, [sent.record(at + n) for n, sent in enumerate(mine)])
        self.walk()

    def walk(self) -> None:
        for output in run(self.machine, self.spine):
            for _, tick in ticks([output]):
                self.cuts.setdefault(tick.spine_offset, (len(self.outputs), len(self.events)))
            self.outputs.append(output)

    def begin_anew(self) -> None:
        """As another worker takes it up: all that is left is the table and the positions."""
        self.table = dict(self.table)
        self.machine = machine(self.table, dict(self.machine.positions))

    def applied(self) -> list[Ordered]:
        """The commands that are in force in the machine."""
        return self.commands[: (self.machine.applied + 2) // 2]

    def check(self) -> None:
        assert sums(self.outputs) == recomputed(self.events, self.applied())


@given(RUNS, ORDERS, st.data())
@settings(deadline=None)
def test_at_every_point_the_contributions_are_the_recomputed_facts(
    runs: list[list[Sent]], commands: list[Ordered], data: st.DataObject
) -> None:
    stage = Stage()
    steps: list[list[Sent] | Ordered] = [*runs, *commands]
    for step in data.draw(st.permutations(steps)):
        if isinstance(step, Ordered):
            stage.command(step)
        else:
            stage.deliver(step)
        for extra in data.draw(st.lists(st.sampled_from((stage.walk, stage.begin_anew)), max_size=2)):
            extra()
        stage.check()


@given(RUNS, ORDERS)
@settings(deadline=None)
def test_what_lies_before_the_tick_of_a_snapshot_is_exactly_its_cut(
    runs: list[list[Sent]], commands: list[Ordered]
) -> None:
    stage = Stage()
    stage.command(*commands)
    for events in runs:
        stage.deliver(events)
    for topic in TICKET_TOPICS:
        stage.machine.reached(topic, 100)
    stage.walk()
    requests = [entry.offset for entry in stage.spine.entries if isinstance(entry.command, SnapshotRequest)]
    assert list(stage.cuts) == requests
    for offset, (sent, received) in stage.cuts.items():
        assert sums(stage.outputs[:sent]) == recomputed(stage.events[:received], stage.commands[: offset // 2])


@given(st.lists(sent_events(), max_size=12), ORDERS, st.data())
@settings(deadline=None)
def test_order_repetition_and_runs_change_nothing(
    events: list[Sent], commands: list[Ordered], data: st.DataObject
) -> None:
    once, often = Stage(), Stage()
    once.command(*commands)
    once.deliver(events)
    often.command(*commands)
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=6)) if events else []
    for sent in data.draw(st.permutations([*events, *repeats])):
        often.deliver([sent])
    for stage in (once, often):
        for topic in TICKET_TOPICS:
            stage.machine.reached(topic, 100)
        stage.walk()
    assert sums(often.outputs) == sums(once.outputs) == recomputed(events, commands)


@given(RUNS, ORDERS)
@settings(deadline=None)
def test_crediting_anew_is_as_starting_with_it_from_scratch(runs: list[list[Sent]], commands: list[Ordered]) -> None:
    plain = [each for each in commands if each.topic != "snapshot-requests"]
    after, before = Stage(), Stage()
    before.command(*plain)
    for events in runs:
        before.deliver(events)
        after.deliver(events)
    for each in plain:
        after.command(each)
        after.walk()
    assert sums(after.outputs) == sums(before.outputs)
