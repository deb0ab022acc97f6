"""Laws of retention: what expires changes no number of a day that is kept, and nothing goes without being counted."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as edited

from schemas.control import Account
from schemas.goals import Goal
from schemas.records import Output
from schemas.rows import decode_row
from schemas.topics import ACCOUNT, TICKET_EVENTS_REJECTED
from streams.retention import last_event
from streams.spine import Spine
from tests.contributors_kit import ANN, Log, Stage, day, fact, goal, sent, without_time
from tests.ticket_builders import Sums, extend, machine, run, snapshot, sums
from tests.ticket_strategies import COMMANDS, Ordered, Sent, sent_events

LATER = date(2026, 6, 1)
"""Goals begin when nothing has happened yet: so they hold nothing back."""
ORDERS = [
    edited_order
    for each in COMMANDS
    if each.topic != ACCOUNT
    for edited_order in [
        each._replace(command=edited(each.command, start_date=LATER)) if isinstance(each.command, Goal) else each
    ]
] + [Ordered(*snapshot(f"2026-03-{number}")) for number in range(27, 32)]


class Tickets:
    """One partition that keeps tickets for so many days."""

    def __init__(self, keep_days: int | None) -> None:
        self.table: dict[bytes, bytes] = {}
        self.machine = machine(self.table)
        self.spine = Spine()
        self.outputs: list[Output] = []
        self.command(ACCOUNT, "account", Account("Europe/Berlin", keep_days=keep_days))

    def command(self, *command: Any) -> None:
        extend(self.spine, command)
        self.outputs += run(self.machine, self.spine)

    def deliver(self, events: Sequence[Sent]) -> list[Sent]:
        """Each by itself; those that were not set aside."""
        taken = []
        for each in events:
            outputs = run(self.machine, self.spine, each.topic, each.record(self.machine.positions[each.topic]))
            if all(output.topic != TICKET_EVENTS_REJECTED for output in outputs):
                taken.append(each)
            self.outputs += outputs
        return taken

    def begin_anew(self) -> None:
        self.machine = machine(self.table, dict(self.machine.positions))

    @property
    def tickets(self) -> set[str]:
        return {key[1:].decode() for key in self.table if key.startswith(b"t")}

    def numbers(self, first: int) -> Sums:
        return {key: cell for key, cell in sums(self.outputs).items() if key.day >= first}


@given(
    st.lists(st.lists(sent_events(("T-1", "T-2", "T-3", "T-4")), min_size=1, max_size=5), max_size=6),
    st.lists(st.sampled_from(ORDERS), max_size=8),
    st.integers(1, 3),
    st.data(),
)
@settings(deadline=None)
def test_what_expires_changes_no_number_of_the_days_that_are_kept(
    runs: list[list[Sent]], orders: list[Ordered], keep_days: int, data: st.DataObject
) -> None:
    forgetful, whole = Tickets(keep_days), Tickets(None)
    expired: set[str] = set()
    steps: list[list[Sent] | Ordered] = [*runs, *orders]
    for step in data.draw(st.permutations(steps)):
        before = forgetful.tickets
        if isinstance(step, Ordered):
            forgetful.command(*step[:3])
            whole.command(*step[:3])
            expired |= before - forgetful.tickets
        else:
            whole.deliver(forgetful.deliver([each for each in step if each.ticket_id not in expired]))
        if data.draw(st.booleans()):
            forgetful.begin_anew()
    first = forgetful.spine.state.kept_from
    assert forgetful.numbers(first) == whole.numbers(first)
    rows = [decode_row(value) for key, value in forgetful.table.items() if key.startswith(b"t")]
    assert all(last_event(row) >= forgetful.spine.state.crediting.days.start_of(first) for row in rows if first)


@given(st.lists(sent_events(), max_size=12), st.lists(st.sampled_from(ORDERS), max_size=4), st.integers(1, 2))
@settings(deadline=None)
def test_every_event_is_accepted_or_set_aside(events: list[Sent], orders: list[Ordered], keep_days: int) -> None:
    stage = Tickets(keep_days)
    for each in orders:
        stage.command(*each[:3])
    accepted = stage.deliver(events)
    stats = stage.machine.stats
    assert (stats.events, stats.expired_events, stats.rejected) == (len(accepted), len(events) - len(accepted), 0)


FACTS = st.builds(fact, st.integers(-9, 25), st.just(1), who=st.sampled_from((ANN, "team:t")))
STEPS = st.lists(st.lists(FACTS, min_size=1, max_size=4) | st.integers(0, 25) | st.none(), max_size=14)
"""Facts that come in; the day of a snapshot; a crash."""


@given(STEPS, st.integers(1, 12))
@settings(deadline=None)
def test_results_statuses_and_later_goals_are_as_if_every_cell_had_stayed(steps: list[Any], keep_days: int) -> None:
    forgetful, whole = Stage(Log()), Stage(Log())
    for stage, days in ((forgetful, keep_days), (whole, None)):
        stage.log.account(keep_days=days)
        stage.log.goal(goal(weeks=3))
        for step in [*steps, 26]:
            if step is None:
                stage.reload()
            elif isinstance(step, int):
                stage.snapshot(step)
            else:
                stage.at(0, sent(*step))
    start = date.fromordinal(forgetful.log.state.kept_from)
    for stage in (forgetful, whole):
        stage.log.goal(goal("later", start_date=start, end_date=day(60), duration="custom"))
        stage.at(26)
    assert without_time(forgetful.latest().values()) == without_time(whole.latest().values())
    assert without_time(forgetful.records("milestone-results")) == without_time(whole.records("milestone-results"))
    assert all(key.day >= start.toordinal() for key, _ in forgetful.machine._layers.base.cells())
