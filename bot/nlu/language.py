"""Which of Svara's languages a message is in, and whether it is in another one altogether.

Naive Bayes over words and, for unknown words, over their pieces (`language_model`), with a few
habits of grammar beside them and the conversation's language as the prior, so that "ok" or a
product name does not flip it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.nlu.language_model import (
    LATIN,
    MAX_CHARS,
    Array,
    LanguageModel,
    load_model,
    script,
    words_of,
)
from bot.settings import LANGUAGES

STAY = {1: 8.0, 2: 5.0}
STAY_LONG = 4.0
"""Lead of the conversation's language over the others, by the message's words, in nats."""
HINT = 2.0
"""Lead of the page's language before the first word, in nats."""
MARGIN = {1: 12.0, 2: 6.0}
MARGIN_LONG = 4.0
"""Lead that a language which is not ours needs over all of ours, by words, in nats."""
PIECES_WEIGHT = 0.75
"""What the pieces of an unknown word count beside a known word."""
HABIT_WEIGHT = 3.0
"""In nats. Both weights fit the training examples best; `python -m bot.trainer.languages`."""
_MODAL = "har|kan|vil|skal|må|kunne|ville|skulle"
HABITS = {
    # "åbner I", "I har", "har i": the plural you, which but Danish only English writes like this
    re.compile(r"(?<=\w\s)I(?=\s|$)"): ("da", "en"),
    re.compile(rf"(?:^|[.,!?]\s)I\s(?:er|får|sender|{_MODAL})\b"): ("da",),
    re.compile(rf"\b(?:{_MODAL}) i (?!dag|går|morgen|kveld|nat|aften|år|alt|hver)\w"): ("da",),
    # "hvor er den henne"
    re.compile(r"\bhvor\b[^.?!]{0,60}\bhenne\b", re.I): ("da",),
    # "pakken min", "pengene mine": the owner after the thing
    re.compile(r"\w(?:en|a|et|ene|ne)\s(?:min|mi|mitt|mine|din|di|ditt|dine)\b", re.I): ("nb",),
}
SCRIPTS = {
    "CYRILLIC": ("ru", "uk", "bg", "mk"),
    "ARABIC": ("ar", "fa", "ur"),
    "CJK": ("zh",),
    "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",),
    "HANGUL": ("ko",),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "GEORGIAN": ("ka",),
    "ARMENIAN": ("hy",),
    "ETHIOPIC": ("am",),
    "THAI": ("th",),
    "LAO": ("lo",),
    "KHMER": ("km",),
    "MYANMAR": ("my",),
    "DEVANAGARI": ("hi",),
    "BENGALI": ("bn",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "KANNADA": ("kn",),
    "MALAYALAM": ("ml",),
    "SINHALA": ("si",),
    "TIBETAN": ("bo",),
    "THAANA": ("dv",),
}
"""Languages of the scripts that are not ours, the likeliest first."""


@dataclass(frozen=True)
class Identified:
    """What was found out about a message's language.

    Attributes:
        language: one of Svara's: the message's, or the one to answer it in.
        other: the message's own language when Svara does not speak it (ISO 639-1), else None.
    """

    language: str
    other: str | None = None


class LanguageIdentifier:
    """Tells the language of a text.

    Args:
        languages: ISO 639-1 codes to choose among.
        ignored: words that say nothing of the language, such as the shop's name.
        model: what words say; default the one that comes with Svara.
    """

    def __init__(
        self,
        languages: Sequence[str] = LANGUAGES,
        *,
        ignored: Iterable[str] = (),
        model: LanguageModel | None = None,
    ) -> None:
        self.languages = tuple(languages)
        self._ignored = {word.lower() for word in ignored}
        self._model = model or load_model()
        self._columns = [self._model.languages.index(lang) for lang in self.languages]
        self._others = [
            column for column, lang in enumerate(self._model.languages) if lang not in languages
        ]

    def scores(self, text: str) -> dict[str, float]:
        """Log-likelihood of each language relative to their mean, in nats; zeros for no words."""
        own, _ = self._weigh(text, self._words(text))
        return dict(zip(self.languages, (own - own.mean()).tolist(), strict=True))

    def identify(self, text: str, *, current: str | None = None, hint: str | None = None) -> str:
        """The likeliest of the languages; see `detect`."""
        return self.detect(text, current=current, hint=hint).language

    def detect(
        self, text: str, *, current: str | None = None, hint: str | None = None
    ) -> Identified:
        """The likeliest of the languages, and whether the message is in none of them.

        Args:
            text: the message, without product names and the like.
            current: language of the conversation so far.
            hint: language of the page, used when there is no conversation yet.
        """
        current = current if current in self.languages else None
        preferred = current or (hint if hint in self.languages else None)
        words = self._words(text)
        if not words:
            return Identified(preferred or self.languages[0])
        own, known = self._weigh(text, words)
        other = self._other_script(words, known) or self._other_words(known, len(words))
        if other is not None:
            return Identified(preferred or self.languages[0], other)
        if preferred is not None:
            lead = STAY.get(len(words), STAY_LONG) if current else HINT
            own[self.languages.index(preferred)] += lead
        return Identified(self.languages[int(own.argmax())])

    def _words(self, text: str) -> list[str]:
        return [word for word in words_of(text) if word not in self._ignored]

    def _weigh(self, text: str, words: Sequence[str]) -> tuple[Array, Array]:
        """What speaks for each of the languages, and what known words say for all, in nats."""
        known, pieces = self._model.evidence(words)
        own = known.copy()
        own[: self._model.own] += PIECES_WEIGHT * pieces
        for lang in habits(text):
            own[self._model.languages.index(lang)] += HABIT_WEIGHT
        return own[self._columns], known

    def _other_script(self, words: Sequence[str], known: Array) -> str | None:
        letters = Counter(script(letter) for word in words for letter in word)
        foreign = {name: letters[name] for name in SCRIPTS if letters[name]}
        if sum(foreign.values()) <= max(1, letters[LATIN]):
            return None
        name = max(foreign, key=lambda name: foreign[name])
        if name == "CJK" and foreign.keys() & {"HIRAGANA", "KATAKANA"}:
            return "ja"
        evidence = dict(zip(self._model.languages, known.tolist(), strict=True))
        return max(SCRIPTS[name], key=lambda code: evidence.get(code, 0.0))

    def _other_words(self, known: Array, count: int) -> str | None:
        other = max(self._others, key=lambda column: float(known[column]))
        lead = known[other] - known[self._columns].max()
        return self._model.languages[other] if lead > MARGIN.get(count, MARGIN_LONG) else None


def habits(text: str) -> list[str]:
    """The languages whose habits show in a text, each as often as habits of it do."""
    text = text[:MAX_CHARS]
    if text.isupper():
        text = text.lower()
    return [lang for habit, speaking in HABITS.items() if habit.search(text) for lang in speaking]
