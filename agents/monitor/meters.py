"""The metrics of one process as Prometheus' client keeps them, made from the list in schemas/metrics."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from schemas.metrics import METRICS, PREFIX, Metric, Process


class Reading(NamedTuple):
    """The value of a gauge when it is asked for."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


Read = Callable[[], Iterable[Reading]]


class Meters:
    """Counters and histograms are moved as things happen, once a run; gauges are read when someone asks."""

    def __init__(self, process: Process) -> None:
        self.process = process
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they are not in the list, and tell nothing
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        metrics = [metric for metric in METRICS if process in metric.processes]
        self._counters = {metric: self._counter(metric) for metric in metrics if metric.kind == "counter"}
        self._histograms = {metric: self._histogram(metric) for metric in metrics if metric.kind == "histogram"}

    def add(self, metric: Metric, amount: int, *labels: str) -> None:
        """Move a counter; by 0 to show it before it has moved."""
        counter = self._counters[metric]
        (counter.labels(*labels) if labels else counter).inc(amount)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Put a value into a histogram."""
        histogram = self._histograms[metric]
        (histogram.labels(*labels) if labels else histogram).observe(value)

    def read(self, read: Read) -> None:
        """Ask `read`, from any thread, for gauges whenever the metrics are told."""
        self.registry.register(_Gauges(read))

    def _counter(self, metric: Metric) -> Counter:
        return Counter(PREFIX + metric.name, metric.tells, metric.labels, registry=self.registry)

    def _histogram(self, metric: Metric) -> Histogram:
        name = PREFIX + metric.name
        return Histogram(name, metric.tells, metric.labels, buckets=metric.buckets, registry=self.registry)


class _Gauges(Collector):
    def __init__(self, read: Read) -> None:
        self._read = read

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing: or registering would read before there is something to read."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[Metric, GaugeMetricFamily] = {}
        for metric, value, labels in self._read():
            if metric not in families:
                families[metric] = GaugeMetricFamily(metric.wire_name, metric.tells, labels=metric.labels)
            families[metric].add_metric(labels, value)
        yield from families.values()
