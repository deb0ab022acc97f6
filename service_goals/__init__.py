"""The program: command line, settings, embedded services, composition root."""
