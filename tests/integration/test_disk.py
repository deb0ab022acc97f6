"""A worker that died, started again on its disk, counts exactly, and reads nothing that it has."""

import re
from pathlib import Path

from tests.faults.exact import damage
from tests.integration.system import running
from tests.oracle.generate import load_real

EVENTS = load_real()[:900]
READ = re.compile(r"recovered from disk .* read=(\d+) start=(\d+)")


async def test_who_starts_again_on_its_disk_reads_nothing_twice(kafka: str, namespace: str, tmp_path: Path) -> None:
    on_disk = {"SERVICE_GOALS_TABLES": "rocksdb", "SERVICE_GOALS_DATA_DIR": str(tmp_path / "data")}
    async with running(kafka, namespace, tmp_path, partitions=1, workers=0) as system:
        system.start_worker(**on_disk)
        await system.publish(EVENTS[:600])
        await system.settled()
        system.kill(system.workers[0])
        system.start_worker(**on_disk)
        await system.publish(EVENTS[600:])
        await system.settled()
        found = READ.findall(system.log_of_last().read_text())
        assert len(found) == 3
        assert all(read == "0" and int(start) > 0 for read, start in found)
        assert await damage(system) == []
