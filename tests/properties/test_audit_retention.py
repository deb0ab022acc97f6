"""A law of the audit: it knows from the logs alone which events were set aside and which tickets begun anew."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contributions import Tick, decode_message
from schemas.topics import CUTS, TICKET_TOPICS
from service_goals.audit.epochs import Epochs
from service_goals.audit.recompute import Creditings, Logged, expired_before, tickets, turns
from service_goals.audit.recompute import Sums as Recomputed
from tests.properties.test_retention_exact import ORDERS, Tickets
from tests.ticket_builders import Sums, add
from tests.ticket_strategies import INSTANTS, Ordered, Sent, sent_events


def cuts_of(stage: Tickets) -> list[Tick]:
    """What the stage said where each snapshot cuts."""
    messages = [decode_message(each.value or b"") for each in stage.outputs if each.topic == CUTS]
    return [message for message in messages if isinstance(message, Tick)]


def recomputed(stage: Tickets, log: Iterable[tuple[str, int, Sent]]) -> Sums:
    """What all facts add up to; `log`: topic, offset and event of all that was delivered."""
    cuts = cuts_of(stage)
    epochs = Epochs([{topic: [cut.cut[topic]] for topic in TICKET_TOPICS} for cut in cuts])
    states = [stage.spine.state_after(cut.spine_offset) for cut in cuts]
    creditings = Creditings([[each.crediting] for each in (*states, stage.spine.state)], expired_before(states))
    records = []
    for topic, offset, each in log:
        raw = each.record(offset)
        epoch = epochs.of(topic, 0, offset) if cuts else 0
        records.append(Logged(epoch, TICKET_TOPICS.index(topic), 0, offset, raw.timestamp, raw.key, raw.value))
    sums = Recomputed()
    for of_ticket in tickets(records).values():
        for turn in turns(of_ticket, creditings):
            sums.count(turn)
    added: Sums = {}
    for one in sums.drain():
        add(added, one.key, one.change)
    return {key: cell for key, cell in added.items() if cell != (0, 0, 0, {})}


EVENTS = sent_events(("T-1", "T-2"))
LONG_AGO = EVENTS.map(lambda sent: sent._replace(at=INSTANTS[0]))
STEPS = st.lists(EVENTS | EVENTS | st.sampled_from(ORDERS), min_size=2, max_size=12)


@given(st.lists(LONG_AGO, min_size=2, max_size=6), STEPS, st.sampled_from(ORDERS[-2:]), STEPS, st.integers(1, 2))
@settings(max_examples=300)
def test_the_audit_comes_to_the_numbers_of_a_stage_that_forgets(
    first: list[Any], some: list[Any], snapshot: Ordered, others: list[Any], keep_days: int
) -> None:
    stage, log = Tickets(keep_days), []
    for step in (*first, *some, snapshot, *others):
        if isinstance(step, Ordered):
            stage.command(*step[:3])
        else:
            log.append((step.topic, stage.machine.positions[step.topic], step))
            stage.deliver([step])
    day = stage.spine.state.kept_from
    assert {key: cell for key, cell in recomputed(stage, log).items() if key.day >= day} == stage.numbers(day)
