"""The commands of `service-goals`, one file each."""
