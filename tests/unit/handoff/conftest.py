"""Fixtures of these tests; their other parts are in `handoff_world`."""

from handoff_world import engine, handoff, receiver, settings

__all__ = ["engine", "handoff", "receiver", "settings"]
