"""Findings of the checks in the words of trainers."""

from __future__ import annotations

import re

from bot.handoff import words
from bot.trainer.checks import Finding, Fix
from bot.trainer.nlu_files import Add, Change, Move, Remove


def in_words(text: str, finding: Finding) -> str:
    """A sentence of a finding with its intents as trainers read them."""
    intents = {finding.intent, finding.other, *(place.intent for place in finding.places)} - {""}
    if not intents:
        return text
    names = "|".join(sorted(map(re.escape, intents), key=len, reverse=True))
    return re.sub(
        rf"(?<![\w/“\"'])(?:{names})(?![\w/”\"'])", lambda name: words.label(name[0]), text
    )


def what_was_done(fix: Fix) -> str:
    """What a fix has changed, example by example."""
    return " ".join(_told(change) for change in fix.changes)


def _told(change: Change) -> str:
    where = f"{words.label(change.intent)} ({words.language(change.language)})"
    if isinstance(change, Remove):
        return f"“{change.marked}” was removed from {where}."
    if isinstance(change, Add):
        return f"“{change.marked}” was added to {where}."
    if isinstance(change, Move):
        return f"“{change.marked}” was moved from {where} to {words.label(change.to)}."
    return f"“{change.old}” of {where} reads “{change.new}” now."
