"""Small labelled data for reports."""

from __future__ import annotations

import csv
from pathlib import Path

from bot.trainer.labelled import Labelled

WORDS = {
    "order": ("parcel", "delivery", "package", "shipment"),
    "refund": ("money", "refund", "repayment", "cash"),
    "login": ("password", "account", "login", "username"),
}
FRAMES = (
    "where is my {}",
    "tell me about the {}",
    "I want to ask about the {} now",
    "the {} please",
)


def labelled() -> list[Labelled]:
    """48 sentences of three intents, half of them said to be Swedish."""
    return [
        Labelled(frame.format(word), intent, "en" if number % 2 else "sv")
        for intent, words in WORDS.items()
        for number, frame in enumerate(FRAMES)
        for word in words
    ]


def write(path: Path, rows: list[Labelled]) -> Path:
    """As a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("text", "intent", "lang"))
        writer.writerows((row.text, row.intent, row.language) for row in rows)
    return path
