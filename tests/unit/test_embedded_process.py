"""No process outlives the one that started it, even when that is killed."""

import subprocess
import sys

from tests.integration.test_embedded_valkey import wait_until_gone

PARENT = """
import subprocess, sys
from service_goals.embedded.process import tied
child = subprocess.Popen(tied([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]),
                         stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""


def test_a_tied_process_is_killed_with_its_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        started.kill()
    wait_until_gone(pid)
