"""Takes one protection away from a worker before it starts, so that tests see what it is good for."""

from collections.abc import Callable, Mapping

PATCHES: Mapping[str, Callable[[], None]] = {}
