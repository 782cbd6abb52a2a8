"""Names that people have, and how to tell one from a word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from bot.nlu.entities.words import COMMON, rarity

_FAMILY_ENDS = (
    "sson", "qvist", "kvist", "strøm", "ström", "gren", "gaard", "gård", "lund", "berg", "stad",
    "sen", "dahl", "holm", "stedt", "blad", "dottir", "mann", "man", "ski", "ova", "ovic", "vić",
)  # fmt: skip
_FAMILY_SHORTEST = 6
"""Letters of a word from which its end says that it is a family name: "dessen" is not one."""


@dataclass(frozen=True)
class Known:
    """The names of names.txt, in small letters.

    Attributes:
        given: given names that are no words.
        words: given names that are words, too.
    """

    given: frozenset[str]
    words: frozenset[str]
    family: frozenset[str]


@lru_cache(maxsize=1)
def known_names() -> Known:
    """The names, read once."""
    groups: dict[str, set[str]] = {}
    here: set[str] = set()
    for line in files(__package__).joinpath("names.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            here = groups.setdefault(line.strip("[] "), set())
        elif not line.startswith("#"):
            here.update(line.split())
    words = frozenset(groups["given words"])
    return Known(frozenset(groups["given"]) - words, words, frozenset(groups["family"]))


def is_given(word: str) -> bool:
    """Whether it is a given name and no word."""
    return _plain(word) in known_names().given


def may_be_given(word: str) -> bool:
    """Whether it is a given name, perhaps a word as well."""
    return is_given(word) or _plain(word) in known_names().words


def is_family(word: str) -> bool:
    """Whether it is a family name, or ends as many do and is no word."""
    plain = _plain(word)
    if plain in known_names().family:
        return True
    return len(plain) >= _FAMILY_SHORTEST and plain.endswith(_FAMILY_ENDS) and is_rare(plain)


def is_rare(word: str) -> bool:
    """Whether people hardly ever say it, in any of the languages: perhaps a name."""
    return all(each > 1 / COMMON for each in rarity(word.lower()))


def _plain(word: str) -> str:
    """Small letters, without the genitive's "'s"."""
    return word.lower().removesuffix("'s").removesuffix("’s")
