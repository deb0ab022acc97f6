"""Every topic's name, once. Names are without the namespace; the shell puts `NAMESPACE.` before them (SPEC 8)."""

from typing import Final

TICKET_CREATED: Final = "ticket-created"
TICKET_RESPONDED: Final = "ticket-responded"
TICKET_CLOSED: Final = "ticket-closed"
TICKET_REOPENED: Final = "ticket-reopened"
TICKET_DELETED: Final = "ticket-deleted"
TICKET_TOPICS: Final = (TICKET_CREATED, TICKET_RESPONDED, TICKET_CLOSED, TICKET_REOPENED, TICKET_DELETED)

ACCOUNT: Final = "account"
DIRECTORY: Final = "directory"
GOALS: Final = "goals"
SNAPSHOT_REQUESTS: Final = "snapshot-requests"
COMMAND_TOPICS: Final = (ACCOUNT, DIRECTORY, GOALS, SNAPSHOT_REQUESTS)
"""In the order in which commands of one instant are judged: a goal may name a user published with it."""

TICKET_EVENTS_REJECTED: Final = "ticket-events-rejected"
CONTROL_ACCEPTED: Final = "control-accepted"
CONTROL_REJECTED: Final = "control-rejected"
GOAL_STATUS: Final = "goal-status"
MILESTONE_RESULTS: Final = "milestone-results"
GOAL_NOTIFICATIONS: Final = "goal-notifications"

CONTRIBUTIONS: Final = "contributions"
"""Internal: what the tickets stage tells the contributors stage."""
APPLIED: Final = "applied"
"""Internal, compacted: how far along `control-accepted` each partition of each stage is."""
CUTS: Final = "cuts"
"""Internal: at which offsets each tickets partition ticked for each snapshot; kept for ever, as `audit` needs them."""
REBUILDS: Final = "rebuilds"
"""Internal: requests to derive the aggregates anew, one to each tickets partition; the value is the generation."""
REBUILT: Final = "rebuilt"
"""Internal, compacted: by contributors partition, what the last rebuild found."""
