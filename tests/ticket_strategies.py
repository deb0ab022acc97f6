"""Ticket events and commands for property tests: few ids and instants, so that they collide."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from hypothesis import strategies as st

from schemas.control import Account, Command, TeamSince, User
from schemas.goals import Contributor, Goal
from schemas.measures import Accumulator, Filter, Measure, accumulator_of
from schemas.topics import TICKET_CREATED, TICKET_TOPICS
from tests.ticket_builders import HOUR, Raw, ms, record

CLOCKS_CHANGE = ms("2026-03-29T01:00:00Z")
"""In Berlin; the local days around it are of 24 and 23 hours."""
INSTANTS = [CLOCKS_CHANGE + step for step in (-26 * HOUR, -2 * HOUR, -HOUR - 1, -1, 0, 1, 21 * HOUR, 30 * HOUR)]


class Sent(NamedTuple):
    """An event as a publisher sends it."""

    topic: str
    ticket_id: str
    at: int
    event_id: str
    user: str | None
    team: str | None
    pipeline: str | None
    attributes: dict[str, Any] | None

    def record(self, offset: int) -> Raw:
        """As it lies in Kafka."""
        return record(
            self.ticket_id,
            self.at,
            event_id=self.event_id,
            user=self.user,
            team=self.team,
            pipeline=self.pipeline,
            attributes=self.attributes,
            offset=offset,
        )


def sent_events(ticket_ids: Sequence[str] = ("T-1", "T-2", "T-3")) -> st.SearchStrategy[Sent]:
    """Any event; deletions are rare, or nothing would be left."""
    values = st.sampled_from((None, True, False, 0, 1, 1.0, 2, -1, 2**70, "1", "x", "é"))
    return st.builds(
        Sent,
        st.sampled_from((*[topic for topic in TICKET_TOPICS[:4] for _ in range(4)], TICKET_TOPICS[4])),
        st.sampled_from(ticket_ids),
        st.sampled_from(INSTANTS),
        st.sampled_from(("a", "b", "c")),
        st.sampled_from((None, "ana", "bo")),
        st.sampled_from((None, None, "red")),
        st.sampled_from((None, "sales", "support")),
        st.none() | st.dictionaries(st.sampled_from(("size", "vip", "é")), values, max_size=3),
    ).map(lambda sent: sent._replace(pipeline=sent.pipeline or "sales") if sent.topic == TICKET_CREATED else sent)


class Ordered(NamedTuple):
    """A command with what it means to the recomputation."""

    topic: str
    key: str
    command: Command | None
    wire: dict[str, Any] | None = None


SPRING = date(2026, 3, 29).toordinal()
MEASURES = (
    Measure("response", "share_within", "higher", threshold=HOUR),
    Measure("resolution", "percentile", "lower", percentile=90),
    Measure("closed", "sum", "higher", (Filter("size", in_=(1, "x")), Filter("vip", not_in=(True,)))),
    Measure("response", "count", "higher", (Filter("size", at_least=0, at_most=2),)),
    Measure("resolution", "percentile", "lower", (Filter("é", not_in=(None, 0)),), percentile=50),
)


def _goal(number: int) -> Ordered:
    custom = Goal(
        goal_id=f"goal-{number}",
        name="Custom",
        version=1,
        template="custom",
        measure=MEASURES[number],
        duration="monthly",
        start_date=date(2026, 3, 1),
        end_date=None,
        align_to_fiscal_year=False,
        forecast=False,
        contributors=(Contributor("user", "ana", target=1),),
    )
    return Ordered("goals", custom.goal_id, custom)


COMMANDS = (
    Ordered("directory", "user:ana", User("ana", teams=(TeamSince(0, "blue"),)), {"team_id": "blue"}),
    Ordered(
        "directory",
        "user:ana",
        User("ana", teams=(TeamSince(SPRING, "green"),)),
        {"teams": [{"team_id": "green", "from": "2026-03-29"}]},
    ),
    Ordered("directory", "user:ana", User("ana", name="Ana", teams=(TeamSince(0, "blue"),)), {"team_id": "blue"}),
    Ordered("directory", "user:ana", None),
    Ordered("directory", "user:bo", User("bo", teams=(TeamSince(0, "red"),)), {"team_id": "red"}),
    Ordered("account", "account", Account("Europe/Berlin"), {"time_zone": "Europe/Berlin"}),
    Ordered("account", "account", Account("America/New_York"), {"time_zone": "America/New_York"}),
    Ordered("account", "account", None),
    *(_goal(number) for number in range(len(MEASURES))),
    Ordered("goals", "goal-0", None),
)


def conditions(accumulator: Accumulator) -> list[dict[str, Any]]:
    """The accumulator's filter in wire form."""
    parts = ("in", "not_in", "at_least", "at_most")
    return [
        {"attribute": each.attribute} | {name: getattr(each, "in_" if name == "in" else name) for name in parts}
        for each in accumulator.filter
    ]


def accumulators_of(commands: Sequence[Ordered]) -> list[Accumulator]:
    """The custom measures' accumulators, in the order of their first goal."""
    known: dict[str, Accumulator] = {}
    for each in commands:
        if isinstance(each.command, Goal):
            accumulator = accumulator_of(each.command.measure)
            known.setdefault(repr(accumulator), accumulator)
    return list(known.values())
