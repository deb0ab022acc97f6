"""The shell: Faust agents over Faust tables on Kafka; the only place that awaits it."""
