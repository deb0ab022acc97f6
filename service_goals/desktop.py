"""The browser of whoever sits before this machine."""

import os
import sys
import threading
import webbrowser
from collections.abc import Mapping


def has_desktop(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a browser's window would be seen: there is a display, and whoever asks isn't elsewhere."""
    if "SSH_CONNECTION" in environment:
        return False
    return platform in ("darwin", "win32") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def open_in_browser(url: str) -> None:
    """Open it, without waiting: some browsers keep their caller until they are closed."""
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
