"""What keeps a worker from being well, and what an owner counts."""

from typing import Any

import pytest
from aiokafka import TopicPartition

from agents.config import EngineConfig
from agents.monitor import owner_meter
from agents.monitor.ends import lag_by_topic
from agents.monitor.health import Health
from agents.monitor.meters import Meters
from agents.monitor.owner_meter import OwnerMeter
from agents.monitor.worker import SILENCE, STUCK, WorkerMonitor, unwell
from agents.spine import SpineReader
from schemas.metrics import CONSUMED, FENCED, LATE, REJECTED, TRANSACTION, WRITTEN
from schemas.records import Output
from schemas.topics import CONTRIBUTIONS, TICKET_CLOSED, TICKET_CREATED, TICKET_EVENTS_REJECTED


class Clock:
    """Stands still unless told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(owner_meter, "elapsed", clock)
    return clock


@pytest.fixture
def meters() -> Meters:
    return Meters("worker")


def owner(meters: Meters, partition: int = 0) -> OwnerMeter:
    return OwnerMeter(meters, "tickets", partition, (TICKET_CREATED, TICKET_CLOSED))


def test_a_partition_is_unwell_until_it_has_recovered(clock: Clock, meters: Meters) -> None:
    first, second = owner(meters, 0), owner(meters, 1)
    clock.now += 1.5
    assert list(unwell([second, first], clock.now)) == ["recovering: tickets 0, 1 for 1.5 s"]
    first.running({})
    assert list(unwell([first, second], clock.now)) == ["recovering: tickets 1 for 1.5 s"]
    second.running({})
    assert list(unwell([first, second], clock.now)) == []


def test_a_fenced_partition_says_by_what(clock: Clock, meters: Meters) -> None:
    fenced = owner(meters)
    fenced.running({})
    fenced.fenced(ValueError("other owner"))
    (reason,) = unwell([fenced], clock.now)
    assert reason.startswith("fenced: tickets 0")
    assert "ValueError('other owner')" in reason
    assert meters.registry.get_sample_value(FENCED.wire_name, {"stage": "tickets"}) == 1
    fenced.recovering()
    assert list(unwell([fenced], clock.now)) == ["recovering: tickets 0 for 0.0 s"]


def test_one_run_for_too_long_is_stuck_and_waiting_for_one_is_not(clock: Clock, meters: Meters) -> None:
    one = owner(meters)
    one.running({})
    clock.now += 2 * STUCK
    assert list(unwell([one], clock.now)) == []
    one.begins({TICKET_CREATED: [1]})
    clock.now += STUCK + 1
    assert list(unwell([one], clock.now)) == [f"stuck: tickets 0 at one run for {STUCK + 1:.0f} s"]
    one.rests()
    assert list(unwell([one], clock.now)) == []


def worker(*, answered: float = 0, turned: float = 0) -> Health:
    """What a worker without partitions says, so many seconds after Kafka answered and the event loop turned."""
    config = EngineConfig(broker="kafka:9092")
    monitor = WorkerMonitor(config, (), SpineReader(config, lambda: None))
    monitor.ends.answered -= answered
    monitor.ends.beat -= turned
    return monitor.health()


async def test_a_worker_without_partitions_is_well() -> None:
    assert worker().well


async def test_a_kafka_that_is_silent_is_named() -> None:
    (reason,) = worker(answered=SILENCE + 1).reasons
    assert reason == f"broker unreachable: kafka:9092 has not answered for {SILENCE + 1:.0f} s"


async def test_an_event_loop_that_stands_still_is_stuck_and_kafka_not_blamed() -> None:
    (reason,) = worker(answered=SILENCE + 5, turned=SILENCE + 2).reasons
    assert reason.startswith(f"stuck: the event loop has stood still for {SILENCE + 2:.0f} s")


def told(meters: Meters, name: str, **labels: str) -> Any:
    return meters.registry.get_sample_value(name, labels)


def test_only_what_is_committed_counts_and_what_is_done_again_counts_once(meters: Meters) -> None:
    one = owner(meters)
    one.running({TICKET_CREATED: 0})
    one.begins({TICKET_CREATED: [1, 2, 3]})
    assert told(meters, CONSUMED.wire_name, topic=TICKET_CREATED) == 0
    one.fenced(ValueError())
    one.recovering()
    one.running({TICKET_CREATED: 0})
    one.begins({TICKET_CREATED: [1, 2]})
    one.begins({TICKET_CREATED: [3], TICKET_CLOSED: [4]})
    one.committed({TICKET_CREATED: 4}, [], rows=2, seconds=0.1)
    assert told(meters, CONSUMED.wire_name, topic=TICKET_CREATED) == 3
    assert told(meters, CONSUMED.wire_name, topic=TICKET_CLOSED) == 1
    assert told(meters, f"{TRANSACTION.wire_name}_count", stage="tickets") == 1
    assert one.positions == {TICKET_CREATED: 4}


def test_outputs_count_by_topic_and_rejects_by_where_they_came_from(meters: Meters) -> None:
    reject = Output(TICKET_EVENTS_REJECTED, None, b"?", headers=(("topic", TICKET_CLOSED.encode()),))
    owner(meters).committed({}, [reject, Output(CONTRIBUTIONS, None, b""), reject], rows=0, seconds=0.1)
    assert told(meters, WRITTEN.wire_name, topic=TICKET_EVENTS_REJECTED) == 2
    assert told(meters, WRITTEN.wire_name, topic=CONTRIBUTIONS) == 1
    assert told(meters, REJECTED.wire_name, topic=TICKET_CLOSED) == 2
    assert told(meters, REJECTED.wire_name, topic=TICKET_CREATED) == 0


def test_a_new_machine_counts_from_zero_and_the_metric_goes_on(meters: Meters) -> None:
    one = owner(meters)
    one.counted(LATE, 5)
    one.counted(LATE, 7)
    one.recovering()
    one.counted(LATE, 2)
    assert told(meters, LATE.wire_name) == 9


def test_lag_adds_the_partitions_up_and_is_not_told_before_all_ends_are_known() -> None:
    a0, a1, b0 = TopicPartition("a", 0), TopicPartition("a", 1), TopicPartition("b", 0)
    assert lag_by_topic({a0: 10, a1: 5, b0: 3}, {a0: 7, a1: 5, b0: 4}) == {"a": 3, "b": 0}
    assert lag_by_topic({a0: 10, b0: 3}, {a0: 7, a1: 5, b0: 1}) == {"b": 2}
