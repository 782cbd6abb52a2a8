"""Several questions in one message, and a message that corrects the one before.

A message is cut where a new clause may begin, and the intent classifier is asked about the parts.
They are two questions when both are understood, as different things, and more surely so the less
the words themselves show that there are two: most messages of several clauses tell one story. A
part may be two questions again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from numpy.typing import NDArray

from bot.nlu.phrases import compile_phrases
from kb_connector.sentences import sentences

MAX_CHARS = 800
"""A message with more characters is a story: it is not taken apart."""
MAX_CUTS = 8
MIN_WORDS = 2
MAX_QUESTIONS = 3
RANKED = 20
"""Likeliest intents that are told of a question."""

SMALL_TALK = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "help",
        "bot_challenge",
        "rephrase",
        "article_helpful",
        "article_not_helpful",
        "out_of_scope",
    }
)
"""Intents that ask nothing of their own."""

Words = Mapping[str, Mapping[str, Sequence[str]]]


class Classifier(Protocol):
    """What is asked about the parts: `bot.nlu.classifier.IntentClassifier` or the like."""

    classes_: NDArray[Any]

    def predict_proba(self, texts: Sequence[str]) -> NDArray[Any]:
        """Probability of each intent, a row for each text."""
        ...


@dataclass(frozen=True)
class Question:
    """A part of a message, understood by itself.

    Attributes:
        start: its first character in the message; `end` is one past the last.
        inquires: it is a question by its words, not a request or a statement.
        ranking: the likeliest intents with their probabilities, best first.
    """

    text: str
    start: int
    end: int
    inquires: bool
    ranking: tuple[tuple[str, float], ...]

    def moved(self, by: int) -> Question:
        """The same, of a message in which it stands so many characters later."""
        return replace(self, start=self.start + by, end=self.end + by)

    @property
    def intent(self) -> str:
        """The likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.ranking[0][1]


@dataclass(frozen=True)
class Pair:
    """Two parts of a message that may be two questions.

    Attributes:
        clear: the words show two matters: both parts ask, or one says "also".
    """

    first: Question
    second: Question
    clear: bool

    @property
    def confidence(self) -> float:
        """Of the less sure one."""
        return min(self.first.confidence, self.second.confidence)


@dataclass(frozen=True)
class Limits:
    """Least confidences, 0 to 1. `python -m bot.trainer.two_questions` measures what they do.

    Attributes:
        clear: of both parts, when the words show two matters.
        unclear: of both parts, when they do not.
        correction: of what was meant.
    """

    clear: float = 0.4
    unclear: float = 0.9
    correction: float = 0.4


class QuestionFinder:
    """Finds several questions, or a correction, in a message.

    Args:
        words: the groups of `data/lookups/questions.yml`.
        small_talk: intents that are no questions.
    """

    def __init__(
        self,
        model: Classifier,
        words: Words,
        limits: Limits | None = None,
        small_talk: Collection[str] = SMALL_TALK,
    ) -> None:
        self._model = model
        self._limits = limits or Limits()
        self._small_talk = frozenset(small_talk)
        self._clauses = _Clauses(words)
        self._corrections = _Corrections(words)

    def several(self, text: str, language: str | None = None) -> list[Question]:
        """The questions of a message in their order, or none for a message about one thing.

        Args:
            language: of the message, one of `bot.settings.LANGUAGES`, if known.
        """
        best = chosen(self.pairs(text, language), self._limits)
        if best is None:
            return []
        found = [best.first, best.second]
        for place, whole in reversed(list(enumerate(found))):
            others = {question.intent for question in found if question is not whole}
            inner = chosen(self.pairs(whole.text, language), self._limits)
            parts = (
                [part.moved(whole.start) for part in (inner.first, inner.second)] if inner else []
            )
            if len(found) < MAX_QUESTIONS and not others & {part.intent for part in parts}:
                found[place : place + 1] = parts or [whole]
        return found

    def pairs(self, text: str, language: str | None = None) -> list[Pair]:
        """The parts of a message that are understood differently, at each place to cut it."""
        cuts = self._clauses.cuts(text, language) if len(text) <= MAX_CHARS else []
        if not cuts:
            return []
        pieces = [piece for cut in cuts for piece in (cut.first, cut.second)]
        asked = self._understand(text, pieces)
        pairs = [
            Pair(first, second, cut.clear)
            for cut, first, second in zip(cuts, asked[::2], asked[1::2], strict=True)
        ]
        return [
            pair
            for pair in pairs
            if pair.first.intent != pair.second.intent
            and not self._small_talk & {pair.first.intent, pair.second.intent}
        ]

    def correction(self, text: str) -> Question | None:
        """What the customer meant, if the message says so and it is understood."""
        span = self._corrections.meant(text) if len(text) <= MAX_CHARS else None
        if span is None:
            return None
        (meant,) = self._understand(text, [span])
        known = meant.intent not in self._small_talk
        return meant if known and meant.confidence >= self._limits.correction else None

    def _understand(self, text: str, spans: Sequence[tuple[int, int]]) -> list[Question]:
        shares = self._model.predict_proba([text[start:end] for start, end in spans])
        found = []
        for (start, end), row in zip(spans, shares, strict=True):
            order = row.argsort()[::-1][:RANKED]
            ranking = tuple((str(self._model.classes_[i]), float(row[i])) for i in order)
            inquires = self._clauses.inquires(text[start:end])
            found.append(Question(text[start:end], start, end, inquires, ranking))
        return found


