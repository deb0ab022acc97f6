"""Objects and lines from files: read as they were written, and what is wrong is named with its place."""

import gzip
from pathlib import Path

import msgspec
import pytest

from service_goals.client.files import read_objects
from service_goals.client.lines import read_lines
from service_goals.errors import CommandError


def written(tmp_path: Path, content: str | bytes, name: str = "goals.json") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def places(path: Path) -> list[str]:
    return [place.removeprefix(str(path)) for place, _ in read_objects(path)]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{"a": 1}', [""]),
        ('{\n  "a": 1\n}\n', [""]),
        ('[{"a": 1}, {"a": 2}]', ["[0]", "[1]"]),
        ("[]", []),
        ('{"a": 1}\n{"a": 2}\n', [":1", ":2"]),
        ('\n{"a": 1}\r\n\n{"a": 2}', [":2", ":4"]),
        ('\ufeff{"a": 1}', [""]),
    ],
)
def test_a_file_is_one_object_a_list_or_one_object_a_line(tmp_path: Path, content: str, where: list[str]) -> None:
    assert places(written(tmp_path, content)) == where


def test_values_stay_as_they_were_written(tmp_path: Path) -> None:
    content = '[{"target": 0.12345678901234567890, "big": 123456789012345678901234567890}]'
    ((_, fields),) = read_objects(written(tmp_path, content))
    assert msgspec.json.encode(fields) == content[1:-1].replace(" ", "").encode()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "goals.json: not JSON"),
        ("[{", "goals.json: not JSON"),
        ('{\n  "a": 1,\n}', "goals.json: not JSON"),
        ("[1]", "goals.json[0]: '1' is not a JSON object"),
        ("17", "goals.json: not JSON"),
        ('{"a": 1}\n[2]', "goals.json:2: '[2]' is not a JSON object"),
        ('{"a": 1}\n{"a"', "goals.json:2: '{\"a\"' is not JSON"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, content: str, named: str) -> None:
    with pytest.raises(CommandError) as error:
        read_objects(written(tmp_path, content))
    assert named in error.value.lines[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"absent\.json: No such file"):
        read_objects(tmp_path / "absent.json")
    with pytest.raises(CommandError, match=r"absent\.ndjson: No such file"):
        list(read_lines(tmp_path / "absent.ndjson"))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_lines_are_numbered_and_empty_ones_left_out(tmp_path: Path, packed: bool) -> None:
    content = b"one\n\n two \r\n"
    path = written(tmp_path, gzip.compress(content) if packed else content, "events")
    assert list(read_lines(path)) == [(f"{path}:1", b"one"), (f"{path}:3", b"two")]


def test_how_far_a_file_is_read_is_told_up_to_its_size(tmp_path: Path) -> None:
    path = written(tmp_path, b"x\n" * 2500, "events")
    told: list[int] = []
    assert len(list(read_lines(path, told.append))) == 2500
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


def test_a_damaged_gzip_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"one\n" * 1000)[:-10], "events.gz")
    with pytest.raises(CommandError, match=r"events\.gz: the gzip file is damaged"):
        list(read_lines(path))
