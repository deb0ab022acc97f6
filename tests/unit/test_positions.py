"""Where reading starts; records that are gone are never passed over in silence."""

import pytest

from agents.positions import LostRecordsError, check_begins, start_positions
from schemas.topics import CONTRIBUTIONS, TICKET_CLOSED, TICKET_CREATED


def test_a_topic_goes_on_where_the_rows_say() -> None:
    assert start_positions({TICKET_CREATED: 7}, {TICKET_CREATED: 7}, 0) == {TICKET_CREATED: 7}


def test_a_topic_that_the_rows_do_not_know_starts_with_what_it_has() -> None:
    begins = {TICKET_CREATED: 3, TICKET_CLOSED: 4}
    assert start_positions({TICKET_CREATED: 9}, begins, 0) == {TICKET_CREATED: 9, TICKET_CLOSED: 4}


def test_a_topic_that_begins_behind_the_rows_is_told_with_the_gap() -> None:
    with pytest.raises(LostRecordsError, match=r"ticket-created partition 2 begins at offset 8, .* before 7"):
        start_positions({TICKET_CREATED: 7}, {TICKET_CREATED: 8}, 2)


def test_rows_without_a_position_do_not_take_deleted_contributions_for_counted() -> None:
    assert start_positions({}, {CONTRIBUTIONS: 0}, 0) == {CONTRIBUTIONS: 0}
    with pytest.raises(LostRecordsError, match="contributions partition 0 begins at offset 5"):
        start_positions({}, {CONTRIBUTIONS: 5}, 0)


def test_records_that_go_while_a_worker_runs_are_noticed() -> None:
    check_begins({TICKET_CREATED: 7}, {TICKET_CREATED: 7}, 0)
    with pytest.raises(LostRecordsError, match="begins at offset 8"):
        check_begins({TICKET_CREATED: 7}, {TICKET_CREATED: 8}, 0)
