"""The ceiling of rejects: nearly everything stops a worker, a bad feed amongst good ones never does."""

import pytest

from agents.excess import TooManyRejectedError
from schemas.records import Output
from schemas.topics import TICKET_EVENTS_REJECTED
from streams.ceiling import WINDOW, Ceiling, Excess

SAMPLE = 1_000


def rejects(count: int, reason: str = "occurred_at: missing, give a time", offset: int = 7) -> list[Output]:
    headers = {"reason": reason, "topic": "ticket-closed", "partition": "3", "offset": str(offset)}
    encoded = tuple((name, text.encode()) for name, text in headers.items())
    return [Output(TICKET_EVENTS_REJECTED, b"t", b"{}", headers=encoded)] * count


def ceiling(percent: float = 99) -> Ceiling:
    return Ceiling(percent, SAMPLE)


def fed(subject: Ceiling, *runs: tuple[int, int]) -> list[Excess | None]:
    """What it says to runs of so many records, so many of them rejected."""
    return [subject.observe(records, rejects(bad)) for records, bad in runs]


def test_nothing_is_judged_before_the_sample_is_there() -> None:
    assert fed(ceiling(), (SAMPLE - 1, SAMPLE - 1)) == [None]
    (early, excess) = fed(ceiling(), (SAMPLE - 1, SAMPLE - 1), (1, 1))
    assert early is None
    assert excess is not None
    assert (excess.records, excess.rejected, excess.times) == (SAMPLE, SAMPLE, SAMPLE)


@pytest.mark.parametrize(("bad", "stops"), [(990, False), (991, True)])
def test_exactly_the_ceiling_is_still_allowed(bad: int, stops: bool) -> None:
    (said,) = fed(ceiling(), (SAMPLE, bad))
    assert (said is not None) == stops


def test_a_ceiling_of_100_never_stops() -> None:
    assert fed(ceiling(100), *[(SAMPLE, SAMPLE)] * 50) == [None] * 50


@pytest.mark.parametrize("bad", [49, 490, 980])
def test_two_good_ones_in_a_hundred_keep_it_going_in_whatever_lumps_they_come(bad: int) -> None:
    lumps = [(bad, bad), (bad // 49, 0)] * 500
    assert fed(ceiling(), *lumps) == [None] * len(lumps)


def test_a_burst_in_a_good_stream_must_fill_the_whole_window() -> None:
    subject = ceiling()
    assert fed(subject, *[(100, 1)] * 1_000) == [None] * 1_000
    burst = fed(subject, *[(100, 100)] * 2 * WINDOW * SAMPLE)
    first = next(number for number, said in enumerate(burst, start=1) if said)
    assert 100 * first == pytest.approx(WINDOW * SAMPLE, rel=0.05)


def test_what_was_good_long_ago_does_not_count() -> None:
    subject = ceiling()
    fed(subject, *[(1_000, 0)] * 1_000)
    assert any(fed(subject, *[(1_000, 1_000)] * (WINDOW + 1)))


def test_the_most_frequent_field_is_told_with_its_latest_example() -> None:
    subject = ceiling()
    subject.observe(400, rejects(400, "attributes.vip: [], give a scalar", offset=1))
    subject.observe(200, rejects(200, "attributes.tag: {}, give a scalar", offset=2))
    excess = subject.observe(500, rejects(500, "user_id: 7, give an id", offset=3))
    assert excess is not None
    assert excess.times == 600
    assert dict(excess.example)["offset"] == b"2"


def test_the_worker_says_share_reason_example_and_remedy_in_one_line() -> None:
    (excess,) = fed(ceiling(), (2_000, 1_999))
    assert excess is not None
    line = str(TooManyRejectedError(excess))
    assert line.startswith(
        "1,999 of the last 2,000 ticket events are rejected (99.9 %), 1,999 of them for occurred_at, "
    )
    assert "ticket-closed partition 3 offset 7 is: occurred_at: missing, give a time; " in line
    assert line.endswith("SERVICE_GOALS_REJECT_CEILING=100")
    assert "\n" not in line
