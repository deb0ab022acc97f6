"""Kafka and Valkey on this machine, started and stopped with the program; real ones, as in production."""

from service_goals.embedded.errors import EmbeddedError
from service_goals.embedded.kafka import EmbeddedKafka
from service_goals.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedKafka", "EmbeddedValkey"]
