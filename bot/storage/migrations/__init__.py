"""Versions of the tables, and the way from each to the next (`versions/`), run by Alembic.

`make migration NAME=what_it_does` writes the next one; docs/database.md says how to go on.
"""
