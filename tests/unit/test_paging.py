"""Pages of what is in memory: in order, complete, and none larger than it may be."""

from hypothesis import given
from hypothesis import strategies as st

from serving.index.filters import Paging
from serving.paging import MOST_BYTES, Shown, in_memory

Item = tuple[str, str]
ITEMS: list[Item] = [("b", "1"), ("a", "2"), ("a", "1"), ("c", "0")]


def page(items: list[Item], size: int = 1, limit: int = 100, cursor: str | None = None) -> Shown:
    """Of items that are their own keys, each with a body of `size` bytes that ends like it."""
    return in_memory(
        items, lambda item: item, lambda item: f"{'|'.join(item):>{size}}".encode(), Paging(limit=limit, cursor=cursor)
    )


def test_pages_by_name_and_id() -> None:
    first = page(ITEMS, limit=3)
    assert first.bodies == [b"a|1", b"a|2", b"b|1"]
    assert page(ITEMS, limit=3, cursor=first.next) == Shown([b"c|0"], None)
    assert page([]) == Shown([], None)


def test_a_page_ends_where_it_is_large_enough_and_the_next_goes_on_there() -> None:
    first = page(ITEMS, size=MOST_BYTES // 2)
    assert [body[-3:] for body in first.bodies] == [b"a|1", b"a|2"]
    second = page(ITEMS, size=2 * MOST_BYTES, cursor=first.next)
    assert [body[-3:] for body in second.bodies] == [b"b|1"]


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), unique=True), st.integers(1, 5))
def test_all_pages_together_are_everything_in_order(items: list[Item], limit: int) -> None:
    bodies, shown = [], page(items, limit=limit)
    while True:
        bodies += shown.bodies
        if shown.next is None:
            break
        shown = page(items, limit=limit, cursor=shown.next)
    assert bodies == ["|".join(item).encode() for item in sorted(items)]
