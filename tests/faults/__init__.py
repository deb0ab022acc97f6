"""Processes die, sleep and return at the worst moments; every number comes out the same (SPEC 7).

`make faults` runs rounds with seeds of their own, and then takes each protection away to see that the damage shows.
"""
