"""What goes on meanwhile: events, shuffled and some twice, a few invalid; edits of goals and directory; snapshots."""

import asyncio
from collections.abc import Awaitable, Iterator
from random import Random
from typing import Any

import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

from agents.config import EngineConfig
from schemas import topics
from tests.faults.held_up import held_up
from tests.integration import scenario
from tests.integration.scenario import HOUR, Commands
from tests.oracle.generate import Message, every_invalid_kind, load_real, shuffled, with_repeats

ACCOUNT = {"time_zone": "Europe/Amsterdam", "fiscal_year_start_month": 4, "week_start": "sunday"}
SLICES = 16
"""Parts that the events of a round come in."""
DATES = ("2016-03-15", "2016-04-01", "2016-04-01", "2016-05-02", "2016-07-01", "2016-05-09", "2016-10-03")
"""Of the snapshots on the way: one twice, one earlier than the one before."""
TICKETS = 400
"""Of the real log, drawn by the seed."""
LAST_DATE = "2017-02-01"
REPEATED = 5
"""Events in a transaction that a snapshot waits for."""
LONGEST_OPEN = 4.0
"""Seconds, one at least: the judge may be away for a session."""
PATIENCE = 120.0
"""Seconds that a broker may take to come back."""


class Publisher:
    """One seed's events and commands."""

    def __init__(self, config: EngineConfig, producer: AIOKafkaProducer, random: Random) -> None:
        self._config, self._producer, self._random = config, producer, random
        self._log = load_real()
        tickets = set(random.sample(sorted({each.key or b"" for each in self._log}), TICKETS))
        self._chosen = [each for each in self._log if each.key in tickets]
        self._goals = scenario.goals(self._log)
        self._users = {key: user for key, user in scenario.directory(self._log).items() if key.startswith("user:")}
        self._dates = iter(DATES)
        self._sent: list[Awaitable[Any]] = []
        self._open: list[Awaitable[None]] = []
        self._number = 0
        self.outage = random.randrange(3 * SLICES)
        """With which slice of events the broker goes away; in two rounds of three with none."""

    def slices(self, count: int = SLICES) -> Iterator[list[Message]]:
        """The events, in so many parts."""
        seed = self._random.randrange(2**32)
        invalid = list(every_invalid_kind(seed).values())
        events = shuffled([*with_repeats(self._chosen, 0.05, seed), *invalid], seed)
        size = -(-len(events) // count)
        return (events[begin : begin + size] for begin in range(0, len(events), size))

    async def set_up(self) -> int:
        """Account, directory, goals; returns the number of commands."""
        directory = scenario.directory(self._log)
        await self._command(topics.ACCOUNT, {"account": ACCOUNT})
        await self._command(topics.DIRECTORY, directory)
        await self._command(topics.GOALS, self._goals)
        return 1 + len(directory) + len(self._goals)

    async def publish(self, messages: list[Message]) -> None:
        """Events; they are durable once `durable` has returned."""
        for each in messages:
            await self._send(each.topic, each.key, each.value, each.timestamp_ms)

    async def durable(self) -> None:
        """Wait until the broker has everything."""
        for sent in [*self._sent, *self._open]:
            await sent

    async def edit(self) -> None:
        """A change that means work: new targets, a measure that makes every row be scanned, teams, a refusal."""
        self._number += 1
        name = self._random.choice(list(self._goals))
        goal = self._goals[name]
        threshold = self._number * HOUR
        measure = {"fact": "response", "statistic": "share_within", "threshold": threshold}
        user = self._random.choice(list(self._users))
        topic, commands = self._random.choice(
            [
                (topics.GOALS, {name: goal | {"name": f"{name} {self._number}"}}),
                (topics.GOALS, {f"new-{self._number}": self._again("quick", measure=measure)}),
                (topics.GOALS, {f"bad-{self._number}": {**goal, "goal_id": f"bad-{self._number}", "contributors": []}}),
                (topics.DIRECTORY, {user: self._users[user] | {"active": self._random.random() < 0.5}}),
                (topics.DIRECTORY, {user: {"name": "Moved", "team_id": f"team-{self._number}"}}),
            ]
        )
        await self._command(topic, commands)

    async def request_snapshot(self) -> None:
        """The next date, if there is one left, while another publisher's transaction is open."""
        if date := next(self._dates, None):
            is_open = asyncio.Event()
            repeats = self._random.sample(self._chosen, REPEATED)
            self._open.append(
                asyncio.create_task(self._hold_up(repeats, self._random.uniform(1, LONGEST_OPEN), is_open))
            )
            await is_open.wait()
            await self._command(topics.SNAPSHOT_REQUESTS, {date: {"as_of": date}})

    async def _hold_up(self, repeats: list[Message], seconds: float, is_open: asyncio.Event) -> None:
        async with held_up(self._config, f"another-publisher-{len(self._open)}", repeats):
            is_open.set()
            await asyncio.sleep(seconds)

    def _again(self, name: str, **more: Any) -> Commands:
        return {**self._goals[name], "goal_id": f"new-{self._number}", **more}

    async def _command(self, topic: str, commands: Commands) -> None:
        for key, value in commands.items():
            await self._send(topic, key.encode(), orjson.dumps(value))

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, timestamp: int | None = None) -> None:
        """A broker that has just come back may know no topics yet, or take long; where this fails, nothing was sent."""
        name = self._config.topic(topic)
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    self._sent.append(await self._producer.send(name, value=value, key=key, timestamp_ms=timestamp))
                except (UnknownTopicOrPartitionError, KafkaTimeoutError):
                    await asyncio.sleep(0.1)
                else:
                    return
