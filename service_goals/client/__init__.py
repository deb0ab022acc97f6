"""What the commands ask of a running system: over Kafka alone, as anyone with the same contract could."""
