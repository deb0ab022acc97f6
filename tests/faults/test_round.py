"""The short form of the fault suite: one little round of it. `make faults` plays many."""

from pathlib import Path

from service_goals.embedded import EmbeddedKafka
from tests.faults.round import play

SLICES = 8
SEED = 9
"""Its round has the broker go away."""


async def test_after_a_round_of_faults_everything_is_exact(tmp_path: Path) -> None:
    (place := tmp_path / "round").mkdir()
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        outcome = await play(broker, SEED, place, SLICES)
    assert outcome.deviations == [], "\n".join(outcome.story)
    assert outcome.faults["kill -9 of the broker"] == 1
    assert outcome.faults.total() > 3
