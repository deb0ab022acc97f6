"""All that goes out is what a plain recomputation says, for logs unlike the one that ships (SPEC 3-7).

Zones that skip a day, change by half an hour or on the last day of Ramadan; events at local midnights; teams that are
moved, users who come and go, goals of every kind that are edited, deleted and made again; events come in any order.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.instants import format_instant
from schemas.topics import (
    ACCOUNT,
    DIRECTORY,
    GOALS,
    MILESTONE_RESULTS,
    SNAPSHOT_REQUESTS,
    TICKET_CREATED,
    TICKET_TOPICS,
)
from tests.oracle.control import Account
from tests.oracle.milestones import milestones
from tests.ticket_builders import DAY, MINUTE
from tests.whole_core import WholeCore

Wire = dict[str, Any]

FIRST, DAYS = date(2011, 9, 3), 400
"""With the day that Samoa left out, 2011-12-30, and 29 February 2012."""
ZONES = (
    "Pacific/Apia",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
)
USERS = ("u|1", "u:2", "ü", "用户", "e 5", "x" * 200)
TEAMS, PIPELINES = ("t|1", "t:2", "équipe"), ("p|1", "p:2", "渠道")
NUMBERS = (1, 1.0, True, "1", None, 2**60 + 1, -1.5)


class Story:
    """What chance makes of a seed."""

    def __init__(self, seed: int) -> None:
        """An account, with its calendar."""
        self.random = Random(seed)
        self.account = Account(
            self.pick(ZONES), self.random.randint(1, 12), self.pick(("monday", "thursday", "sunday"))
        )
        self.rare = [self.instant() for _ in range(5)]

    def pick(self, some: Any) -> Any:
        """One of them."""
        return self.random.choice(some)

    def date(self, before: int = 0) -> date:
        """A day of the log, or up to so many days before it."""
        return FIRST + timedelta(days=self.random.randrange(-before, DAYS))

    def instant(self) -> int:
        """Often a local midnight, or a moment away from it."""
        day = self.date()
        midnight = datetime(
            day.year, day.month, day.day, tzinfo=ZoneInfo(self.account.time_zone), fold=self.pick((0, 1))
        )
        at = (midnight.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        away: int = self.pick((-1, 0, 1, -30 * MINUTE, 30 * MINUTE, self.random.randrange(DAY)))
        return at + away

    def events(self, tickets: int) -> list[tuple[str, str, Wire]]:
        """Topic, ticket and value, in any order; ids come again, with the same content or another."""
        found = []
        for ticket_id in (f"票|{number}" for number in range(tickets)):
            for number in range(self.random.randint(1, 8)):
                topic = self.random.choices(TICKET_TOPICS, (3, 4, 4, 2, 0.3))[0]
                found.append((topic, ticket_id, self._event(topic, ticket_id, number)))
        found += self.random.sample(found, len(found) // 10)
        return self.random.sample(found, len(found))

    def _event(self, topic: str, ticket_id: str, number: int) -> Wire:
        at = self.instant() if self.random.random() < 0.6 else self.pick(self.rare)
        value: Wire = {
            "event_id": self.pick(("e", f"{ticket_id}-{number}")),
            "ticket_id": ticket_id,
            "occurred_at": format_instant(at),
            "user_id": self.pick((*USERS, None)),
            "team_id": self.pick((*TEAMS, None, None, None)),
            "attributes": self.pick((None, {}, {"a": self.pick(NUMBERS)}, {"a": 1, "b": self.pick(("x", "é", None))})),
        }
        return value | ({"pipeline_id": self.pick(PIPELINES)} if topic == TICKET_CREATED or number % 3 == 0 else {})

    def user(self) -> Wire:
        """Active mostly; of one team, of several by date, or of none."""
        moves = [{"team_id": self.pick(TEAMS), "from": f"{FIRST + timedelta(days=each)}"} for each in self._days()]
        teams = self.pick(({"team_id": self.pick(TEAMS)}, {"teams": moves}, {}))
        return {"name": self.pick(("N", None)), "active": self.random.random() < 0.8, **teams}

    def _days(self) -> list[int]:
        return self.random.sample(range(-10, DAYS), 3)

    def goal(self, goal_id: str) -> Wire:
        """Of any template, duration and alignment."""
        start, duration = self.date(before=40), self.pick(("weekly", "monthly", "quarterly", "yearly", "custom"))
        goal: Wire = {
            "goal_id": goal_id,
            "name": "n",
            "duration": duration,
            "start_date": f"{start}",
            **self.pick(
                (
                    {"template": self.pick(("average-response-time", "average-resolution-time", "tickets-closed"))},
                    {"template": "custom", "measure": self.measure()},
                )
            ),
        }
        if duration == "custom" or self.random.random() < 0.6:
            goal["end_date"] = f"{start + timedelta(days=self.pick((0, 6, 13, 40, 400)))}"
        if duration != "custom":
            goal["align_to_fiscal_year"] = self.pick((True, False))
        return goal | {"forecast": self.pick((True, False, False)), "contributors": self.contributors(goal)}

    def measure(self) -> Wire:
        """Of any statistic, some with a filter."""
        measure: Wire = self.pick(
            (
                {"fact": "response", "statistic": "average", "minimum_count": self.random.randint(1, 3)},
                {"fact": "resolution", "statistic": "sum", "better": self.pick(("lower", "higher"))},
                {"fact": "closed", "statistic": self.pick(("sum", "count"))},
                {"fact": "response", "statistic": "share_within", "threshold": 60 * DAY},
                {"fact": "resolution", "statistic": "percentile", "percentile": self.pick((1, 50, 90))},
            )
        )
        part = self.pick(({"in": [self.pick(NUMBERS), 2]}, {"not_in": [self.pick(NUMBERS)]}, {"at_least": 1}))
        narrowed: Wire = self.pick(({}, {"filter": [{"attribute": "a", **part}]}))
        return measure | narrowed

    def contributors(self, goal: Wire) -> list[Wire]:
        """Three at most, with overrides and recipients."""
        everyone = [("user", one) for one in USERS] + [("team", one) for one in TEAMS]
        everyone += [("pipeline", one) for one in PIPELINES]
        starts = [f"{each.start}" for each in milestones(goal, self.account)]
        return [
            {
                "kind": kind,
                "id": identity,
                "target": self.target(goal),
                "pipelines": [self.pick(PIPELINES)] if kind != "pipeline" and self.random.random() < 0.6 else [],
                "milestones": [{"start": start, "target": self.target(goal)} for start in self._some(starts, 2)],
                "notify": [
                    {"user_id": user, "on": ["achieved", "exceeded", "missed"]} for user in self._some(USERS, 2)
                ],
            }
            for kind, identity in self.random.sample(everyone, self.random.randint(1, 3))
        ]

    def _some(self, items: Any, most: int) -> list[Any]:
        return self.random.sample(items, min(len(items), self.random.randint(0, most)))

    def target(self, goal: Wire) -> float:
        """In the measure's unit, and within reach."""
        measure = goal.get("measure", {})
        if measure.get("statistic") == "share_within":
            return float(self.pick((0.5, 0.3333, 1)))
        tickets = goal["template"] == "tickets-closed" or measure.get("fact") == "closed"
        return int(self.pick((1, 2, 3) if tickets else (1, 20 * DAY, 60 * DAY)))

    def edits(self) -> Iterator[tuple[str, str, Wire | None]]:
        """Commands without end; some will be refused."""
        while True:
            goal_id, user = self.pick("abcd"), self.pick(USERS)
            yield self.pick(
                (
                    (GOALS, goal_id, self.goal(goal_id)),
                    (GOALS, goal_id, self.goal(goal_id)),
                    (GOALS, goal_id, None),
                    (DIRECTORY, f"user:{user}", self.user()),
                    (DIRECTORY, f"user:{user}", None),
                )
            )


