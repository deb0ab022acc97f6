"""The documentation. `python -m docs.draw` draws its pictures from the tables of the code."""
