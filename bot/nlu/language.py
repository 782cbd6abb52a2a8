"""Which of Svara's languages a message is in.

Naive Bayes over word frequencies (`wordfreq`) with the conversation's language as the prior, so
that "ok" or a product name does not flip it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache

from wordfreq import get_frequency_dict

from bot.settings import LANGUAGES

FLOOR = 1e-8
"""Frequency of a word that a language's list does not have."""
CLIP = 4.0
"""Most that one word may speak for or against a language, in nats: typos are forgiven."""
STAY = 5.0
"""Lead of the conversation's language over the others, in nats."""
HINT = 1.0
"""Lead of the page's language before the first word, in nats."""
LETTERS = {
    "ä": ("sv",),
    "ö": ("sv",),
    "æ": ("da", "nb"),
    "ø": ("da", "nb"),
    "å": ("sv", "da", "nb"),
}
LETTER_WEIGHT = 1.5
# What tells Danish from Norwegian where the words are the same.
HABITS = {
    # "har I åbent": the plural you, which only Danish and English write like this
    re.compile(r"(?<=\w\s)I(?=\s|$)"): ("da", "en"),
    re.compile(r"\bhvor\b[^.?!]{0,60}\bhenne\b", re.I): ("da",),
    # "pakken min", "pengene mine": the owner after the thing
    re.compile(r"\w(?:en|a|et|ene|ne)\s(?:min|mi|mitt|mine|din|di|ditt|dine)\b", re.I): ("nb",),
}
HABIT_WEIGHT = CLIP

_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


class LanguageIdentifier:
    """Tells the language of a text.

    Args:
        languages: ISO 639-1 codes to choose among.
        ignored: words that say nothing of the language, such as the shop's name.
    """

    def __init__(
        self, languages: Sequence[str] = LANGUAGES, *, ignored: Iterable[str] = ()
    ) -> None:
        self.languages = tuple(languages)
        self._ignored = {word.lower() for word in ignored}

    def scores(self, text: str) -> dict[str, float]:
        """Log-likelihood of each language relative to their mean, in nats; zeros for no words."""
        totals = dict.fromkeys(self.languages, 0.0)
        words = [word.lower() for word in _WORD.findall(text)]
        words = [word for word in words if word not in self._ignored]
        for word in words:
            logs = {lang: math.log(_frequencies(lang).get(word, FLOOR)) for lang in self.languages}
            mean = sum(logs.values()) / len(logs)
            for lang, value in logs.items():
                totals[lang] += max(-CLIP, min(CLIP, value - mean))
        for letter, speaking in LETTERS.items():
            if any(letter in word for word in words):
                for lang in set(speaking) & set(self.languages):
                    totals[lang] += LETTER_WEIGHT
        for habit, speaking in HABITS.items():
            if habit.search(text):
                for lang in set(speaking) & set(self.languages):
                    totals[lang] += HABIT_WEIGHT
        return totals

    def identify(self, text: str, *, current: str | None = None, hint: str | None = None) -> str:
        """The likeliest language.

        Args:
            text: the message, without product names and the like.
            current: language of the conversation so far.
            hint: language of the page, used when there is no conversation yet.
        """
        totals = self.scores(text)
        if current in totals:
            totals[current] += STAY * _reluctance(text)
        elif hint in totals:
            totals[hint] += HINT
        best = max(totals.values())
        # Without evidence the first of the list, or whoever has the lead, stays.
        preferred = current if current in totals else hint
        if preferred in totals and totals[preferred] == best:
            return str(preferred)
        return max(self.languages, key=lambda lang: totals[lang])


def _reluctance(text: str) -> int:
    """How much harder it is to leave the conversation's language for a word or two."""
    return max(1, 4 - len(_WORD.findall(text)))


@cache
def _frequencies(language: str) -> dict[str, float]:
    return dict(get_frequency_dict(language, wordlist="best"))
