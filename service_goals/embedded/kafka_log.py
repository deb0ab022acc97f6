"""Reads from Kafka's own log why it ended."""

import re

from service_goals.embedded.server import PORT_TAKEN

_LINE = re.compile(r"^\[[^\]]+\] (?:ERROR|FATAL) (?P<message>.+?)(?: \([\w.$]+\))?$", re.MULTILINE)
_WRONG_SETTING = re.compile(r"ConfigException: (?P<message>.+)$", re.MULTILINE)
_CAUSE = re.compile(
    r"^(?:Caused by: |Exception in thread \"main\" |(?=Could not reserve ))(?P<message>.+)$", re.MULTILINE
)

_MAPPED_FILE_FAULT = "recent unsafe memory access"
"""Kafka maps its index files into memory: a disk that is full or gone shows there as a fault of the memory."""


def cause_of_end(log: str) -> str:
    """One line, with the remedy where one is known, or nothing; `log` is the text since the last start."""
    if _MAPPED_FILE_FAULT in log:
        return "its files can't be written: the disk is full or gone"
    if PORT_TAKEN in log:
        return "its port was taken meanwhile: start again or choose another port"
    if wrong := _WRONG_SETTING.search(log):
        return f"a wrong setting: {wrong['message']}"
    told = _CAUSE.findall(log) or [match["message"] for match in _LINE.finditer(log)]
    return str(told[-1]) if told else ""
