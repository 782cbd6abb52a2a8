"""Findings of the checks in the words of trainers."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.handoff import words
from bot.trainer.checks import CHECKS, Aside, Finding, Fix, key_of
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


class SetAside(NamedTuple):
    """What a trainer has decided to live with: what it is, and why."""

    key: str
    about: str
    because: str


def shown_aside(aside: Aside) -> SetAside:
    """An entry of `data/checks.yml` in words."""
    check, intent, other, language, subject = aside.about
    looks_for = next((each.looks_for for each in CHECKS if each.name == check), check)
    named = " and ".join(words.label(each) for each in (intent, other) if each)
    where = ", ".join(filter(None, (named, words.language(language) if language else "")))
    parts = (looks_for[:1].upper() + looks_for[1:], where, f"“{subject}”" if subject else "")
    return SetAside(key_of(aside.about), " · ".join(filter(None, parts)), aside.because)


def _told(change: Change) -> str:
    where = f"{words.label(change.intent)} ({words.language(change.language)})"
    if isinstance(change, Remove):
        return f"“{change.marked}” was removed from {where}."
    if isinstance(change, Add):
        return f"“{change.marked}” was added to {where}."
    if isinstance(change, Move):
        return f"“{change.marked}” was moved from {where} to {words.label(change.to)}."
    return f"“{change.old}” of {where} reads “{change.new}” now."
