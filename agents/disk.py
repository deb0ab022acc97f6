"""One table partition on disk (RocksDB): a mapping whose disk is what committed transactions made it.

The law: what a run changed lies in memory until its transaction is committed; then it goes to disk in one atomic write,
together with the *mark*, which says up to which offset of the changelog the disk has everything. So whatever dies, the
disk is as of some mark, or has rows of later commits too; reading the changelog from the mark on sets it right either
way, since the last value of a key counts, however often it is read (docs/decisions/0015).

Nothing waits for the disk (RocksDB's `sync` is off): after a power failure it is as of an earlier mark.
"""

import fcntl
import shutil
from collections.abc import ItemsView, Iterable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, NoReturn, Self

import msgspec
from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBatch, WriteBufferManager

from agents.topics import MisconfiguredError

FORMAT: Final = 1
"""Of what is on disk; what another one wrote is filled anew."""
_MARK_KEY: Final = b""
_FIRST_KEY: Final = b"\0"
"""Rows' keys are never empty."""
_MEBIBYTE: Final = 1024 * 1024
_OPEN_FILES: Final = 64
"""Of each partition: a worker may have some dozen, and a process a thousand files."""

_SIGNS_OF_DAMAGE: Final = ("Corruption", "No such file")


class LockedError(Exception):
    """Another owner has this partition's disk: of a worker that sleeps or is about to give it up."""


class BrokenDiskError(Exception):
    """What is on the disk can't be read as it was written; it must be wiped."""


