"""Whoever imports this is killed when its parent ends: the fork server does, and each worker calls it anew.

The fork server would go on for as long as a worker lives, and a worker that is asleep for ever.
"""

import ctypes
import signal
import sys


def tie() -> None:
    """Ask Linux for SIGKILL at the parent's end, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


tie()
