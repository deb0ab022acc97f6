"""When rows of tickets are written: many at once, and never too much of a core."""

from serving.tickets.held import HOLD, MOST, REST, Held


def test_of_several_rows_of_a_ticket_the_last_waits() -> None:
    held = Held()
    held.add({"a": b"1", "b": b"1"})
    held.add({"a": b"2", "b": None})
    assert (held.drain(), held.drain()) == ({"a": b"2", "b": None}, {})


def test_there_is_an_end_to_what_waits() -> None:
    held = Held()
    held.add({str(number): b"" for number in range(MOST - 1)})
    assert not held.full
    held.add({"one more": b""})
    assert held.full
    held.drain()
    assert not held.full


def test_the_first_rows_need_not_wait_the_next_do() -> None:
    held = Held()
    assert held.due_in(1.0) == 0.0
    held.written(10.0, 10.5)
    assert (held.due_in(10.5), held.due_in(11.5), held.due_in(99.0)) == (HOLD, HOLD - 1.0, 0.0)


def test_what_took_long_is_followed_by_a_long_rest() -> None:
    held = Held()
    held.written(10.0, 15.0)
    assert held.due_in(15.0) == REST * 5.0
