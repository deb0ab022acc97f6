"""How many files and sockets this process may have open: often 1,024 until it asks for more, too few for a server."""

import resource
from typing import Final

_OWN: Final = 200
"""For Kafka, Valkey, the index, and what Python has open."""


def make_room(connections: int) -> None:
    """For so many connections, as far as the system lets us."""
    wanted = connections + _OWN
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
