"""Whether what lies on a disk belongs to a changelog as it is now: when that can't be proven, it is filled anew.

The law: a disk without a doubt, with the changelog read onto it from its mark on, is what the changelog stands for.
"""

from agents.disk import Mark
from agents.topic_facts import TopicFacts


def doubt(mark: Mark | None, facts: TopicFacts, begin: int, end: int, now: int) -> str | None:
    """Why the disk can't be proven to belong; None: it can.

    `begin`, `end`: the changelog's first offset and the one after its last. Compaction takes deletions away after a
    while: a disk that doesn't have them yet would keep rows for ever that are gone. Only half of that while counts, as
    the broker's clock is another than ours (`now`, ms). Nothing can be missed when nothing came since but the marker of
    the last transaction that the disk has.
    """
    if mark is None:
        return "it was damaged, never filled, or is of another version"
    if mark.topic_id != facts.topic_id:
        return "it is of another topic of that name"
    if not begin <= mark.offset <= end:
        return f"it is as of offset {mark.offset}, the changelog has {begin} to {end}"
    if end > mark.offset + 1 and abs(now - mark.at) > facts.delete_retention / 2:
        return f"it is as of {abs(now - mark.at) / 3_600_000:.1f} h ago, deletions since then may be gone"
    return None
