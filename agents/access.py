"""What Kafka doesn't grant this worker's user, and won't by itself."""

from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from agents.config import EngineConfig
from agents.topics import MisconfiguredError

NOT_GRANTED = (GroupAuthorizationFailedError, TopicAuthorizationFailedError)
"""These name what is refused themselves."""


class IdNotGrantedError(MisconfiguredError):
    """A transactional id is refused: no run can ever commit."""

    def __init__(self, config: EngineConfig, transactional_id: str) -> None:
        ids = f"{config.prefix}* (prefixed)" if config.prefix else "of each stage and partition"
        super().__init__(
            f"transactional id {transactional_id}: Kafka refuses it to this worker's user; grant that user Write "
            f"on the transactional id {ids}, as docs/security.md lists, then start the worker again"
        )
