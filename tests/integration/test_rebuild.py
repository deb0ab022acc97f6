"""A rebuild with real workers, while events flow: what was wrong is right again, and what is frozen stays."""

from pathlib import Path

import msgspec

from schemas import topics
from service_goals.client.rebuilds import rebuild
from tests.integration.system import running
from tests.integration.test_audit import PARTITIONS, audited, flowing, lines, more, put, some_cell
from tests.integration.test_frozen_results import set_up
from tests.oracle.generate import load_real, shuffled


async def test_a_cell_that_is_wrong_is_mended_while_events_flow_and_results_stay(
    kafka: str, namespace: str, tmp_path: Path
) -> None:
    messages = load_real()
    half = len(messages) // 2
    async with running(kafka, namespace, tmp_path, PARTITIONS) as system:
        await set_up(system, messages)
        await system.publish(messages[:half])
        await system.snapshot("2016-04-01")
        await system.settled()
        system.stop()
        results = await system.read(topics.MILESTONE_RESULTS, PARTITIONS)
        partition, key, cell = await some_cell(system)
        row = b"c" + msgspec.msgpack.encode(key)
        await put(system, system.config.changelog("aggregates"), partition, row, msgspec.msgpack.encode(more(cell)))
        for _ in range(2):
            system.start_worker()
        async with flowing(system, shuffled(messages, seed=3)) as flow:
            found = await rebuild(system.config)
            assert not flow.done()
        assert (found.mended, found.aggregates > 300) == (1, True)
        assert (await rebuild(system.config)).mended == 0
        await system.settled()
        assert [(each.key, each.value) for each in await system.read(topics.MILESTONE_RESULTS, PARTITIONS)] == [
            (each.key, each.value) for each in results
        ]
        at_rest = await audited(system)
        assert (lines(at_rest), at_rest.notes) == ([], [])
