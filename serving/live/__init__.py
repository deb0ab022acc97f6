"""Live events: one follower of the read model for all who watch a server."""
