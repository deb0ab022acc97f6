"""From Kafka's own words to one line for the person at the terminal."""

import pytest

from service_goals.embedded.kafka_log import cause_of_end

WRONG_SETTING = """\
[2026-11-24 16:59:14,026] ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)
org.apache.kafka.common.config.ConfigException: Invalid value 0 for configuration num.io.threads: must be at least 1
\tat org.apache.kafka.common.config.ConfigDef$Range.ensureValid(ConfigDef.java:994)
"""
PORT_TAKEN = """\
[2026-11-24 16:59:14,026] ERROR [BrokerServer id=1] Fatal error during broker startup. (kafka.server.BrokerServer)
org.apache.kafka.common.KafkaException: Socket server failed to bind to 127.0.0.1:9092: Address already in use.
Caused by: java.net.BindException: Address already in use
"""
MAPPED_FILE = """\
[2026-11-24 16:59:14,026] ERROR Error while appending records to x-0 in dir /data/log (kafka.LogDirFailureChannel)
java.lang.InternalError: a fault occurred in a recent unsafe memory access operation in compiled Java code
"""
NO_MEMORY = """\
Error occurred during initialization of VM
Could not reserve enough space for 524288KB object heap
"""
UNKNOWN = """\
[2026-11-24 16:59:14,026] WARN Something harmless (kafka.Kafka$)
[2026-11-24 16:59:14,027] ERROR Encountered fatal fault: the metadata are unreadable (org.apache.kafka.ProcessExiting)
"""
CAUSED = """\
[2026-11-24 16:59:14,027] ERROR Exiting (kafka.Kafka$)
java.lang.RuntimeException: wrapper
Caused by: java.io.IOException: the file is not for us
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (WRONG_SETTING, "a wrong setting: Invalid value 0 for configuration num.io.threads: must be at least 1"),
        (PORT_TAKEN, "its port was taken meanwhile: start again or choose another port"),
        (MAPPED_FILE, "its files can't be written: the disk is full or gone"),
        (NO_MEMORY, "Could not reserve enough space for 524288KB object heap"),
        (UNKNOWN, "Encountered fatal fault: the metadata are unreadable"),
        (CAUSED, "java.io.IOException: the file is not for us"),
        ("[2026-11-24 16:59:14,026] WARN Something harmless (kafka.Kafka$)\n", ""),
        ("", ""),
    ],
)
def test_the_log_is_told_in_one_line(log: str, line: str) -> None:
    assert cause_of_end(log) == line
