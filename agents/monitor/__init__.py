"""What a process tells about itself: `/healthz` in words, `/metrics` for Prometheus (docs/metrics.md)."""
