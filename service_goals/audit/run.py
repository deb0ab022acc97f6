"""The audit: find a moment, read the logs once, then recompute partition by partition, in bounded memory."""

from agents.config import EngineConfig
from schemas.contributions import CellKey, Change
from schemas.topics import CONTRIBUTIONS
from service_goals.audit.found import find, find_shots
from service_goals.audit.moment import Kept
from service_goals.audit.progress import Steps
from service_goals.audit.spill import Spill, spilling
from service_goals.audit.work import Report, Work
from service_goals.client.kafka import partitions_of


async def audit(config: EngineConfig, steps: Steps) -> Report:
    """Recompute each frozen result at its own cut, each notification, and what is live where the workers are.

    CommandError: the disk is full, or the workers give no moment.
    """
    partitions = len(await partitions_of(config, [CONTRIBUTIONS]))
    if not partitions:
        return Report(notes=["there is no system yet: no topics; nothing was compared"])
    with spilling() as directory:
        kept: Kept = Spill(directory, "kept", tuple[CellKey, Change], partitions)
        steps.begin("looking where the workers are")
        found = await find(config, partitions, kept)
        shots = await find_shots(config, found)
        return await Work(config, partitions, found, shots, steps).run(directory, kept)
