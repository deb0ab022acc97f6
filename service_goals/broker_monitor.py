"""What a process that runs an embedded Kafka tells. Importing this loads Prometheus' client, which only this needs."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import ProcessCollector

from agents.config import Address
from agents.monitor.health import Health
from agents.monitor.meters import Meters
from agents.monitor.server import monitored
from schemas.metrics import PREFIX
from service_goals.embedded import EmbeddedKafka


@contextmanager
def monitored_broker(address: Address | None, kafka: EmbeddedKafka) -> Iterator[str]:
    """Answer `/healthz` and `/metrics` while the block runs; gives the URL, or the word that there is none."""
    meters = Meters("broker")
    ProcessCollector(f"{PREFIX}kafka", lambda: kafka.pid or "none", registry=meters.registry)
    with monitored(address, meters, lambda: broker_health(kafka)) as url:
        yield url


def broker_health(kafka: EmbeddedKafka) -> Health:
    """Well when it answers in its own protocol."""
    if failure := kafka.failure():
        return Health("broker", (f"broker stopped: {failure}",))
    if not kafka.answers():
        return Health(
            "broker", (f"broker unreachable: {kafka.bootstrap} does not answer; its log is {kafka.log_path}",)
        )
    return Health("broker")
