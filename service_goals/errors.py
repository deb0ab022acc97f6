"""How a command fails: with one clear line, or with a few when several things are wrong at once."""


class CommandError(Exception):
    """What can't be done and how to mend it; every argument is a line of its own."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, none of them broken."""
        return tuple(" ".join(str(line).split()) for line in self.args)


class UsageError(CommandError):
    """The command was called in a wrong way."""
