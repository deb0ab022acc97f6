"""What was published and told, kept in the table: a status goes out when it changed, a result and a piece of news once.

Rows: `s` + key, the last status; `f` + key, the status of a result; `n` + key, the kinds that were told so far.
Those of frozen milestones stay for ever, so they are few and small: `s` says only that what `f` has is out, and there
is no `n`, as nothing more is ever told.
"""

from typing import Final

from schemas.goals import NotificationKind
from schemas.records import Output
from schemas.statuses import (
    Notification,
    Result,
    Status,
    contributor_of,
    decode_status,
    encode_body,
    goal_of,
    stamp,
)
from schemas.topics import GOAL_NOTIFICATIONS, GOAL_STATUS, MILESTONE_RESULTS
from streams.cells import Table
from streams.watches import Share

_STATUS: Final = b"s"
_FROZEN: Final = b"f"
_TOLD: Final = b"n"
_AS_FROZEN: Final = b"="
"""In the place of a status that `f` has."""


class Published:
    """The rows of statuses, results and told news, and the records that go out because of them."""

    def __init__(self, table: Table) -> None:
        """Loads which statuses there are."""
        self._table = table
        self._outputs: list[Output] = []
        self._keys: dict[Share, dict[str, None]] = {}
        for row in table:
            if row[:1] == _STATUS:
                self._remember(row[1:].decode())

    def shares(self) -> list[Share]:
        """All that have a status out."""
        return list(self._keys)

    def keys(self, share: Share) -> list[str]:
        """The keys of a share's statuses that are out."""
        return list(self._keys.get(share, ()))

    def status(self, key: str) -> Status | None:
        """The status that is out."""
        row = key.encode()
        body = self._table.get(_STATUS + row)
        if body == _AS_FROZEN:
            body = self._table[_FROZEN + row]
        return decode_status(body) if body is not None else None

    def frozen(self, key: str) -> bool:
        """Is there a result? It stays, whatever becomes of its status."""
        return _FROZEN + key.encode() in self._table

    def told(self, key: str, kind: NotificationKind) -> bool:
        """Was this kind of news told? Ask before the milestone is frozen."""
        return kind in self._table.get(_TOLD + key.encode(), b"").decode().split(",")

    def show(self, key: str, status: Status, now: int) -> None:
        """Publish the status, unless the same one is out."""
        row, body = _STATUS + key.encode(), encode_body(status)
        if self._table.get(row) == body:
            return
        self._table[row] = body
        self._remember(key)
        self._outputs.append(Output(GOAL_STATUS, row[1:], stamp(body, now)))

    def show_frozen(self, key: str, now: int) -> None:
        """Publish the status of a frozen milestone, unless it is out: its result without the cut."""
        row = key.encode()
        if _STATUS + row not in self._table:
            self._put_out_frozen(key, self._table[_FROZEN + row], now)

    def withdraw(self, key: str) -> None:
        """Delete the status; result and told news stay."""
        row = key.encode()
        del self._table[_STATUS + row]
        share = goal_of(key), contributor_of(key)
        del self._keys[share][key]
        if not self._keys[share]:
            del self._keys[share]
        self._outputs.append(Output(GOAL_STATUS, row, None))

    def freeze(self, key: str, result: Result, now: int) -> None:
        """Write the result, which never changes any more, and show it as the status; after its news."""
        row, body = key.encode(), encode_body(result)
        status = self._table[_FROZEN + row] = encode_body(decode_status(body))
        self._table.pop(_TOLD + row, None)
        self._outputs.append(Output(MILESTONE_RESULTS, row, stamp(body, now)))
        self._put_out_frozen(key, status, now)

    def tell(self, key: str, news: Notification, now: int) -> None:
        """Write a notification and remember that this kind was told."""
        row = _TOLD + key.encode()
        before = self._table.get(row)
        kind = news.kind.encode()
        self._table[row] = kind if before is None else b"%b,%b" % (before, kind)
        self._outputs.append(Output(GOAL_NOTIFICATIONS, news.notification_id.encode(), stamp(encode_body(news), now)))

    def outputs(self) -> list[Output]:
        """What has to go out, drained."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def _put_out_frozen(self, key: str, body: bytes, now: int) -> None:
        row = _STATUS + key.encode()
        self._table[row] = _AS_FROZEN
        self._remember(key)
        self._outputs.append(Output(GOAL_STATUS, row[1:], stamp(body, now)))

    def _remember(self, key: str) -> None:
        self._keys.setdefault((goal_of(key), contributor_of(key)), {})[key] = None
