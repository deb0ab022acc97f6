"""A worker that would reject nearly everything stops instead, says why, and has consumed nothing of it."""

from pathlib import Path

from schemas import topics
from service_goals.client.offsets import lag
from tests.integration.system import running
from tests.oracle.generate import Message

BAD = 3_000


async def test_a_worker_stops_before_it_consumes_what_nearly_all_breaks_the_rules(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    async with running(kafka, namespace, tmp_path, partitions=2, workers=0) as system:
        await system.publish(
            Message(topics.TICKET_CLOSED, 1_770_000_000_000, b"t%d" % n, b'{"ticket_id": "t%d"}' % n)
            for n in range(BAD)
        )
        stopped = system.start_worker()
        assert stopped.wait(60) == 1
        line = (tmp_path / "worker-1.log").read_text().splitlines()[-1]
        assert line.startswith("error: ")
        assert "ticket events are rejected (100.0 %)" in line
        assert "event_id: missing" in line
        rejected = len(await system.read(topics.TICKET_EVENTS_REJECTED, 2))
        assert (await lag(system.config))[topics.TICKET_CLOSED] == BAD - rejected
        assert rejected < BAD

        system.workers.clear()
        system.start_worker(SERVICE_GOALS_REJECT_CEILING="100")
        await system.settled()
        assert len(await system.read(topics.TICKET_EVENTS_REJECTED, 2)) == BAD
