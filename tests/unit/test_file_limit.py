"""The limit of open files rises to what is needed, never falls, and never goes beyond what the system allows."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from service_goals.file_limit import make_room
soft, hard, connections = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
make_room(connections)
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "then"),
    [(100, 900, 300, 500), (100, 400, 300, 400), (600, 900, 300, 600)],
)
def test_it_rises_as_far_as_it_may(soft: int, hard: int, connections: int, then: int) -> None:
    command = [sys.executable, "-c", SCRIPT, *map(str, (soft, hard, connections))]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == [str(then), str(hard)]
