"""Files as they are sent: packed for who can unpack them, and not at all to who has them (RFC 9110)."""

import gzip
import hashlib
import mimetypes
import re
from typing import Final, NamedTuple

from fastapi import Request, Response

_NONE: Final = re.compile(r"\s*q=0(\.0*)?\s*")
"""The weight of what is not wanted."""


class Packed(NamedTuple):
    """A file, both ways; made once, so that an answer costs little."""

    media_type: str | None
    plain: bytes
    zipped: bytes
    etag: str
    """Without quotes; each way has a tag of its own."""

    def answer(self, request: Request, cache_control: str) -> Response:
        """200 with the file, or 304."""
        zipped = len(self.zipped) < len(self.plain) and takes_gzip(request.headers.get("accept-encoding", ""))
        tag = f'"{self.etag}{"-gzip" if zipped else ""}"'
        headers = {"Cache-Control": cache_control, "ETag": tag, "Vary": "Accept-Encoding"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if zipped:
            return Response(self.zipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=self.media_type)
        return Response(self.plain, headers=headers, media_type=self.media_type)


def pack(name: str, content: bytes) -> Packed:
    """The file's name says what it is."""
    return Packed(mimetypes.guess_type(name)[0], content, gzip.compress(content, mtime=0), short(content))


def takes_gzip(accepted: str) -> bool:
    """Does an Accept-Encoding take it?"""
    for each in accepted.lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() in ("gzip", "*"):
            return _NONE.fullmatch(weight) is None
    return False


def short(content: bytes) -> str:
    """A digest of 16 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:16]
