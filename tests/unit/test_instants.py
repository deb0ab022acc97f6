"""Instants on the wire (SPEC 1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import format_instant, parse_instant
from tests.oracle.times import instant_ms

FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-01-01T00:00:00Z", 1_767_225_600_000),
        ("2026-01-01T01:00:00+01:00", 1_767_225_600_000),
        ("2025-12-31T18:15:00-05:45", 1_767_225_600_000),
        ("2026-01-01T00:00:00-00:00", 1_767_225_600_000),
        ("2026-01-01T00:00:00.5Z", 1_767_225_600_500),
        ("2026-01-01T00:00:00.25-00:30", 1_767_227_400_250),
        ("1969-12-31T23:59:59.001Z", -999),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000),
        ("0001-01-01T00:00:00Z", FIRST),
        ("9999-12-31T23:59:59.999Z", LAST),
    ],
)
def test_an_rfc_3339_time_is_milliseconds_since_the_epoch(text: str, ms: int) -> None:
    assert parse_instant(text) == ms


@pytest.mark.parametrize("digits", ["1239", "123999999999", "123456"])
def test_digits_beyond_the_millisecond_are_cut_off_not_rounded(digits: str) -> None:
    assert parse_instant(f"2026-01-01T00:00:00.{digits}Z") == 1_767_225_600_123
    assert parse_instant(f"1969-12-31T23:59:59.{digits}+00:00") == -877


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-01-01T10:00:00",
        "2026-01-01 10:00:00Z",
        "2026-01-01t10:00:00Z",
        "2026-01-01T10:00:00z",
        "20260101T100000Z",
        "2026-W01-4T10:00:00Z",
        "2026-001T10:00:00Z",
        "2026-01-01T10:00Z",
        "2026-01-01T10:00:00,5Z",
        "2026-01-01T10:00:00.Z",
        "2026-01-01T10:00:60Z",
        "2026-01-01T10:60:00Z",
        "2026-01-01T24:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "12026-01-01T10:00:00Z",
        "+2026-01-01T10:00:00Z",
        "2026-01-01T10:00:00+02",
        "2026-01-01T10:00:00+0200",
        "2026-01-01T10:00:00+24:00",
        "2026-01-01T10:00:00+02:60",
        "2026-01-01T10:00:00 Z",
        "2026-01-01T10:00:00Z\n",
        " 2026-01-01T10:00:00Z",
        "٢٠٢٦-01-01T10:00:00Z",
        "2026-01-01T10:00:0٠Z",
        "2026-01-01T10:00:00.٥Z",
    ],
)
def test_anything_else_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"write RFC 3339 .* like 2026-01-31T09:30:00Z"):
        parse_instant(text)


@given(st.integers(FIRST, LAST))
def test_what_is_written_reads_back_as_the_same_millisecond(ms: int) -> None:
    text = format_instant(ms)
    assert len(text) == len("2026-01-31T09:30:00.000Z")
    assert parse_instant(text) == ms


@pytest.mark.parametrize("ms", [FIRST - 1, LAST + 1])
def test_an_instant_without_a_year_of_four_digits_is_not_written(ms: int) -> None:
    with pytest.raises(ValueError, match="outside the years 0001 to 9999"):
        format_instant(ms)


@given(
    st.from_regex(
        r"\A(20[0-9]{2}|0000|0001|9999)-(0[0-9]|1[0-3])-([0-2][0-9]|3[0-2])[Tt ]"
        r"([01][0-9]|2[0-5]):[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,6})?(Z|z|[+-]([01][0-9]|2[0-5]):?[0-6][0-9])?\Z"
    )
)
def test_reading_agrees_with_the_independent_reading(text: str) -> None:
    expected = instant_ms(text)
    if expected is None:
        with pytest.raises(ValueError, match="RFC 3339"):
            parse_instant(text)
    else:
        assert parse_instant(text) == expected
