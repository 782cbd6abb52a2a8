"""What is wrong with the trainer's files, for the banner of every page under Train."""

from __future__ import annotations

from bot.trainer import inbox


def training_troubles() -> list[str]:
    """Training files, and a domain, that cannot be read: file, line and what is wrong."""
    return [str(each) for each in inbox.troubles()]
