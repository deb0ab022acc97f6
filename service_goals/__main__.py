"""`python -m service_goals`: the same program as `service-goals`."""

from service_goals.cli import main

if __name__ == "__main__":
    main()
