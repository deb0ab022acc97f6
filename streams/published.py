"""What was published and told, kept in the table: a status goes out when it changed, a result and a piece of news once.

Rows: `s` + key, the last status; `n` + key, the kinds that were told so far. A milestone that is frozen leaves neither:
nothing of it is ever published or told again. That it is frozen follows from the spine: a milestone that is closed has
no status row, unless its user was stopped when it closed (`Published.frozen`).
"""

from typing import Final

from schemas.goals import Assignment, NotificationKind
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
    start_of,
)
from schemas.topics import GOAL_NOTIFICATIONS, GOAL_STATUS, MILESTONE_RESULTS
from streams.cells import Table
from streams.watches import Share

_STATUS: Final = b"s"
_TOLD: Final = b"n"


class Published:
    """The rows of statuses and told news, and the records that go out because of them."""

    def __init__(self, table: Table) -> None:
        """Loads which statuses there are, and of what news was told."""
        self._table = table
        self._outputs: list[Output] = []
        self._keys: dict[Share, dict[str, None]] = {}
        self._told: dict[str, None] = {}
        for row in table:
            if row[:1] == _STATUS:
                self._remember(row[1:].decode())
            elif row[:1] == _TOLD:
                self._told[row[1:].decode()] = None

    def shares(self) -> list[Share]:
        """All that have a status out that isn't frozen."""
        return list(self._keys)

    def keys(self, share: Share) -> list[str]:
        """The keys of a share's statuses that are out and not frozen."""
        return list(self._keys.get(share, ()))

    def status(self, key: str) -> Status | None:
        """The status that is out; None: none is, or a frozen one."""
        body = self._table.get(_STATUS + key.encode())
        return decode_status(body) if body is not None else None

    def frozen(self, key: str, assignment: Assignment) -> bool:
        """Is there a result? `assignment`: as of an entry up to which every snapshot was taken.

        The snapshot that closes a milestone freezes it, or leaves a status: that of a user who is stopped.
        """
        return assignment.closed and _STATUS + key.encode() not in self._table

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

    def withdraw(self, key: str) -> None:
        """Delete the status; result and told news stay. A frozen one is known to be out by who asks."""
        self._forget(key)
        self._outputs.append(Output(GOAL_STATUS, key.encode(), None))

    def freeze(self, key: str, result: Result, now: int) -> None:
        """Write the result, which never changes, and show it as the status, without the cut; after its news."""
        row, body = key.encode(), encode_body(result)
        self._forget(key)
        self._untell(key)
        self._outputs.append(Output(MILESTONE_RESULTS, row, stamp(body, now)))
        self._outputs.append(Output(GOAL_STATUS, row, stamp(encode_body(decode_status(body)), now)))

    def tell(self, key: str, news: Notification, now: int) -> None:
        """Write a notification and remember that this kind was told."""
        row = _TOLD + key.encode()
        before = self._table.get(row)
        kind = news.kind.encode()
        self._table[row] = kind if before is None else b"%b,%b" % (before, kind)
        self._told[key] = None
        self._outputs.append(Output(GOAL_NOTIFICATIONS, news.notification_id.encode(), stamp(encode_body(news), now)))

    def forget_before(self, day: int) -> None:
        """Forget what was told of milestones without a status that began before this day (ordinal).

        Their goal is gone, or who had part in them was removed; no goal may begin before that day any more.
        """
        for key in [key for key in self._told if start_of(key).toordinal() < day]:
            if _STATUS + key.encode() not in self._table:
                self._untell(key)

    def outputs(self) -> list[Output]:
        """What has to go out, drained."""
        outputs, self._outputs = self._outputs, []
        return outputs

    def _remember(self, key: str) -> None:
        self._keys.setdefault((goal_of(key), contributor_of(key)), {})[key] = None

    def _forget(self, key: str) -> None:
        if self._table.pop(_STATUS + key.encode(), None) is None:
            return
        share = goal_of(key), contributor_of(key)
        del self._keys[share][key]
        if not self._keys[share]:
            del self._keys[share]

    def _untell(self, key: str) -> None:
        self._table.pop(_TOLD + key.encode(), None)
        self._told.pop(key, None)
