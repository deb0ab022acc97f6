"""A partition of a table remembers every change, by whichever of a mapping's ways it came."""

from collections.abc import Callable

import pytest

from agents.tables import TablePartition

Change = tuple[bytes, bytes | None]


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        (lambda rows: rows.__setitem__(b"a", b"2"), [(b"a", b"2")]),
        (lambda rows: rows.setdefault(b"new", b"2"), [(b"new", b"2")]),
        (lambda rows: rows.setdefault(b"a", b"2"), []),
        (lambda rows: rows.update({b"a": b"2", b"new": b"3"}), [(b"a", b"2"), (b"new", b"3")]),
        (lambda rows: rows.__delitem__(b"a"), [(b"a", None)]),
        (lambda rows: rows.pop(b"a"), [(b"a", None)]),
        (lambda rows: rows.pop(b"new", None), []),
        (lambda rows: rows.popitem(), [(b"a", None)]),
        (lambda rows: rows.clear(), [(b"a", None)]),
    ],
)
def test_what_changed_is_drained_once(act: Callable[[TablePartition], object], changes: list[Change]) -> None:
    rows = TablePartition({b"a": b"1"})
    act(rows)
    assert rows.drain() == changes
    assert rows.drain() == []
