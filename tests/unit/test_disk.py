"""A disk that can't be used says so in one line; one that is damaged is never read as if it were whole."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agents.disk import BrokenDiskError, DiskError, DiskPartition, LockedError, Mark, Memory

MEMORY = Memory.of(8)
MARK = Mark("topic", 7, 0)
ROWS = {b"t%06d" % number: b"%0100d" % number for number in range(5_000)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a disk of many rows was closed."""
    disk = DiskPartition(tmp_path / "tables" / "rows-0", MEMORY)
    disk.fill(ROWS.items())
    disk.filled(MARK)
    disk.close()
    return tmp_path / "tables" / "rows-0"


def test_one_owner_at_a_time(path: Path) -> None:
    disk = DiskPartition(path, MEMORY)
    with pytest.raises(LockedError):
        DiskPartition(path, MEMORY)
    disk.close()
    DiskPartition(path, MEMORY).close()


def test_what_was_discarded_is_gone(path: Path) -> None:
    disk = DiskPartition(path, MEMORY)
    disk.discard()
    disk = DiskPartition(path, MEMORY)
    assert disk.mark is None
    assert len(disk) == 0
    disk.close()


@pytest.mark.parametrize("name", ["CURRENT", "MANIFEST-*", "*.sst", "rocksdict-config.json"])
@pytest.mark.parametrize("damaged", ["overwritten", "gone"])
def test_what_is_damaged_is_thrown_away_or_noticed(path: Path, name: str, damaged: str) -> None:
    for file in path.glob(name):
        if damaged == "gone":
            file.unlink()
        else:
            scribble(file)
    disk = DiskPartition(path, MEMORY)
    try:
        assert disk.mark is None or dict(disk.items()) == ROWS
    except BrokenDiskError:
        disk.discard()
    disk.close()


def test_a_scan_over_damage_does_not_just_end(path: Path) -> None:
    for file in path.glob("*.sst"):
        scribble(file)
    disk = DiskPartition(path, MEMORY)
    if disk.mark is not None:
        with pytest.raises(BrokenDiskError):
            list(disk.items())
    disk.close()


def test_another_format_is_not_trusted(path: Path) -> None:
    disk = DiskPartition(path, MEMORY)
    disk.filled(Mark("topic", 7, 0, format=0))
    disk.close()
    disk = DiskPartition(path, MEMORY)
    assert disk.mark is None
    disk.close()


def test_a_place_that_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskError, match=r"^SERVICE_GOALS_DATA_DIR: .*/file/rows-0 .*File exists.*memory.*$"):
        DiskPartition(tmp_path / "file" / "rows-0", MEMORY)


def test_a_full_disk_is_told_in_one_line_and_what_was_kept_stays(path: Path) -> None:
    disk = DiskPartition(path, MEMORY)
    disk[b"new"] = b"1" * 100_000
    with no_file_larger_than(50_000), pytest.raises(DiskError, match=r"^SERVICE_GOALS_DATA_DIR: [^\n]*$"):
        disk.keep(8, 0)
    disk.close()
    disk = DiskPartition(path, MEMORY)
    assert disk.mark == MARK
    assert dict(disk.items()) == ROWS
    disk.close()


def scribble(file: Path) -> None:
    """Over the middle of it."""
    with file.open("r+b") as place:
        place.seek(file.stat().st_size // 2)
        place.write(b"\xff" * 5_000)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What a full disk does to a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
