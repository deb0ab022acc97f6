"""The read model in Valkey or Redis: filled from the output topics, followed by every server, built anew at will."""
