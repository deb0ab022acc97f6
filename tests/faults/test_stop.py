"""Who asks a worker, or a reader, to stop is obeyed, also while there is no broker."""

from pathlib import Path

from aiokafka import TopicPartition

from agents.changelog import reading
from schemas.topics import ACCOUNT, CONTROL_ACCEPTED
from service_goals.embedded import EmbeddedKafka
from tests.integration.system import running

PATIENCE = 30.0


async def test_a_reader_and_a_worker_stop_while_the_broker_is_away(tmp_path: Path) -> None:
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        async with running(broker.bootstrap, "stop", tmp_path, partitions=1) as system:
            await system.command(ACCOUNT, {"account": {"time_zone": "UTC"}})
            await system.verdicts(1)
            async with reading(system.config) as ours:
                ours.assign([TopicPartition(system.config.topic(CONTROL_ACCEPTED), 0)])
                await ours.getone()
                broker.kill()
                await ours.getmany(timeout_ms=500)
            (worker,) = system.workers
            worker.terminate()
            worker.wait(PATIENCE)
