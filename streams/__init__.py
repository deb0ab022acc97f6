"""Verbs: pure functions and state machines without I/O; events and the time come in as arguments."""
