"""Asks a Kafka broker, in its own protocol, whether it is ready for clients."""

import socket
import struct

from service_goals.embedded.claims import HOST

_METADATA, _VERSION, _CORRELATION_ID, _NO_CLIENT_ID, _NO_TOPICS = 3, 1, 1, -1, 0
_REQUEST = struct.pack(">hhihi", _METADATA, _VERSION, _CORRELATION_ID, _NO_CLIENT_ID, _NO_TOPICS)
_SIZE = struct.Struct(">i")
_ANSWER = struct.Struct(">ii")


def is_ready(port: int, timeout: float = 2.0) -> bool:
    """Whether the broker answers and lists itself: it is registered with its controller and no longer fenced."""
    try:
        with socket.create_connection((HOST, port), timeout) as connection:
            connection.sendall(_SIZE.pack(len(_REQUEST)) + _REQUEST)
            stream = connection.makefile("rb")
            _SIZE.unpack(stream.read(_SIZE.size))
            correlation_id, brokers = _ANSWER.unpack(stream.read(_ANSWER.size))
    except (OSError, struct.error):
        return False
    return bool(correlation_id == _CORRELATION_ID and brokers == 1)
