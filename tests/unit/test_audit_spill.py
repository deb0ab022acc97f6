"""What the audit puts on the disk: it comes back by bucket and in order, and nothing is left."""

import errno
from pathlib import Path

import pytest

from service_goals.audit.spill import BLOCK_BYTES, BLOCK_ITEMS, Spill, spilling
from service_goals.errors import CommandError


def test_items_come_back_by_bucket_in_order_over_many_blocks() -> None:
    with spilling() as directory:
        spill: Spill[tuple[int, bytes]] = Spill(directory, "s", tuple[int, bytes], 3)
        items = [(number, b"%d" % number) for number in range(3 * BLOCK_ITEMS + 7)]
        for number, item in items:
            spill.add(number % 2, (number, item))
        assert [list(spill.read(bucket)) for bucket in range(3)] == [items[::2], items[1::2], []]
        spill.add(2, (1, b"x"))
        spill.clear(0)
        assert [list(spill.read(0)), list(spill.read(2))] == [[], [(1, b"x")]]


def test_large_items_go_to_the_disk_before_there_are_many() -> None:
    with spilling() as directory:
        spill: Spill[bytes] = Spill(directory, "s", bytes, 1)
        spill.add(0, b"x" * BLOCK_BYTES, BLOCK_BYTES)
        assert [path.name for path in directory.iterdir()] == ["s-0"]
        assert list(spill.read(0)) == [b"x" * BLOCK_BYTES]


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), ValueError(), OSError(errno.EIO, "broken")])
def test_nothing_is_left_however_it_ends(ending: BaseException) -> None:
    seen: list[Path] = []

    def work() -> None:
        with spilling() as directory:
            seen.append(directory)
            (directory / "s-0").write_bytes(b"x")
            raise ending

    with pytest.raises(type(ending)):
        work()
    assert not seen[0].exists()


def test_a_full_disk_is_one_clear_line() -> None:
    with pytest.raises(CommandError, match=r"no space left .* TMPDIR"), spilling():
        raise OSError(errno.ENOSPC, "No space left on device")
