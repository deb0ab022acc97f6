"""Whether a process is well; if not, why, in words."""

from typing import Any, NamedTuple

import orjson


class Health(NamedTuple):
    """The answer of `/healthz`."""

    process: str
    reasons: tuple[str, ...] = ()
    """Why it is not well, a line each, the first word the kind; none: it is well."""
    details: dict[str, Any] = {}  # noqa: RUF012 an immutable default, never written
    """What else it tells, as JSON has it."""

    @property
    def well(self) -> bool:
        """Whether it does all that it is there for."""
        return not self.reasons

    def as_json(self) -> bytes:
        """The body of the answer."""
        body = {"status": "ok" if self.well else "unwell", "process": self.process, "reasons": self.reasons}
        return orjson.dumps(body | self.details)
