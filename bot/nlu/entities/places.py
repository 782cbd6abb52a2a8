"""Towns that a message names, from a table made of GeoNames by `scripts/make_places.py`.

Many a town is called like a word or a person, so the letters alone are not enough: a capital
letter, a word such as "to" before it, a postcode before it, or nothing else in the message.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluError
from bot.nlu.entities.lookup import WITH_ENDING, Match, NameIndex
from bot.nlu.entities.words import Word, plain, words_of
from bot.nlu.spans import Span, without_overlaps

SHORTEST = 2
SHORT = 3
"""A name of so few letters is taken as one that is a word too."""
SHORTEST_MISSPELT = 6
BY_LETTERS_ALONE = 0.9
"""Times the score of a name that has only its letters to go by."""
LARGE = 20_000
"""Inhabitants from which a misspelt name needs no capital letter after "to" and the like."""

_BEFORE = 40
_PREPOSITION = re.compile(
    r"\b(?:in|to|from|near|outside|around|via|towards?"
    r"|i|till|från|nära|utanför|kring|mot"
    r"|til|fra|nær|udenfor|uden for|utenfor|omkring|mod"
    r"|town of|city of|staden|byen|orten|stad|by|ort)[\s,:]+(?:the\s+)?$",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"(?<!\d)(?:\d{3}\s?\d{2}|\d{4})\s+$")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:\n])\s*$")
_NAME_BEFORE = re.compile(r"(?:^|\s)[^\W\d_a-zåäöæø]\w*\s+$")


@dataclass(frozen=True)
class Town:
    """A town.

    Attributes:
        country: ISO 3166 code of two letters.
        is_word: its name is a word or a person's name too.
        others: what else it is called.
    """

    name: str
    country: str
    population: int
    is_word: bool = False
    others: tuple[str, ...] = ()


class PlaceFinder:
    """Finds towns.

    Args:
        towns: of two with one name the first is meant.
    """

    def __init__(self, towns: Sequence[Town]) -> None:
        pairs = [(name, town) for town in towns for name in (town.name, *town.others)]
        self._names = [name for name, _ in pairs]
        self._towns = [town for _, town in pairs]
        self._index = NameIndex(self._names, shortest=SHORTEST)

    def find(self, text: str, words: Sequence[Word] | None = None) -> list[Span]:
        """The towns named, in the order of the text, without overlaps; value "Malmö, SE".

        Args:
            words: of the text, where they are known already.
        """
        words = words_of(text) if words is None else words
        found: list[tuple[float, Span]] = []
        for match in self._index.find(words):
            name, town = self._names[match.name], self._towns[match.name]
            start, end = words[match.first].start, words[match.last - 1].end
            if match.score == WITH_ENDING and not _is_genitive(words, match, name):
                continue
            alone = len(words) <= match.last - match.first + 1
            placed = _is_placed(text, start)
            if _is_meant(text, start, end, town, match.score, placed=placed, alone=alone):
                confidence = match.score * (1 if placed else BY_LETTERS_ALONE)
                span = Span("place", start, end, f"{town.name}, {town.country}", confidence)
                found.append((confidence * len(name), span))
        best_first = sorted(found, key=lambda each: each[0], reverse=True)
        return without_overlaps(span for _, span in best_first)


def load_towns(path: Path) -> list[Town]:
    """The towns of a table.

    Raises:
        NluError: the file is missing or has another shape.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            return [
                Town(
                    row["name"],
                    row["country"],
                    int(row["population"]),
                    row["word"] == "word",
                    tuple(other for other in row["others"].split("|") if other),
                )
                for row in rows
            ]
    except (OSError, csv.Error, KeyError, ValueError, TypeError, AttributeError) as error:
        raise NluError(
            f"{path}: expected the columns name, country, population, word and others, "
            f"as scripts/make_places.py writes them: {error!r}"
        ) from error


def _is_genitive(words: Sequence[Word], match: Match, name: str) -> bool:
    """Whether only an s was added: "Malmös", "Oslo's"."""
    said = "".join(word.plain for word in words[match.first : match.last])
    return said == plain(name).replace(" ", "").replace("-", "") + "s"


def _is_placed(text: str, start: int) -> bool:
    """Whether "to" and the like or a postcode stands before."""
    before = text[max(0, start - _BEFORE) : start]
    return bool(_PREPOSITION.search(before) or _POSTCODE.search(before))


def _is_meant(
    text: str, start: int, end: int, town: Town, score: float, *, placed: bool, alone: bool
) -> bool:
    """Whether the letters and what stands round them say that the town is meant."""
    written, before = text[start:end], text[max(0, start - _BEFORE) : start]
    # capitals say nothing where all letters are
    capital = written[0].isupper() and not (written.isupper() and len(written) > 1)
    if town.is_word or len(written) <= SHORT:
        return placed and capital
    # "Anna Lindberg"; "Hej Malmö" begins a sentence
    of_a_person = bool(_NAME_BEFORE.search(before))
    if score >= WITH_ENDING:
        return placed or alone or (capital and not of_a_person)
    if len(written) < SHORTEST_MISSPELT:
        return False
    if placed:
        return capital or town.population >= LARGE
    return capital and not of_a_person and not _SENTENCE_BEGINS.search(before)
