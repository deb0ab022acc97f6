"""What people and programs ask: the read model, REST, live events. It judges nothing and is never the truth."""
