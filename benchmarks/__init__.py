"""Reproducible measurements; figures go to docs/performance.md."""
