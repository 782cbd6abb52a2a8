"""Kinds of change to a sentence, and what is expected of the classifier then."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.trainer.behaviour import wording
from bot.trainer.labelled import Labelled

Change = Callable[[Labelled, random.Random], "str | None"]
_WORD = re.compile(r"[^\W\d_]+")
_FOREIGN_BODY = re.compile(r"\S*[\d@/]\S*")
_SENTENCES = re.compile(r"(?<=[.!?])\s+")
_LONG = 5
"""Letters of a word from which on a typo leaves it one that people can read."""


@dataclass(frozen=True)
class Kind:
    """A kind of test.

    Attributes:
        told: what is done and expected, in words.
        change: the changed sentence; None where the change does not apply.
        keeps: the intent must stay (invariance); else the bot must not act on it (direction).
    """

    name: str
    told: str
    change: Change
    keeps: bool = True


def _neighbour(one: Labelled, chance: random.Random) -> str | None:
    return _typo(one.text, chance, _hit_beside)


def _swap(one: Labelled, chance: random.Random) -> str | None:
    return _typo(one.text, chance, _swapped)


def _missing(one: Labelled, chance: random.Random) -> str | None:
    return _typo(one.text, chance, _without_one)


def _typo(
    text: str, chance: random.Random, spoil: Callable[[str, random.Random], str]
) -> str | None:
    """A text with one long word spoilt; numbers, addresses and links are left alone."""
    taken = [found.span() for found in _FOREIGN_BODY.finditer(text)]
    words = [
        found
        for found in _WORD.finditer(text)
        if len(found.group()) >= _LONG
        and not any(start <= found.start() < end for start, end in taken)
    ]
    if not words:
        return None
    word = chance.choice(words)
    return text[: word.start()] + spoil(word.group(), chance) + text[word.end() :]


def _hit_beside(word: str, chance: random.Random) -> str:
    places = [at for at in range(1, len(word)) if word[at].lower() in wording.NEIGHBOURS]
    if not places:
        return word
    at = chance.choice(places)
    return word[:at] + chance.choice(wording.NEIGHBOURS[word[at].lower()]) + word[at + 1 :]


def _swapped(word: str, chance: random.Random) -> str:
    places = [at for at in range(1, len(word) - 1) if word[at] != word[at + 1]]
    if not places:
        return word
    at = chance.choice(places)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _without_one(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _plain_letters(one: Labelled, chance: random.Random) -> str:
    return one.text.translate(wording.DIACRITICS)


def _upper(one: Labelled, chance: random.Random) -> str:
    return one.text.upper()


def _lower(one: Labelled, chance: random.Random) -> str:
    return one.text.lower()


def _no_punctuation(one: Labelled, chance: random.Random) -> str:
    return " ".join(re.sub(r"[.,!?;:…](?=\s|$)", " ", one.text).split())


def _more_punctuation(one: Labelled, chance: random.Random) -> str:
    end = "???" if one.text.rstrip().endswith("?") else chance.choice(("!!!", "...", " !!"))
    return one.text.rstrip(" .!?") + end


def _polite(one: Labelled, chance: random.Random) -> str | None:
    if one.intent in wording.SOCIAL or one.language not in wording.BEFORE:
        return None
    before = chance.choice(wording.BEFORE[one.language])
    after = chance.choice(wording.AFTER[one.language])
    end = "" if one.text.rstrip()[-1:] in ".!?" else "."
    return chance.choice((before + one.text, one.text.rstrip() + end + after))


def _filler(one: Labelled, chance: random.Random) -> str | None:
    if one.language not in wording.FILLERS:
        return None
    return chance.choice(wording.FILLERS[one.language]) + one.text


def _order(one: Labelled, chance: random.Random) -> str | None:
    """The sentences of a message the other way round: words cannot be moved safely by rule."""
    parts = _SENTENCES.split(one.text.strip())
    if len(parts) < 2 or any(len(part.split()) < 3 for part in parts):
        return None
    if parts[-1][-1] not in ".!?":
        parts[-1] += "."
    return " ".join(reversed(parts))


def _emoji(one: Labelled, chance: random.Random) -> str:
    return one.text + chance.choice(wording.EMOJI)


def _mixed(one: Labelled, chance: random.Random) -> str | None:
    """One noun in another language: English in Nordic sentences, Nordic in English ones."""
    choices = wording.ENGLISH.get(one.language) or (
        {word: chance.choice(theirs) for word, theirs in wording.NORDIC.items()}
        if one.language == "en"
        else {}
    )
    words = [found for found in _WORD.finditer(one.text) if found.group().lower() in choices]
    if not words:
        return None
    word = chance.choice(words)
    return one.text[: word.start()] + choices[word.group().lower()] + one.text[word.end() :]


def _negated(one: Labelled, chance: random.Random) -> str | None:
    if one.intent in wording.SOCIAL or one.language not in wording.NEGATIONS:
        return None
    if wording.NO[one.language].search(one.text):
        return None
    for pattern, instead in wording.NEGATIONS[one.language]:
        changed, times = pattern.subn(instead, one.text, count=1)
        if times:
            return changed
    return None


KINDS = (
    Kind("typo_neighbour", "A letter is the one beside it on the keyboard.", _neighbour),
    Kind("typo_swap", "Two letters are swapped.", _swap),
    Kind("typo_missing", "A letter is missing.", _missing),
    Kind("no_diacritics", "å, ä, ö, æ and ø as on a foreign keyboard.", _plain_letters),
    Kind("upper_case", "ALL IN CAPITALS.", _upper),
    Kind("lower_case", "all in small letters.", _lower),
    Kind("no_punctuation", "Without full stops, commas, question marks.", _no_punctuation),
    Kind(
        "more_punctuation",
        "With more full stops, question or exclamation marks at the end.",
        _more_punctuation,
    ),
    Kind("politeness", "With a greeting before it or thanks after it.", _polite),
    Kind("filler", "With a filler before it, as in speech.", _filler),
    Kind("sentence_order", "The sentences of a message the other way round.", _order),
    Kind("emoji", "With an emoji at the end.", _emoji),
    Kind("language_mix", "A noun is in another language.", _mixed),
    Kind(
        "negation",
        "Says that it is not wanted: the bot must not act as if it were.",
        _negated,
        keeps=False,
    ),
)


def changed(kind: Kind, one: Labelled, chance: random.Random) -> str | None:
    """The changed sentence, if the change applies and changes anything."""
    text = kind.change(one, chance)
    return None if text is None or text == one.text or not text.strip() else text
