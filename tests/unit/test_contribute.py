"""Net changes of day cells: coalesced, without what cancels out, in messages of bounded size."""

from collections.abc import Iterable

from schemas.contributions import CellKey, encode_message
from schemas.topics import CONTRIBUTIONS
from streams.contribute import MAX_MESSAGE_BYTES, NetChanges
from streams.derive import Counted, Fact
from tests.ticket_builders import contributions, partition_of, sums

DAY = 739_617
STANDING = (7, 1, 2, 3, 4, 5)
PLAIN, WITHIN, VALUES = Counted(0, None, values=False), Counted(1, 100, values=False), Counted(2, None, values=True)


def fact(
    value: int, user: str | None = "ana", team: str | None = "red", pipeline: str | None = "support", day: int = DAY
) -> Fact:
    return Fact(value, (user, team, pipeline, day), (PLAIN, WITHIN, VALUES))


def net(counted: Iterable[Fact], taken_back: Iterable[Fact] = ()) -> NetChanges:
    changes = NetChanges(5, 2, partition_of)
    for each in counted:
        changes.replace([], [each])
    for each in taken_back:
        changes.replace([each], [])
    return changes


def test_a_fact_is_counted_for_its_user_its_team_and_its_pipeline() -> None:
    found = sums(net([fact(70), fact(130)]).drain(STANDING))
    assert {key.contributor for key in found} == {"user:ana", "team:red", "pipeline:support"}
    for contributor in ("user:ana", "team:red", "pipeline:support"):
        assert found[CellKey(contributor, 0, "support", DAY)] == (2, 200, 0, {})
        assert found[CellKey(contributor, 1, "support", DAY)] == (2, 200, 1, {})
        assert found[CellKey(contributor, 2, "support", DAY)] == (2, 200, 0, {70: 1, 130: 1})


def test_what_two_users_add_to_one_pipeline_stays_apart_for_each_of_them() -> None:
    found = sums(net([fact(70, "ana"), fact(130, "bo"), fact(130, "bo", day=DAY + 1)]).drain(STANDING))
    assert found[CellKey("user:ana", 2, "support", DAY)] == (1, 70, 0, {70: 1})
    assert found[CellKey("user:bo", 2, "support", DAY)] == (1, 130, 0, {130: 1})
    assert found[CellKey("pipeline:support", 2, "support", DAY)] == (2, 200, 0, {70: 1, 130: 1})
    assert found[CellKey("pipeline:support", 1, "support", DAY)] == (2, 200, 1, {})
    assert found[CellKey("pipeline:support", 2, "support", DAY + 1)] == (1, 130, 0, {130: 1})


def test_null_is_credited_to_nobody_and_the_cell_of_no_pipeline_is_its_own() -> None:
    found = sums(net([fact(70, team=None), fact(70, team=None, pipeline=None)]).drain(STANDING))
    assert {(key.contributor, key.pipeline) for key in found} == {
        ("user:ana", "support"),
        ("pipeline:support", "support"),
        ("user:ana", None),
    }
    assert sums(net([fact(70, None, None, None)]).drain(STANDING)) == {}


def test_what_cancels_out_leaves_no_message() -> None:
    assert list(net([fact(70), fact(80)], [fact(80), fact(70)]).drain(STANDING)) == []


def test_values_that_cancel_out_leave_no_trace_in_a_change_that_remains() -> None:
    [(_, message), *_] = contributions(net([fact(70), fact(80), fact(90)], [fact(80)]).drain(STANDING))
    assert {tuple(change.values) for _, change in message.changes} == {(), (70, 90)}


def test_a_change_of_values_alone_remains() -> None:
    found = sums(net([fact(60), fact(80)], [fact(70), fact(70)]).drain(STANDING))
    assert found[CellKey("user:ana", 2, "support", DAY)] == (0, 0, 0, {60: 1, 80: 1, 70: -2})
    assert CellKey("user:ana", 0, "support", DAY) not in found


def test_a_fact_that_stays_is_not_touched() -> None:
    changes = net([])
    changes.replace([fact(70), fact(80)], [fact(80), fact(70)])
    assert list(changes.drain(STANDING)) == []


def test_each_contributor_goes_to_its_own_partition_as_one_message_each() -> None:
    outputs = list(net([fact(70, user=f"u{n}") for n in range(50)]).drain(STANDING))
    found = list(contributions(outputs))
    assert [partition for partition, _ in found] == [0, 1]
    for partition, message in found:
        assert message.source == 5
        assert {partition_of(key[0].encode()) for key, _ in message.changes} == {partition}
    assert {(output.topic, output.key) for output in outputs} == {(CONTRIBUTIONS, None)}


def test_what_is_drained_is_gone() -> None:
    changes = net([fact(70)])
    assert list(changes.drain(STANDING)) != []
    assert list(changes.drain(STANDING)) == []


def test_many_cells_become_several_messages_that_add_up() -> None:
    days = range(DAY, DAY + 20_000)
    outputs = list(net([fact(70, "ä" * 200, None, None, day) for day in days]).drain(STANDING))
    assert len(outputs) > 10
    assert all(len(output.value or b"") < MAX_MESSAGE_BYTES for output in outputs)
    found = sums(outputs)
    assert len(found) == 3 * len(days)
    assert all(found[CellKey("user:" + "ä" * 200, 0, None, day)] == (1, 70, 0, {}) for day in days)


def test_one_cell_of_many_values_becomes_several_messages_that_add_up() -> None:
    values = range(10**12, 10**12 + 200_000)
    outputs = list(net([fact(value, None, None, "support") for value in values]).drain(STANDING))
    assert len(outputs) > 2
    assert all(len(output.value or b"") < MAX_MESSAGE_BYTES for output in outputs)
    expected = (len(values), sum(values), 0, dict.fromkeys(values, 1))
    assert sums(outputs)[CellKey("pipeline:support", 2, "support", DAY)] == expected


def test_messages_are_the_same_bytes_as_the_types_say() -> None:
    [(_, message), *_] = contributions(outputs := list(net([fact(70)]).drain(STANDING)))
    assert encode_message(message) == outputs[0].value
