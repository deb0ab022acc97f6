"""Where a browser is opened unasked, and where not."""

import pytest

from service_goals.desktop import has_desktop


@pytest.mark.parametrize(
    ("environment", "platform", "seen"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ""}, "linux", False),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, "linux", False),
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, "darwin", False),
    ],
)
def test_a_desktop_is_where_someone_sits(environment: dict[str, str], platform: str, seen: bool) -> None:
    assert has_desktop(environment, platform) == seen
