"""Lines of files that may be large: one at a time, plain or gzipped, with how far the file has been read."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from service_goals.errors import CommandError

_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def file_size(path: Path) -> int:
    """Bytes. CommandError when there is no such file."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}; name a file that can be read") from None


def read_lines(path: Path, on_progress: Callable[[int], None] = lambda _: None) -> Iterator[tuple[str, bytes]]:
    """Yield each line that is not empty as (`FILE:LINE`, line); tells how many bytes of the file have been read."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_unzipped(file), start=1):
                if number % 1000 == 0:
                    on_progress(file.tell())
                content = line.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else line.strip()
                if content:
                    yield f"{path}:{number}", content
            on_progress(file.tell())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise CommandError(f"{path}: the gzip file is damaged ({error}); get it anew") from None
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}; name a file that can be read") from None


def _unzipped(file: BinaryIO) -> BinaryIO:
    start = file.read(len(_GZIP))
    file.seek(0)
    return gzip.open(file) if start == _GZIP else file  # type: ignore[return-value]  # it has the lines of one
