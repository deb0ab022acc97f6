"""The peer: Faust as its documentation shows it, one message at a time. `python -m benchmarks.plain_faust worker`.

It does less than service-goals: a ticket's first creation and closing, and the resolution times of users by day; no
responses, teams or pipelines, no goals, no transactions (a crash counts some twice), nothing that is edited.
"""

import os
from datetime import datetime
from typing import Any

import faust

from agents.config import EngineConfig

SOURCES = ("ticket-created", "ticket-responded", "ticket-closed")
COMMIT_INTERVAL = 0.5
"""Seconds. Faust's default is 2.8; this says more precisely when all is done."""
PARTITIONS = 8


def build(config: EngineConfig) -> faust.App:
    """The app: two agents, two tables with changelogs, and a topic between them, as in `group_by`."""
    app = faust.App(
        group(config),
        broker=f"kafka://{config.broker}",
        store="memory://",
        topic_partitions=PARTITIONS,
        broker_commit_interval=COMMIT_INTERVAL,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
    )
    sources = app.topic(*map(config.topic, SOURCES), key_type=bytes, value_serializer="json")
    resolved = app.topic(between(config), key_type=str, value_type=int, partitions=PARTITIONS, internal=True)
    tickets = app.Table("tickets", default=dict, partitions=PARTITIONS)
    days = app.Table("days", default=list, partitions=PARTITIONS)

    @app.agent(sources)
    async def merge(stream: Any) -> None:
        async for event in stream.events():
            kind, fields = event.message.topic.removeprefix(config.prefix), event.value
            row = dict(tickets[fields["ticket_id"]])
            if kind in row:
                continue
            row[kind] = [fields["occurred_at"], fields["user_id"]]
            tickets[fields["ticket_id"]] = row
            if kind != "ticket-responded" and "ticket-created" in row and "ticket-closed" in row:
                closed, user = row["ticket-closed"]
                took = (_parsed(closed) - _parsed(row["ticket-created"][0])).total_seconds()
                await resolved.send(key=f"{user}|{closed[:10]}", value=round(1000 * took))

    @app.agent(resolved)
    async def add(stream: Any) -> None:
        async for key, took in stream.items():
            count, total = days[key] or (0, 0)
            days[key] = [count + 1, total + took]

    return app


def group(config: EngineConfig) -> str:
    """The consumer group, which is the app's name."""
    return f"{config.namespace}-plain"


def between(config: EngineConfig) -> str:
    """The topic between the two agents."""
    return config.topic("plain-resolved")


def _parsed(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


if __name__ == "__main__":
    build(EngineConfig(broker=os.environ["PEER_BROKER"], namespace=os.environ["PEER_NAMESPACE"])).main()