def chosen(pairs: Sequence[Pair], limits: Limits) -> Pair | None:
    """The surest pair above its limit, or None."""

    def surplus(pair: Pair) -> float:
        return pair.confidence - (limits.clear if pair.clear else limits.unclear)

    best = max(pairs, key=surplus, default=None)
    return best if best is not None and surplus(best) >= 0 else None


@dataclass(frozen=True)
class _Cut:
    """A place to cut a message: the spans of the parts, and whether the words show two matters."""

    first: tuple[int, int]
    second: tuple[int, int]
    clear: bool


class _Clauses:
    """Cuts messages by their words."""

    def __init__(self, words: Words) -> None:
        joins, adds = _all(words, "joins"), _all(words, "adds")
        self._adds = compile_phrases(adds)
        self._wishes = compile_phrases(_all(words, "wishes"))
        self._questions = compile_phrases(_all(words, "questions"))
        tells, asked = (compile_phrases(_all(words, group)).pattern for group in ("tells", "asked"))
        self._tells = re.compile(rf"{tells}\s+{asked}", re.I)
        self._requests = compile_phrases(_all(words, "requests"))
        joint = "|".join(map(re.escape, joins))
        lead = compile_phrases([word for word in (*joins, *adds) if word[0].isalpha()]).pattern
        self._lead = re.compile(rf"(?:(?:{lead}|&)[\s,:;.–-]*)+", re.I)
        self._greeting = re.compile(
            rf"(?:{compile_phrases(_all(words, 'greetings')).pattern}[\s,!.]*)+", re.I
        )
        self._border = re.compile(rf"\s*[,;:–—]\s+|\s+(?=(?:{joint})\s)|\s+-\s+", re.I)
        self._clause = re.compile(rf"[.!?;:,\n–—]\s*|\s(?:{joint})\s", re.I)

    def cuts(self, text: str, language: str | None) -> list[_Cut]:
        """Where to cut a message; between sentences first when there are many places."""
        inside, between = [], []
        for sentence in sentences(text, language):
            if sentence.start > 0:
                between.append((sentence.start, sentence.start, True))
            for border in self._border.finditer(sentence.text):
                start, end = (sentence.start + place for place in border.span())
                inside.append((start, end, False))
        found = [self._cut(text, *place) for place in (*between, *inside)]
        return [cut for cut in found if cut is not None][:MAX_CUTS]

    def _cut(self, text: str, before: int, after: int, between: bool) -> _Cut | None:
        lead = self._lead.match(text, after)
        first = _trimmed(text, 0, before)
        second = _trimmed(text, lead.end() if lead else after, len(text))
        parts = [text[slice(*span)] for span in (first, second)]
        if any(len(part.split()) < MIN_WORDS for part in parts):
            return None
        adds = any(
            self._adds.search(clause)
            for clause in (
                self._first_clause(parts[0]),
                text[before : second[0]],
                self._first_clause(parts[1]),
            )
        )
        clear = adds or all(map(self._asks, parts))
        # a comma alone joins the sentences of one story
        return _Cut(first, second, clear) if clear or between or lead else None

    def _first_clause(self, part: str) -> str:
        return self._clause.split(part, maxsplit=1)[0]

    def inquires(self, part: str) -> bool:
        """Whether a part is a question by its words."""
        return part.endswith("?") or any(
            self._questions.match(opening) or self._tells.match(opening)
            for opening in self._openings(part)
        )

    def _asks(self, part: str) -> bool:
        """Whether a part is a question, a request or a wish by its words."""
        wishes = self._wishes.search(part) or any(map(self._requests.match, self._openings(part)))
        return bool(wishes) or self.inquires(part)

    def _openings(self, part: str) -> Iterator[str]:
        """The clauses of a part, without the greeting."""
        for clause in self._clause.split(part):
            greeting = self._greeting.match(clause)
            yield clause[greeting.end() :] if greeting else clause


class _Corrections:
    """Tells what was meant in "no, I meant ..."."""

    def __init__(self, words: Words) -> None:
        def pattern(group: str) -> str:
            return compile_phrases(_all(words, group)).pattern

        mark, filler = r"[\s,.!:;–—-]*", rf"(?:{pattern('fillers')}\s+)?"
        not_that = rf"{pattern('instead_of')}\s[^,.!?]{{1,40}}[,.!]"
        self._denial = re.compile(rf"\s*(?:{pattern('denials')}|{not_that}){mark}", re.I)
        self._meant = re.compile(rf"\s*{pattern('meant')}{mark}{filler}", re.I)
        self._mean = re.compile(rf"\s*{pattern('mean')}{mark}{filler}", re.I)
        self._instead_of = re.compile(rf"\s*[,–—-]\s*{pattern('instead_of')}\s", re.I)

    def meant(self, text: str) -> tuple[int, int] | None:
        """Span of what was meant, or None for a message that is no correction."""
        begin = self._opening(text)
        if begin is None:
            return None
        instead_of = self._instead_of.search(text, begin)
        start, end = _trimmed(text, begin, instead_of.start() if instead_of else len(text))
        return (start, end) if any(character.isalnum() for character in text[start:end]) else None

    def _opening(self, text: str) -> int | None:
        """Where the opening ends: denials, one after the other, and "I meant"."""
        place, denied = 0, False
        while True:
            opening = self._meant.match(text, place) or (denied and self._mean.match(text, place))
            if opening:
                return opening.end()
            denial = self._denial.match(text, place)
            if denial is None:
                return None
            place, denied = denial.end(), True


def _all(words: Words, group: str) -> list[str]:
    return [word for by_language in words[group].values() for word in by_language]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without spaces and commas at its ends."""
    piece = text[start:end].strip(" \t\r\n,;:–—-")
    place = text.index(piece, start)
    return place, place + len(piece)