def play(seed: int) -> WholeCore:
    """Three snapshots, the last after all milestones; before, between and after them events and edits."""
    story = Story(seed)
    now = (FIRST.toordinal() - date(1970, 1, 1).toordinal() + 4 * DAYS) * DAY
    core = WholeCore(story.pick((1, 2, 3)), now, story.random)
    core.command(ACCOUNT, ACCOUNT, vars(story.account))
    for user in story.pick((USERS, USERS[:3], ())):
        core.command(DIRECTORY, f"user:{user}", story.user())
    for goal_id in "abc":
        core.command(GOALS, goal_id, story.goal(goal_id))
    events, edits = story.events(tickets=40), story.edits()
    for as_of in (story.date(), story.date(), FIRST + timedelta(days=3 * DAYS)):
        for event in (events.pop() for _ in range(len(events) // 2)):
            core.publish(*event)
            core.run(story.pick((0, 0, 1)))
            if story.random.random() < 0.05:
                core.command(*next(edits))
        core.command(SNAPSHOT_REQUESTS, f"{as_of}", {"as_of": f"{as_of}"})
    for event in events:
        core.publish(*event)
    core.settle()
    return core


@pytest.mark.parametrize("begin", range(0, 32, 8))
def test_what_goes_out_equals_the_recomputation(begin: int) -> None:
    cores = {seed: play(seed) for seed in range(begin, begin + 8)}
    assert {seed: lines for seed, core in cores.items() if (lines := core.differences())} == {}
    assert sum(len(core.written(MILESTONE_RESULTS)) for core in cores.values()) > 30
