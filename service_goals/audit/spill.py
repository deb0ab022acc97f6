"""Items in files, by bucket: what is too much for memory is sorted into buckets, and each is then taken by itself.

The files lie in a temporary directory, compressed block by block. They are gone when `spilling` ends, however it ends.
"""

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Generic, TypeVar

import cramjam
import msgspec

from service_goals.errors import CommandError

Item = TypeVar("Item")

BLOCK_ITEMS: Final = 2_000
BLOCK_BYTES: Final = 1024 * 1024
"""A block is written when it has so many items, or about so many bytes."""
_LENGTH_BYTES: Final = 4


class Spill(Generic[Item]):
    """Appended to, then read bucket by bucket; only the open block of each bucket is in memory."""

    def __init__(self, directory: Path, name: str, kind: Any, buckets: int) -> None:
        """`kind`: the items' type, which MessagePack can hold."""
        self.buckets = buckets
        self._paths = [directory / f"{name}-{bucket}" for bucket in range(buckets)]
        self._blocks: list[list[Item]] = [[] for _ in range(buckets)]
        self._sizes = [0] * buckets
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[kind]).decode

    def add(self, bucket: int, item: Item, size: int = 0) -> None:
        """Put an item into a bucket; `size`: its bytes, when it may be large."""
        block = self._blocks[bucket]
        block.append(item)
        self._sizes[bucket] += size
        if len(block) >= BLOCK_ITEMS or self._sizes[bucket] >= BLOCK_BYTES:
            self._write(bucket)

    def read(self, bucket: int) -> Iterator[Item]:
        """The items of a bucket, in the order in which they came."""
        self._write(bucket)
        if self._paths[bucket].exists():
            with self._paths[bucket].open("rb") as file:
                while block := _next_block(file):
                    yield from self._decode(block)

    def clear(self, bucket: int) -> None:
        """Forget a bucket."""
        self._blocks[bucket], self._sizes[bucket] = [], 0
        self._paths[bucket].unlink(missing_ok=True)

    def _write(self, bucket: int) -> None:
        if block := self._blocks[bucket]:
            data = bytes(cramjam.snappy.compress_raw(self._encode(block)))
            with self._paths[bucket].open("ab") as file:
                file.write(len(data).to_bytes(_LENGTH_BYTES) + data)
            self._blocks[bucket], self._sizes[bucket] = [], 0


def _next_block(file: BinaryIO) -> bytes:
    """Empty at the end."""
    length = int.from_bytes(file.read(_LENGTH_BYTES))
    return bytes(cramjam.snappy.decompress_raw(file.read(length))) if length else b""


@contextmanager
def spilling() -> Iterator[Path]:
    """A directory for spills; deleted at the end. CommandError when the disk is full."""
    try:
        with tempfile.TemporaryDirectory(prefix="service-goals-audit-") as directory:
            yield Path(directory)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        where = tempfile.gettempdir()
        raise CommandError(
            f"{where}: no space left for what the audit sorts; let TMPDIR name a roomier place"
        ) from None
