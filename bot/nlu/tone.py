"""How a customer feels, and whether they speak of something that a bot must not handle alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.nlu.phrases import compile_phrases

UPSET, NEUTRAL = "upset", "neutral"
_SHOUTING_MIN_LETTERS = 12
_SHOUTING_SHARE = 0.7
_EXCLAIMS = re.compile(r"!{2,}|\?!|!\?")


class ToneDetector:
    """Tells `upset` from `neutral`.

    One strong phrase is enough; mild phrases, shouting in capitals and rows of exclamation marks
    count one each, and two of them make it.

    Args:
        phrases: groups `strong` and `mild`, by language.
    """

    def __init__(self, phrases: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._strong = compile_phrases(_all(phrases.get("strong", {})))
        self._mild = compile_phrases(_all(phrases.get("mild", {})))

    def detect(self, text: str) -> str:
        """`upset` or `neutral`."""
        if self._strong.search(text):
            return UPSET
        signals = len({found.lower() for found in self._mild.findall(text)})
        signals += bool(_EXCLAIMS.search(text)) + _shouts(text)
        return UPSET if signals >= 2 else NEUTRAL


class SensitiveTopics:
    """Finds topics that need a person at once.

    Args:
        phrases: topic (`fraud`, `injury`, `legal`, ...) to phrases by language.
    """

    def __init__(self, phrases: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._topics = {topic: compile_phrases(_all(langs)) for topic, langs in phrases.items()}

    def detect(self, text: str) -> tuple[str, str] | None:
        """The first topic found and the words that spoke of it, or None."""
        for topic, pattern in self._topics.items():
            found = pattern.search(text)
            if found:
                return topic, found[0]
        return None


def _all(by_language: Mapping[str, Sequence[str]]) -> list[str]:
    return [phrase for phrases in by_language.values() for phrase in phrases]


def _shouts(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    if len(letters) < _SHOUTING_MIN_LETTERS:
        return False
    return sum(character.isupper() for character in letters) / len(letters) >= _SHOUTING_SHARE
