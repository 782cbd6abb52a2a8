"""Conversations are found and deleted: when a customer asks for it, and when they are old."""
