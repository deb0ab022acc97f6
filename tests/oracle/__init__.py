"""A plain recomputation of what the system promises, from its logs alone.

It shares no code with the system, so that agreement means something: `recompute` says what must come out,
`differences` where something else did, `generate` makes input. Each module's docstring lists what it decided where
the specification is silent.
"""

from tests.oracle.differences import check, check_live, check_notifications, cuts_of
from tests.oracle.recompute import MissingCut, Told, frozen_results, live, notifications

__all__ = [
    "MissingCut",
    "Told",
    "check",
    "check_live",
    "check_notifications",
    "cuts_of",
    "frozen_results",
    "live",
    "notifications",
]
