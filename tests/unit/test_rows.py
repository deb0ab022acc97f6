"""Rows in the table: what was put in comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Stamp
from schemas.measures import Scalar
from schemas.rows import Row, decode_row, encode_row

IDS = st.text(max_size=5)
INSTANTS = st.integers(-(10**14), 10**15)
STAMPS: st.SearchStrategy[Stamp] = st.tuples(INSTANTS, IDS, st.integers(0, 4), IDS, IDS, IDS)
SCALARS: st.SearchStrategy[Scalar] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
ROWS = st.builds(
    Row,
    created=st.none() | INSTANTS,
    response=st.none() | STAMPS,
    close=st.none() | STAMPS,
    reopened=st.none() | INSTANTS,
    deleted=st.booleans(),
    pipeline=st.none() | STAMPS,
    attributes=st.lists(st.tuples(STAMPS, st.dictionaries(IDS, SCALARS, max_size=3)), max_size=3).map(tuple),
)


@given(ROWS)
def test_a_row_comes_back_as_it_was_down_to_the_types_of_its_attributes(row: Row) -> None:
    assert repr(decode_row(encode_row(row))) == repr(row)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 10**4000])
def test_integers_beyond_64_bits_are_kept_exactly(value: int) -> None:
    stamp = (0, "e", 0, "", "", "")
    row = Row(attributes=((stamp, {"wide": value, "narrow": 1, "true": True}),))
    assert decode_row(encode_row(row)) == row


def test_an_empty_row_takes_few_bytes() -> None:
    assert len(encode_row(Row())) == 8
