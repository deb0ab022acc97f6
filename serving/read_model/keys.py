"""Every key of the read model, once. They share a hash tag: on a cluster one `MULTI` takes all of them."""

from dataclasses import dataclass
from typing import Final

STATUSES: Final = "statuses"
RESULTS: Final = "results"
NOTIFICATIONS: Final = "notifications"
HASHES: Final = (STATUSES, RESULTS, NOTIFICATIONS)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one namespace; a generation is one filling of the read model, beside which the next can be built."""

    prefix: str
    """`NAMESPACE.`, or nothing."""

    @property
    def generation(self) -> str:
        """Names the generation that is in use."""
        return self._named("generation")

    @property
    def last_generation(self) -> str:
        """Counts the generations ever begun."""
        return self._named("last-generation")

    @property
    def events(self) -> str:
        """The stream of live events."""
        return self._named("events")

    def session(self, digest: str) -> str:
        """A session of the page."""
        return self._named(f"session:{digest}")

    def positions(self, generation: int) -> str:
        """How far the topics are read, as JSON."""
        return self._named(f"{generation}:positions")

    def hash(self, generation: int, name: str) -> str:
        """One of HASHES: JSON as on the topic, by key."""
        return self._named(f"{generation}:{name}")

    def all_of(self, generation: int) -> list[str]:
        """Everything that a generation holds."""
        return [self.positions(generation), *(self.hash(generation, name) for name in HASHES)]

    def _named(self, name: str) -> str:
        return f"{{{self.prefix}read-model}}:{name}"
