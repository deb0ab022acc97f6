"""Every metric that a process tells Prometheus: its name once, and why it would move. docs/metrics.md is made from it.

Names on the wire begin with PREFIX; Prometheus adds `_total` to a counter's, and `_bucket`, `_sum` and `_count` to a
histogram's. What counts per partition is summed over the partitions that a process owns: sum over the workers for all.
"""

from typing import Final, Literal, NamedTuple

PREFIX: Final = "service_goals_"

Kind = Literal["counter", "gauge", "histogram"]
Unit = Literal[
    "records",
    "rows",
    "changes",
    "facts",
    "partitions",
    "times",
    "snapshots",
    "seconds",
    "requests",
    "streams",
    "yes or no",
]
Process = Literal["worker", "broker", "api"]
Label = Literal["code", "process", "route", "stage", "state", "table", "topic"]


class Metric(NamedTuple):
    """One metric."""

    name: str
    """Without the prefix."""
    kind: Kind
    unit: Unit
    tells: str
    moves: str
    """Why it would move, and what to do then."""
    labels: tuple[Label, ...] = ()
    processes: tuple[Process, ...] = ("worker",)
    buckets: tuple[float, ...] = ()
    """Of a histogram: the upper bounds."""

    @property
    def wire_name(self) -> str:
        """As it is told to Prometheus."""
        return f"{PREFIX}{self.name}" + ("_total" if self.kind == "counter" else "")


_RUNS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_RECOVERIES: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_REQUESTS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SNAPSHOTS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)

HEALTHY: Final = Metric(
    "healthy",
    "gauge",
    "yes or no",
    "1 when `/healthz` answers 200, 0 when it answers 503.",
    "0 while a worker joins the group or recovers; for longer: `/healthz` says why in words.",
    ("process",),
    ("worker", "broker", "api"),
)
CONSUMED: Final = Metric(
    "consumed_records",
    "counter",
    "records",
    "Records of a source topic whose run is committed, rejected ones included.",
    "Rises with what is published. Still while lag grows: `/healthz` of each worker says why.",
    ("topic",),
)
REJECTED: Final = Metric(
    "rejected_records",
    "counter",
    "records",
    "Records of a source topic that went to `ticket-events-rejected` or `control-rejected`.",
    "A publisher breaks a rule, or a command is refused: the header `reason` says which.",
    ("topic",),
)
LAG: Final = Metric(
    "lag_records",
    "gauge",
    "records",
    "Offsets of a source topic that are committed by their publishers and not worked off, over the partitions that run "
    "here. A transaction marker counts until it is passed: at rest it is 0.",
    "More comes than is worked off, a large import, too few workers; of `contributions`: the tickets stage is ahead.",
    ("topic",),
)
LAG_AGE: Final = Metric(
    "lag_age_seconds",
    "gauge",
    "seconds",
    "Since Kafka last said where the topics end: so old is the lag.",
    "Below 5 when all is well; rises while the broker is away or the worker is stuck.",
)
LATE: Final = Metric(
    "late_records",
    "counter",
    "records",
    "Accepted ticket events that were published more than a day after they happened.",
    "A publisher was down, or history is imported.",
)
NEGATIVE: Final = Metric(
    "negative_values",
    "counter",
    "facts",
    "Responses and resolutions that came to lie before the ticket was created, and so are no facts.",
    "Clocks of ticketing systems differ, or `ticket-created` is published with the wrong time.",
)
CONTRIBUTIONS: Final = Metric(
    "contributions",
    "counter",
    "changes",
    "Net changes of day cells that were counted in.",
    "Rises with facts. Many at once without events: the directory, the time zone or a measure changed.",
)
WRITTEN: Final = Metric(
    "written_records",
    "counter",
    "records",
    "Records written to an output topic, in committed transactions.",
    "`goal-status`: numbers move; `milestone-results` and `goal-notifications`: a snapshot was taken.",
    ("topic",),
)
CHANGED_ROWS: Final = Metric(
    "changelog_rows",
    "counter",
    "rows",
    "Rows written to a table's changelog.",
    "Rises with events; the broker compacts what was written before.",
    ("table",),
)
ROWS: Final = Metric(
    "table_rows",
    "gauge",
    "rows",
    "Rows held of a table, over the partitions owned, a few a partition for bookkeeping included.",
    "New tickets, new day cells; jumps when partitions come or go. Memory goes with it.",
    ("table",),
)
RECOUNTED: Final = Metric(
    "recounted_rows",
    "counter",
    "rows",
    "Rows of tickets gone through again because the crediting changed.",
    "An edit of the directory or the time zone, or a new measure; the partition does nothing else meanwhile.",
)
EXPIRED_EVENTS: Final = Metric(
    "expired_records",
    "counter",
    "records",
    "Ticket events that went to `ticket-events-rejected` because they happened before all that is kept.",
    "Only with `keep_days`: a publisher repeats what is old, or history is imported too late.",
)
EXPIRED_ROWS: Final = Metric(
    "expired_rows",
    "counter",
    "rows",
    "Rows of tickets that were deleted because nothing happened to them for so long.",
    "Only with `keep_days`, at each snapshot: as many as there were tickets on a day so long ago.",
)
EXPIRED_WITHOUT_CREATION: Final = Metric(
    "expired_rows_without_creation",
    "counter",
    "rows",
    "Of the expired rows, those that never saw a `ticket-created`.",
    "Tickets went on after they had expired: `keep_days` is short for them. Or their creation is never published.",
)
TRANSACTION: Final = Metric(
    "transaction_duration_seconds",
    "histogram",
    "seconds",
    "From the first send of a run to its commit.",
    "The broker or its disk is slow, or runs are large: `SERVICE_GOALS_MAX_RUN_RECORDS`.",
    ("stage",),
    buckets=_RUNS,
)
PARTITIONS: Final = Metric(
    "partitions",
    "gauge",
    "partitions",
    "Partitions owned, by state: `recovering`, `running`, or `fenced` (lost its transaction, is taken again).",
    "A worker came or went. `recovering` for long: large changelogs. `fenced` again and again: two owners fight.",
    ("stage", "state"),
)
FENCED: Final = Metric(
    "fenced",
    "counter",
    "times",
    "Times that a partition was given up because Kafka refused or failed, to be taken again.",
    "A worker was asleep past its session timeout, or the broker was away.",
    ("stage",),
)
RECOVERY: Final = Metric(
    "recovery_duration_seconds",
    "histogram",
    "seconds",
    "From taking a partition to its first run: the fence, and the changelog read.",
    "Grows with the rows of the partition.",
    ("stage",),
    buckets=_RECOVERIES,
)
SNAPSHOT_AGE: Final = Metric(
    "snapshot_age_seconds",
    "gauge",
    "seconds",
    "Since the request of the last snapshot that all contributors partitions owned here have taken; "
    "absent when there was none.",
    "Above a day and the grace: no worker judges, or a snapshot waits for a tickets partition that nobody owns.",
)
SNAPSHOT_DURATION: Final = Metric(
    "snapshot_duration_seconds",
    "histogram",
    "seconds",
    "From a snapshot's request being accepted to its results being durable, for each contributors partition.",
    "The lag when it was requested, and the number of assignments.",
    buckets=_SNAPSHOTS,
)
SNAPSHOTS_WAITING: Final = Metric(
    "snapshots_waiting",
    "gauge",
    "snapshots",
    "Snapshots requested that not all contributors partitions owned here have taken.",
    "1 for a moment once a day. For longer: a tickets partition lags, has no owner, or an open transaction in it.",
)

