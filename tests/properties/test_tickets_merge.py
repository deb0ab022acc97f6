"""Laws of merging and deriving (SPEC 3): order, repetition and grouping can't change what a ticket's events mean."""

from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from schemas.control import TeamSince
from schemas.days import LocalDays
from schemas.events import decode_event
from schemas.measures import TEMPLATE_ACCUMULATORS
from schemas.rows import Row, decode_row, encode_row, unpack_attributes
from streams.crediting import Crediting
from streams.derive import Derivation, negative_values
from streams.merge import merge
from tests.oracle.control import Account, Directory
from tests.oracle.facts import ticket_facts
from tests.oracle.judge import valid_events
from tests.oracle.log import Record
from tests.ticket_strategies import Sent, sent_events

EVENTS = st.lists(sent_events(ticket_ids=("T-1",)), max_size=8)
FACTS = ("response", "resolution", "closed")


def merged(events: list[Sent], row: Row | None = None) -> Row | None:
    """Each event merged alone, through the bytes of the table."""
    for sent in events:
        row = decode_row(encode_row(merge(row, sent.topic, [decode_event(sent.topic, sent.record(0))])))
    return row


def shape(row: Row | None) -> object:
    """What is equal only when the rows are, also by the types of the attributes."""
    if row is None:
        return None
    attributes = [(stamp, sorted(group.items(), key=repr)) for stamp, group in unpack_attributes(row)]
    return repr((row.created, row.response, row.close, row.reopened, row.deleted, row.pipeline, attributes))


@given(EVENTS, st.integers())
def test_merging_is_commutative_and_idempotent(events: list[Sent], seed: int) -> None:
    random = Random(seed)
    again = [*events, *random.choices(events, k=3)] if events else []
    random.shuffle(again)
    assert shape(merged(again)) == shape(merged(events))


@given(EVENTS, st.integers())
def test_merging_is_associative_over_the_runs_of_a_topic(events: list[Sent], seed: int) -> None:
    row: Row | None = None
    for topic in Random(seed).sample(sorted({sent.topic for sent in events}), len({sent.topic for sent in events})):
        row = merge(row, topic, [decode_event(topic, sent.record(0)) for sent in events if sent.topic == topic])
    assert shape(row) == shape(merged(events))


@given(EVENTS, st.sampled_from(("UTC", "Europe/Berlin", "America/New_York")), st.booleans())
def test_facts_agree_with_an_independent_recomputation(events: list[Sent], zone: str, moves: bool) -> None:
    teams = (TeamSince(date(2026, 3, 29).toordinal(), "blue"),) if moves else (TeamSince(0, "blue"),)
    wire = {"teams": [{"from": "2026-03-29", "team_id": "blue"}]} if moves else {"team_id": "blue"}
    row = merged(events)
    derived = Derivation(Crediting(LocalDays(zone), Map({"ana": teams}), TEMPLATE_ACCUMULATORS)).facts(row)

    records = [Record(sent.topic, *sent.record(0)) for sent in events]
    recomputed = ticket_facts(valid_events(records), Directory({"user:ana": wire}), Account(zone))
    assert sorted((FACTS[fact.accumulators[0].index], fact.value, *fact.credit) for fact in derived) == sorted(
        (fact.kind, fact.value, fact.user, fact.team, fact.pipeline, fact.day.toordinal()) for fact in recomputed
    )
    attributes = {name: value for _, group in unpack_attributes(row or Row()) for name, value in group.items()}
    for each in recomputed:
        assert repr(sorted(attributes.items())) == repr(sorted(each.attributes.items()))


@given(EVENTS)
def test_a_value_is_a_fact_or_negative_or_unknown(events: list[Sent]) -> None:
    row = merged(events)
    derivation = Derivation(Crediting(LocalDays("UTC"), Map(), TEMPLATE_ACCUMULATORS))
    kinds = [fact.accumulators[0].index for fact in derivation.facts(row)]
    if row is None or row.deleted is not None or row.created is None:
        assert negative_values(row) == 0
    else:
        assert negative_values(row) == (row.response is not None) - (0 in kinds) + (2 in kinds) - (1 in kinds)
