"""What real workers froze is what a plain recomputation of the logs gives (SPEC 7)."""

from pathlib import Path
from typing import Any

import pytest

from schemas import topics
from tests import oracle
from tests.integration import scenario
from tests.integration.system import System, running
from tests.oracle.generate import Message, load_real, shuffled, with_repeats


async def set_up(system: System, messages: list[Message]) -> None:
    """Account, directory and goals are in force."""
    directory, goals = scenario.directory(messages), scenario.goals(messages)
    account = {"time_zone": "Europe/Amsterdam", "fiscal_year_start_month": 4, "week_start": "sunday"}
    await system.command(topics.ACCOUNT, {"account": account})
    await system.command(topics.DIRECTORY, directory)
    await system.command(topics.GOALS, goals)
    await system.verdicts(1 + len(directory) + len(goals))


async def differences(system: System) -> list[str]:
    """Between what was published and the recomputation from the logs."""
    records, accepted = await system.ticket_records(), await system.accepted()
    results: list[dict[str, Any]] = await system.values(topics.MILESTONE_RESULTS)
    told = await system.values(topics.GOAL_NOTIFICATIONS)
    cuts = oracle.cuts_of(results, accepted)
    return oracle.check(results, records, accepted) + oracle.check_notifications(told, records, accepted, cuts)


@pytest.mark.parametrize(("workers", "partitions"), [(1, 1), (2, 8), (3, 8)])
async def test_results_equal_the_recomputation_for_any_workers_partitions_order_and_repeats(
    kafka: str, namespace: str, tmp_path: Path, workers: int, partitions: int
) -> None:
    messages = load_real()
    delivered = shuffled(with_repeats(messages, 0.05, seed=workers), seed=partitions)
    half = len(delivered) // 2
    async with running(kafka, namespace, tmp_path, partitions, workers) as system:
        await set_up(system, messages)
        await system.publish(delivered[:half])
        await system.snapshot("2016-05-01")
        await system.publish(delivered[half:])
        await system.snapshot("2017-02-01")
        await system.settled()
        results = await system.values(topics.MILESTONE_RESULTS)
        assert len(results) > 300
        assert await differences(system) == []
