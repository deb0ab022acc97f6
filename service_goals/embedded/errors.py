"""What goes wrong with an embedded service, told in one line that names the remedy."""


class EmbeddedError(Exception):
    """An embedded service can't start or has stopped; the text is one line for the person at the terminal."""
