"""A line of an import as a record: the topic goes, everything else stays byte for byte."""

from pathlib import Path

import pytest
from rich.progress import Progress

from schemas.topics import TICKET_TOPICS
from service_goals.commands.imports import read_event, read_events
from service_goals.errors import CommandError


@pytest.mark.parametrize("topic", TICKET_TOPICS)
def test_the_topic_is_taken_out_and_the_ticket_is_the_key(topic: str) -> None:
    line = f'{{"topic":"{topic}","ticket_id":"t-1","n":1.50,"é":[1, {{"x":null}}]}}'.encode()
    assert read_event(line) == (topic, b"t-1", '{"ticket_id":"t-1","n":1.50,"é":[1, {"x":null}]}'.encode())


@pytest.mark.parametrize("ticket_id", ["", '"ticket_id":null', '"ticket_id":17', '"ticket_id":["t"]'])
def test_what_else_is_wrong_with_an_event_is_left_to_the_workers(ticket_id: str) -> None:
    _, key, value = read_event(f'{{"topic":"ticket-closed"{"," if ticket_id else ""}{ticket_id}}}'.encode())
    assert key is None
    assert value == f"{{{ticket_id}}}".encode()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"ticket", "'ticket' is not JSON"),
        (b'{"topic":"ticket-created"', "is not JSON"),
        (b'["ticket-created"]', "is not a JSON object"),
        (b'{"ticket_id":"t"}', "topic: missing, give one of ticket-created, "),
        (b'{"topic":"goals"}', "topic: '\"goals\"', give one of ticket-created, "),
        (b'{"topic":5}', "topic: '5', give one of ticket-created, "),
    ],
)
def test_a_line_that_is_no_event_is_named_with_the_remedy(line: bytes, named: str) -> None:
    with pytest.raises(CommandError) as error:
        read_event(line)
    assert named in error.value.lines[0]


def test_a_bad_line_is_named_with_its_file_and_number_and_what_was_done_before_it(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.ndjson", tmp_path / "bad.ndjson"
    good.write_text('{"topic":"ticket-deleted"}\n' * 2)
    bad.write_text('{"topic":"ticket-deleted"}\n\n{"topic":"x"}\n')
    events = read_events([good, bad], Progress(disable=True))
    assert len([next(events) for _ in range(3)]) == 3
    with pytest.raises(CommandError, match=r"bad\.ndjson:3: topic: .*; the 3 events before it are published"):
        next(events)
