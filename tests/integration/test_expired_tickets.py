"""Tickets that expire on real workers: tables become small, results stay right, what comes too late is told."""

from pathlib import Path

import orjson

from schemas import topics
from schemas.instants import parse_instant
from schemas.rejects import EXPIRED, kind_of, reason_of
from tests.integration.system import System, running
from tests.integration.test_audit import audited, lines
from tests.integration.test_frozen_results import differences, set_up
from tests.oracle.generate import Message, load_real

PARTITIONS = 2
ACCOUNT = {"time_zone": "Europe/Amsterdam", "fiscal_year_start_month": 4, "week_start": "sunday", "keep_days": 30}


async def test_tables_let_go_of_what_no_milestone_needs_and_results_stay_exact(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    async with running(kafka, namespace, tmp_path, PARTITIONS) as system:
        await set_up(system, messages)
        await system.command(topics.ACCOUNT, {"account": ACCOUNT})
        await system.publish(messages)
        await system.snapshot("2016-05-01")
        assert {b"t", b"c"} <= await kinds(system)
        await system.snapshot("2019-01-01")
        assert not {b"t", b"c"} & await kinds(system)

        late = messages[:500]
        await system.publish(late)
        await system.settled()
        rejects = await system.read(topics.TICKET_EVENTS_REJECTED, PARTITIONS)
        assert [kind_of(reason_of(each.headers)) for each in rejects] == [EXPIRED] * len(late)
        assert await differences(system) == []
        await system.publish(again(late))
        await system.settled()
        assert lines(await audited(system)) == []


def again(messages: list[Message]) -> list[Message]:
    """Tickets that had expired are closed in what is kept: each begins anew, without its creation and its pipeline."""
    tickets = {each.key: orjson.loads(each.value or b"") for each in messages if each.topic == topics.TICKET_CLOSED}
    fields = {"event_id": "again", "occurred_at": "2018-12-20T12:00:00Z", "pipeline_id": None}
    at = parse_instant("2018-12-20T12:00:00Z")
    return [Message(topics.TICKET_CLOSED, at, key, orjson.dumps(closed | fields)) for key, closed in tickets.items()]


async def kinds(system: System) -> set[bytes]:
    """With what the keys of rows begin: `t` a ticket, `c` a cell."""
    return {key[:1] for table in ("tickets", "aggregates") for key in await system.changelog(table)}
