"""The list of metrics is whole, and the page shows it."""

import pytest

from agents.monitor.meters import Meters
from docs.metrics import END, PAGE, listed
from schemas import metrics
from schemas.metrics import CONSUMED, METRICS, PREFIX, RECOUNTED, TRANSACTION, Metric

TEXT = PAGE.read_text("utf-8")


def test_the_page_shows_the_list() -> None:
    assert listed(TEXT) == TEXT, f"docs/{PAGE.name} differs from schemas/metrics.py: run make docs"


def test_what_is_around_the_list_is_kept() -> None:
    spoilt = TEXT.replace("| `service_goals_healthy` | gauge |", "| `service_goals_happy` | gauge |")
    assert spoilt != TEXT
    assert listed(spoilt) == TEXT


def test_a_page_without_a_place_for_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match=r"metrics\.md: has no place"):
        listed(TEXT.replace(END, ""))


def test_every_metric_is_in_the_list_once() -> None:
    defined = [value for value in vars(metrics).values() if isinstance(value, Metric)]
    assert sorted(METRICS) == sorted(defined)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_name_follows_the_conventions_of_prometheus(metric: Metric) -> None:
    assert metric.name.islower()
    assert not metric.name.endswith(("_total", "_count", "_sum", "_bucket", "_info"))
    assert metric.name.endswith("_seconds") == (metric.unit == "seconds")
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert metric.tells.endswith(".")
    assert metric.moves.endswith(".")


def test_counters_and_histograms_stand_under_their_wire_names() -> None:
    meters = Meters("worker")
    meters.add(CONSUMED, 3, "ticket-created")
    meters.add(RECOUNTED, 2)
    meters.observe(TRANSACTION, 0.2, "tickets")
    told = meters.registry.get_sample_value
    assert told(CONSUMED.wire_name, {"topic": "ticket-created"}) == 3
    assert told(RECOUNTED.wire_name) == 2
    assert told(f"{TRANSACTION.wire_name}_bucket", {"stage": "tickets", "le": "0.25"}) == 1
    assert told(f"{TRANSACTION.wire_name}_bucket", {"stage": "tickets", "le": "0.1"}) == 0


def test_a_metric_of_another_process_can_not_be_moved() -> None:
    with pytest.raises(KeyError):
        Meters("broker").add(CONSUMED, 1, "ticket-created")


def test_nothing_is_told_that_is_not_in_the_list() -> None:
    names = {family.name for family in Meters("worker").registry.collect() if not family.name.startswith("process_")}
    assert names <= {PREFIX + metric.name for metric in METRICS}
