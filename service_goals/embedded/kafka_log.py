"""Reads from Kafka's own log why it ended."""

import re

from service_goals.embedded.server import DISK_FULL, PORT_TAKEN

_LINE = re.compile(r"^\[[^\]]+\] (?:ERROR|FATAL) (?P<message>.+?)(?: \([\w.$]+\))?$", re.MULTILINE)
_WRONG_SETTING = re.compile(r"ConfigException: (?P<message>.+)$", re.MULTILINE)
_CAUSE = re.compile(r"^(?:Caused by: |Exception in thread \"main\" )(?P<message>.+)$", re.MULTILINE)

_DISK_FULL = (DISK_FULL, "recent unsafe memory access")
"""Kafka maps its index files into memory: there a full disk shows as a fault of the memory."""


def cause_of_end(log: str) -> str:
    """One line: the cause, and the remedy where one is known; `log` is the text since the last start."""
    if any(sign in log for sign in _DISK_FULL):
        return "the disk is full: free some space, then start again"
    if PORT_TAKEN in log:
        return "its port was taken meanwhile: start again or choose another port"
    if wrong := _WRONG_SETTING.search(log):
        return f"a wrong setting: {wrong['message']}"
    told = _CAUSE.findall(log) or [match["message"] for match in _LINE.finditer(log)]
    return str(told[-1]) if told else "it was ended from outside"
