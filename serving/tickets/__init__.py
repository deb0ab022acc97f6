"""The tickets behind the numbers, from the changelog of the workers' rows: it costs the workers nothing."""
