"""What runs in containers is set like what runs embedded."""

from pathlib import Path

import pytest

from service_goals.embedded.kafka_config import BROKER_SETTINGS
from service_goals.settings import PREFIX, Settings

COMPOSE = (Path(__file__).parents[2] / "docker-compose.yml").read_text()


@pytest.mark.parametrize(("name", "value"), BROKER_SETTINGS.items())
def test_the_broker_in_the_container_is_set_like_the_embedded_one(name: str, value: str) -> None:
    assert f'KAFKA_{name.replace(".", "_").upper()}: "{value}"' in COMPOSE


def test_every_setting_given_to_a_worker_is_one() -> None:
    given = {line.split(":")[0].strip() for line in COMPOSE.splitlines() if line.strip().startswith(PREFIX)}
    assert given
    assert given <= {PREFIX + field.upper() for field in Settings.model_fields}
