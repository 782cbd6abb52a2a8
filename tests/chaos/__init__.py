"""Conversations with handoffs while everything round them breaks, and a count of what became of
them: `make chaos`.
"""
