"""What a disk must know of its changelog: which topic of that name it is, and how long deletions can be read in it."""

from io import BytesIO
from typing import Any, Final, NamedTuple
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

from agents.asking import administering
from agents.config import EngineConfig

_DELETE_RETENTION: Final = "delete.retention.ms"
_NO_ID: Final = UUID(int=0)


class TopicFacts(NamedTuple):
    """What tells one incarnation of a topic from another, and what compaction leaves in it."""

    topic_id: str
    """Kafka's own: a topic that is made anew has another, on the same cluster or elsewhere."""
    delete_retention: int
    """Milliseconds for which a deletion can be read, at least; 0 when Kafka doesn't tell this worker's user."""


async def facts_of(config: EngineConfig, topic: str) -> TopicFacts:
    """Ask for a topic by its name on the broker. Raises KafkaError."""
    async with administering(config) as admin:
        return TopicFacts(await _topic_id(admin, topic), await _delete_retention(admin, topic))


async def _topic_id(admin: AIOKafkaAdminClient, topic: str) -> str:
    response = await admin._send_request(_AskForTopic(topic))
    for _, name, topic_id, *_ in response.topics:
        if name == topic and topic_id != _NO_ID:
            return str(topic_id)
    raise UnknownTopicOrPartitionError(f"Kafka doesn't show the id of {topic}")


async def _delete_retention(admin: AIOKafkaAdminClient, topic: str) -> int:
    (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    told = {name: value for *_, entries in response.resources for name, value, *_ in entries}
    return int(told.get(_DELETE_RETENTION, 0))


class _Uuid(AbstractType):  # type: ignore[misc]  # aiokafka has no types
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


_TEXT: Final = CompactString("utf-8")
_METADATA, _WITH_TOPIC_IDS = 3, 12


class _Metadata(Response):  # type: ignore[misc]
    """aiokafka's own ends at version 5; topics have had ids since 10."""

    API_KEY, API_VERSION = _METADATA, _WITH_TOPIC_IDS
    _NODES = CompactArray(Int32)
    _BROKER = ("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), ("tags", TaggedFields)
    _PARTITION = (
        ("error_code", Int16),
        ("partition", Int32),
        ("leader", Int32),
        ("leader_epoch", Int32),
        ("replicas", _NODES),
        ("isr", _NODES),
        ("offline_replicas", _NODES),
        ("tags", TaggedFields),
    )
    _TOPIC = (
        ("error_code", Int16),
        ("name", _TEXT),
        ("topic_id", _Uuid),
        ("is_internal", Boolean),
        ("partitions", CompactArray(*_PARTITION)),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(*_BROKER)),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        ("topics", CompactArray(*_TOPIC)),
        ("tags", TaggedFields),
    )


class _MetadataRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION = _METADATA, _WITH_TOPIC_IDS
    RESPONSE_TYPE = _Metadata
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _AskForTopic(Request[_MetadataRequest]):  # type: ignore[misc]
    API_KEY = _METADATA

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def build(self, request_struct_class: Any) -> Any:
        """The request for this one topic, which it must not make."""
        return request_struct_class([(_NO_ID, self._topic, {})], False, False, {})
