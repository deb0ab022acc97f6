"""Nouns: what travels and what is kept; decode, validate, encode. No I/O, no clock, no logging."""