REQUESTS: Final = Metric(
    "api_requests",
    "counter",
    "requests",
    "Requests that the API has answered, by route and status code; streams when they end.",
    "People and programs ask. `5xx`: `/healthz` and the log say why; `401` and `429`: someone guesses tokens.",
    ("route", "code"),
    ("api",),
)
REQUEST_TIME: Final = Metric(
    "api_request_seconds",
    "histogram",
    "seconds",
    "From a request to the end of its answer; without streams. A write waits for its verdict.",
    "Costly queries over many assignments, too many at once, a worker that judges late.",
    ("route",),
    ("api",),
    _REQUESTS,
)
STREAMS: Final = Metric(
    "api_streams",
    "gauge",
    "streams",
    "Streams of live events that are open.",
    "Pages are open. At `SERVICE_GOALS_API_STREAMS` the next one is refused.",
    processes=("api",),
)

METRICS: Final = (
    HEALTHY,
    CONSUMED,
    REJECTED,
    LAG,
    LAG_AGE,
    LATE,
    NEGATIVE,
    CONTRIBUTIONS,
    WRITTEN,
    CHANGED_ROWS,
    ROWS,
    RECOUNTED,
    EXPIRED_EVENTS,
    EXPIRED_ROWS,
    EXPIRED_WITHOUT_CREATION,
    TRANSACTION,
    PARTITIONS,
    FENCED,
    RECOVERY,
    SNAPSHOT_AGE,
    SNAPSHOT_DURATION,
    SNAPSHOTS_WAITING,
    REQUESTS,
    REQUEST_TIME,
    STREAMS,
)
