"""Requests that no server may answer with anything but a refusal: seeded, of every kind, over every route."""
