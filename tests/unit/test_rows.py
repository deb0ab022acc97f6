"""Rows in the table: what was put in comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Stamp
from schemas.measures import Scalar
from schemas.rows import Groups, Row, decode_row, encode_row, pack_attributes, unpack_attributes

IDS = st.text(max_size=5)
INSTANTS = st.integers(-(10**14), 10**15)
STAMPS: st.SearchStrategy[Stamp] = st.tuples(INSTANTS, IDS, st.integers(0, 4), IDS, IDS, IDS)
SCALARS: st.SearchStrategy[Scalar] = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
GROUPS: st.SearchStrategy[Groups] = st.lists(
    st.tuples(STAMPS, st.dictionaries(IDS, SCALARS, max_size=3)), max_size=3
).map(tuple)
ROWS = st.builds(
    Row,
    created=st.none() | INSTANTS,
    response=st.none() | STAMPS,
    close=st.none() | STAMPS,
    reopened=st.none() | INSTANTS,
    deleted=st.none() | INSTANTS,
    pipeline=st.none() | STAMPS,
    packed_attributes=GROUPS.map(pack_attributes),
)


@given(ROWS)
def test_a_row_comes_back_as_it_was(row: Row) -> None:
    assert decode_row(encode_row(row)) == row


@given(GROUPS)
def test_attributes_come_back_as_they_were_down_to_their_types(groups: Groups) -> None:
    row = decode_row(encode_row(Row(packed_attributes=pack_attributes(groups))))
    assert repr(unpack_attributes(row)) == repr(groups)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 10**4000])
def test_integers_beyond_64_bits_are_kept_exactly(value: int) -> None:
    stamp = (0, "e", 0, "", "", "")
    groups = ((stamp, {"wide": value, "narrow": 1, "true": True}),)
    assert unpack_attributes(Row(packed_attributes=pack_attributes(groups))) == groups


def test_an_empty_row_takes_few_bytes_and_has_no_attributes() -> None:
    assert len(encode_row(Row())) == 8
    assert unpack_attributes(Row()) == ()