class DiskError(MisconfiguredError):
    """The disk can't be used: full, read-only, missing."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(
            f"SERVICE_GOALS_DATA_DIR: the table in {path} can't be kept ({reason}); make room, or let this user write "
            "there, or set SERVICE_GOALS_TABLES=memory, then start the worker again: what was committed is in Kafka"
        )


class Mark(msgspec.Struct, frozen=True):
    """What the disk says about itself."""

    topic_id: str
    """Of the changelog."""
    offset: int
    """The disk has everything of the changelog before it."""
    at: int
    """What was deleted after `offset` was deleted after this instant (ms)."""
    format: int = FORMAT


class Memory(NamedTuple):
    """What all partitions of a worker share, however many there are; what the last runs wrote comes on top."""

    cache: Cache
    buffers: WriteBufferManager

    @classmethod
    def of(cls, mebibytes: int) -> Self:
        """For what was read; at most half of it for what is to be written."""
        cache = Cache(mebibytes * _MEBIBYTE)
        buffers = WriteBufferManager.new_write_buffer_manager_with_cache(mebibytes * _MEBIBYTE // 2, False, cache)
        return cls(cache, buffers)


class DiskPartition(MutableMapping[bytes, bytes]):
    """One partition of a table. Raises BrokenDiskError and DiskError, wherever it is touched."""

    def __init__(self, path: Path, memory: Memory) -> None:
        """Open it as it was left; what is damaged is thrown away. Raises LockedError too."""
        self._path, self._memory = path, memory
        self._changed: dict[bytes, bytes | None] = {}
        self.mark: Mark | None = None
        """None: nobody knows what the rows are worth, if there are any."""
        self._lock = _locked(path)
        try:
            self._open_or_make()
        except BaseException:
            self._lock.close()
            raise

    def __getitem__(self, key: bytes) -> bytes:
        value: bytes | None = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key: bytes, default: Any = None, /) -> Any:
        """As dict's."""
        try:
            value = self._changed[key] if key in self._changed else self._database.get(key)
        except Exception as error:
            self._fail(error)
        return default if value is None else value

    def __contains__(self, key: object) -> bool:
        return isinstance(key, bytes) and self.get(key) is not None

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._changed[key] = value

    def __delitem__(self, key: bytes) -> None:
        if key not in self:
            raise KeyError(key)
        self._changed[key] = None

    def __iter__(self) -> Iterator[bytes]:
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        """Counted, row by row."""
        return sum(1 for _ in self)

    def items(self) -> ItemsView[bytes, bytes]:
        """As dict's, in no particular order; nothing may change meanwhile."""
        return _Items(self)

    def about(self) -> int:
        """How many rows there are on disk, estimated."""
        return self._database.property_int_value("rocksdb.estimate-num-keys") or 0

    def is_new(self) -> bool:
        """Whether there is nothing on it that could be wrong."""
        return self.mark is None and next(iter(self), None) is None

    def drain(self) -> list[tuple[bytes, bytes | None]]:
        """The changed keys with their values (None: deleted), to be kept once they are committed."""
        return list(self._changed.items())

    def keep(self, offset: int | None, at: int) -> None:
        """What was drained has been committed, after the instant `at`: write it down.

        `offset`: the changelog has nothing more before it; None when that isn't known.
        """
        if self.mark is not None:
            self.mark = Mark(self.mark.topic_id, self.mark.offset if offset is None else offset, at)
        self._write(self._changed.items(), self.mark)
        self._changed = {}

    def fill(self, changes: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Write what the changelog says, in its order; the mark stays where it was until it is `filled`."""
        self._write(changes, None)

    def filled(self, mark: Mark) -> None:
        """Everything before the mark is in."""
        self.mark = mark
        self._write((), mark)

    def wipe(self) -> None:
        """Begin anew, with nothing."""
        self._shut()
        self._remove()
        self._open()

    def discard(self) -> None:
        """Close it, and leave nothing that somebody could find."""
        if not self._lock.closed:
            self._shut()
            self._remove()
            self._lock.close()

    def close(self) -> None:
        """Let another owner have it. Again: nothing."""
        if not self._lock.closed:
            self._shut()
            self._lock.close()

    def _rows(self) -> Iterator[tuple[bytes, bytes]]:
        changed = self._changed
        yield from [(key, value) for key, value in changed.items() if value is not None]
        try:
            # Not Rdict.items, which ends without a word where the disk can't be read.
            rows = self._database.iter()
            rows.seek(_FIRST_KEY)
            valid, key_of, value_of, step = rows.valid, rows.key, rows.value, rows.next
            while valid():
                key = key_of()
                if key not in changed:
                    yield key, value_of()
                step()
            rows.status()
        except Exception as error:
            self._fail(error)

    def _write(self, changes: Iterable[tuple[bytes, bytes | None]], mark: Mark | None) -> None:
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in changes:
            if value is None:
                delete(key)
            else:
                put(key, value)
        if mark is not None:
            put(_MARK_KEY, msgspec.json.encode(mark))
        try:
            self._database.write(batch)
        except Exception as error:
            self._fail(error)

    def _shut(self) -> None:
        with suppress(Exception):  # what it could still not write is in the changelog
            self._database.close()

    def _open_or_make(self) -> None:
        try:
            self._open()
            self.mark = _read_mark(self.get(_MARK_KEY))
        except BrokenDiskError:
            self._remove()
            self._open()

    def _open(self) -> None:
        try:
            self._database = Rdict(str(self._path), _options(self._memory))
        except Exception as error:
            if "/LOCK: " in str(error):
                raise LockedError(str(error)) from None
            self._fail(error)

    def _remove(self) -> None:
        """Only who has the lock may: nobody else has these files open."""
        with _blaming(self._path):
            if self._path.exists():
                shutil.rmtree(self._path)
        self.mark, self._changed = None, {}

    def _fail(self, error: Exception) -> NoReturn:
        """RocksDB's own errors are all of one type, and told apart by their text."""
        if any(sign in str(error) for sign in _SIGNS_OF_DAMAGE):
            raise BrokenDiskError(f"{self._path}: {error}") from None
        raise DiskError(self._path, error) from None


class _Items(ItemsView[bytes, bytes]):
    """Row by row, without a look-up for each."""

    _mapping: DiskPartition

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return self._mapping._rows()


def _read_mark(found: bytes | None) -> Mark | None:
    """None: there is none, or it is of another format."""
    try:
        mark = None if found is None else msgspec.json.decode(found, type=Mark)
    except msgspec.DecodeError:
        return None
    return mark if mark is not None and mark.format == FORMAT else None


def _locked(path: Path) -> IO[str]:
    """Held until it is closed or the process dies. RocksDB's own lock lies among the files that a wipe takes away."""
    with _blaming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise LockedError(f"another process has {path}") from None
        return lock


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DiskError(path, error.strerror) from error


def _options(memory: Memory) -> Options:
    blocks = BlockBasedOptions()
    blocks.set_block_cache(memory.cache)
    blocks.set_cache_index_and_filter_blocks(True)  # else they are beside the cache, and grow with the rows
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(True)
    blocks.set_bloom_filter(10, False)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_manager(memory.buffers)
    options.set_write_buffer_size(8 * _MEBIBYTE)
    options.set_max_bytes_for_level_base(64 * _MEBIBYTE)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(_OPEN_FILES)
    options.set_keep_log_file_num(2)
    options.set_stats_dump_period_sec(0)
    return options
