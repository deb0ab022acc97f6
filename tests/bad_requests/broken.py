"""What is no HTTP."""

from random import Random
from typing import Final

from tests.bad_requests.wire import HOST

_HEAD: Final = b"POST /api/goals HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nContent-Type: application/json\r\n"
_GET: Final = b"GET /api/statuses HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nConnection: close\r\n"

_BROKEN: Final = (
    b"GET\r\n\r\n",
    b"GET /\r\n\r\n",
    b"hello\r\n\r\n",
    b"GET /api/statuses HTTP/9.9\r\n\r\n",
    b"GET /api/statuses FTP/1.1\r\n\r\n",
    b"GET /api/sta tuses HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/statuses HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://evil.example/api/statuses HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    _GET + b"no colon\r\n\r\n",
    _GET + b"bad name: x\r\n\r\n",
    _GET + b": x\r\n\r\n",
    _GET + b"X: a\x00b\r\n\r\n",
    _GET + b"Host: other\r\n\r\n",
    _GET + b"X: " + b"x" * 2_000_000 + b"\r\n\r\n",
    _HEAD + b"Content-Length: x\r\n\r\n",
    _HEAD + b"Content-Length: -1\r\n\r\n",
    _HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    _HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    _HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n",
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n",
)


_CUT: Final = (
    b"\r\n\r\n\r\n\r\n",
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
    _HEAD + b"Content-Length: 100\r\n\r\n{",
    _HEAD + b"Content-Length: " + b"9" * 15 + b"\r\n\r\n",
    _HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{",
)


def broken_http(random: Random) -> bytes:
    """No request that a server could read; or noise."""
    if random.random() < 0.2:
        return bytes(random.randrange(256) for _ in range(random.randrange(1, 200))) + b"\r\n\r\n"
    return random.choice(_BROKEN)


def cut_off(random: Random, whole: bytes) -> bytes:
    """The beginning of a request whose sender goes away."""
    return random.choice(_CUT) if random.random() < 0.5 else whole[: random.randrange(1, len(whole))]
