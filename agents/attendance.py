"""Whether a worker was there each time its group shared the partitions out."""


class Attendance:
    """Of one worker in its group, whose generations count up by one."""

    def __init__(self) -> None:
        self._last: int | None = None

    def missed(self, generation: int) -> bool:
        """Note that it is there in this generation; whether the group had others meanwhile.

        Then it slept past its session, and another may have had what is assigned to it again. Who goes on as if nothing
        had happened finds out only when it commits, which may be never.
        """
        last, self._last = self._last, generation
        return last is not None and generation not in (last, last + 1)
