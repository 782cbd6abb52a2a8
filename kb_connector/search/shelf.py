"""The articles of one language, as the search sees them. Never changes once made."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.article import PUBLIC, Passage
from kb_connector.markdown import fold
from kb_connector.search.bm25 import WordMatch
from kb_connector.search.encoder import Encoder, reads
from kb_connector.search.meaning import ShelfMeaning
from kb_connector.search.prepared import Prepared, Vocabularies
from kb_connector.search.ranking import ABROAD, GUESSED, MEANING, OWN, TOPIC, WORDS, Ranking
from kb_connector.search.terms import TermMatrix, letters, phrases
from kb_connector.store import may_see
from kb_connector.text import stems, words

Array = NDArray[Any]

_BEGINNING = 3
"""Letters of a word that say how it goes on."""
_CANDIDATES = 120
"""Articles that are looked at closely."""
_LEAD_PART = 0.05
"""By how much another passage must beat an article's first, which has its gist."""
_PASSAGE_WORDS = 0.45
"""What the words of the question count in the choice of a passage, the rare ones most."""
_NEAR_QUESTION = 0.8
"""Likeness from which a question is taken for one that was asked before."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        text: as far as it is read.
        topics: intents of the question.
        vectors: by the encoder's name, centred; of encoders that read or guess the language.
    """

    text: str
    lang: str
    topics: frozenset[str]
    vectors: Mapping[str, Array]


@dataclass(frozen=True)
class Asked:
    """Earlier questions that articles have answered.

    Attributes:
        articles: (questions,) number of the article.
        vectors: (questions, dimensions) of the multilingual encoder, centred.
    """

    articles: Array
    vectors: Array


@dataclass(frozen=True)
class Ranked:
    """Articles of a shelf for a question, best first.

    Attributes:
        kind: which weights were used.
        articles: (n,) their numbers.
        scores: (n,)
        features: (n,) each.
    """

    kind: str
    articles: Array
    scores: Array
    features: dict[str, Array]


class Shelf:
    """The articles of one language.

    Args:
        prepared: at least one.
        vocabularies: that they were prepared with.
        encoders: likewise; the first that reads all languages is the multilingual one.
        asked: earlier questions.
    """

    def __init__(
        self,
        prepared: Sequence[Prepared],
        vocabularies: Vocabularies,
        encoders: Sequence[Encoder],
        asked: Asked | None = None,
    ) -> None:
        self.prepared = prepared
        self.lang = prepared[0].article.lang
        self.vocabularies = vocabularies
        self._words = WordMatch([each.stems for each in prepared], vocabularies.stems)
        counted = vocabularies.phrases, vocabularies.letters
        self._phrases = TermMatrix([each.phrases for each in prepared], len(counted[0].numbers))
        self._letters = TermMatrix([each.letters for each in prepared], len(counted[1].numbers))
        self._meaning: dict[str, ShelfMeaning] = {}
        self._everywhere: str | None = None
        self._own: str | None = None
        self._guessing: str | None = None
        for encoder in encoders:
            name = encoder.name
            if name not in prepared[0].vectors:
                continue
            vectors = [each.vectors[name] for each in prepared]
            self._meaning[name] = ShelfMeaning(vectors, encoder.centre(self.lang))
            if encoder.languages is None:
                self._everywhere = self._everywhere or name
                continue
            if reads(encoder, self.lang):
                self._own = self._own or name
            if encoder.guesses:
                self._guessing = self._guessing or name
        self._asked = asked
        self._public = np.array([may_see(each.article, PUBLIC) for each in prepared])
        self._numbers = {each.article.id: number for number, each in enumerate(prepared)}
        self._about: dict[str, list[int]] = {}
        for number, each in enumerate(prepared):
            for intent in each.article.intents:
                self._about.setdefault(intent, []).append(number)
        self._titles = [f" {fold(each.article.title)}" for each in prepared]
        named = Counter(
            word
            for each in prepared
            for word in words("\n".join([each.article.title, *each.article.keywords]))
        )
        self._named = sorted((fold(word), count, word) for word, count in named.items())

    def visible(self, audience: str) -> Array:
        """Whether each article (articles,) may be seen by an audience; a copy."""
        return self._public.copy() if audience == PUBLIC else np.ones(len(self.prepared), bool)

    def number(self, article_id: str) -> int | None:
        """The number of an article; None if it is not here."""
        return self._numbers.get(article_id)

    def begun(self, typed: str) -> list[int]:
        """Numbers of the articles with a title that has a word beginning like this."""
        wanted = f" {fold(typed)}"
        return [number for number, title in enumerate(self._titles) if wanted in title]

    def completed(self, beginning: str) -> str | None:
        """The commonest word of the titles and keywords that begins like this; None if none does.

        A whole word is itself; of one or two letters nobody can tell.
        """
        wanted = fold(beginning)
        place = bisect_left(self._named, (wanted,))
        found = list(takewhile(lambda each: each[0].startswith(wanted), self._named[place:]))
        if len(wanted) < _BEGINNING or not found or found[0][0] == wanted:
            return None
        return max(found, key=lambda each: each[1])[2]

    def rank(
        self, question: Question, allowed: Array, ranking: Ranking, *, kind: str | None = None
    ) -> Ranked:
        """The articles that fit a question, best first.

        Args:
            allowed: (articles,) whether each may be found.
            kind: which weights to use; default those for what there is to see.
        """
        kind = kind or self._kind(question)
        weights = ranking.weights[kind]
        by_words = {} if kind in (ABROAD, GUESSED) else self._by_words(question)
        rough = np.zeros(len(self.prepared), dtype=np.float32)
        for name, values in by_words.items():
            rough += weights[name] * values
        for name, mine in self._names(kind).items():
            seen = sum(weights[f"{part}{mine}"] for part in ("title", "pieces", "mean"))
            rough += seen * self._meaning[name].roughly(question.vectors[name])
        topic = self._topics(question)
        rough += weights[TOPIC] * topic
        rough[~allowed] = -np.inf
        some = min(int(allowed.sum()), _CANDIDATES)
        articles = np.argpartition(-rough, some - 1)[:some] if some else np.zeros(0, dtype=int)
        features = {name: values[articles] for name, values in by_words.items()}
        features |= {TOPIC: topic[articles], **self._closely(question, kind, articles)}
        scores = ranking.score(kind, features) if some else np.zeros(0)
        order = np.lexsort((articles, -scores))
        return Ranked(
            kind,
            articles[order],
            scores[order],
            {name: values[order] for name, values in features.items()},
        )

    def passage(self, number: int, question: Question) -> Passage:
        """The passage of an article that fits the question best."""
        each = self.prepared[number]
        wanted = set(stems(question.text, self.lang))
        weight = self._words.weight
        scores = np.zeros(len(each.passages))
        names = self._names(self._kind(question))
        for name in names:
            found = self._meaning[name].pieces_of(number, question.vectors[name])
            likest = np.full(len(each.passages), -1.0)
            np.maximum.at(likest, np.array(each.owners), found)
            scores += likest / len(names)
        if wanted and question.lang == self.lang:
            for place, passage in enumerate(each.passages):
                has = set(stems(f"{passage.heading}\n{passage.text}", self.lang))
                scores[place] += _PASSAGE_WORDS * weight(wanted & has) / weight(wanted)
        best = int(scores.argmax())
        return each.passages[best if scores[best] > scores[0] + _LEAD_PART else 0]

    def _kind(self, question: Question) -> str:
        if question.lang != self.lang:
            if self._everywhere not in question.vectors:
                return WORDS
            return GUESSED if self._guessing in question.vectors else ABROAD
        if self._everywhere not in question.vectors:
            return WORDS
        return OWN if self._own in question.vectors else MEANING

    def _by_words(self, question: Question) -> dict[str, Array]:
        vocabularies = self.vocabularies
        pairs = vocabularies.phrases.count(phrases(question.text, self.lang), grow=False)
        groups = vocabularies.letters.count(letters(question.text), grow=False)
        return {
            "bm25": self._words.score(stems(question.text, self.lang)),
            "phrases": self._phrases.likeness(pairs),
            "letters": self._letters.likeness(groups),
        }

    def _names(self, kind: str) -> dict[str, str]:
        """Encoders that see something, with what their features are called."""
        names: dict[str, str] = {}
        if kind != WORDS and self._everywhere:
            names[self._everywhere] = ""
        if kind == OWN and self._own:
            names[self._own] = "_own"
        if kind == GUESSED and self._guessing:
            names[self._guessing] = "_own"
        return names

    def _closely(self, question: Question, kind: str, articles: Array) -> dict[str, Array]:
        """What the encoders see of some articles."""
        found: dict[str, Array] = {}
        if not len(articles):
            return found
        for name, mine in self._names(kind).items():
            compared = self._meaning[name].compare(question.vectors[name], articles)
            found |= {
                f"title{mine}": compared.title,
                f"pieces{mine}": compared.pieces,
                f"mean{mine}": compared.mean,
            }
        if kind != WORDS:
            found["asked"] = self._nearness(question, articles)
        return found

    def _nearness(self, question: Question, articles: Array) -> Array:
        """How near the question is to one that each article has answered before, 0 to 1.

        Only a question that is nearly the same counts: anything less would have the articles that
        are asked for often drown those that nobody has asked for.
        """
        nearest = np.zeros(len(self.prepared), dtype=np.float32)
        if self._asked is not None and self._everywhere:
            likeness = self._asked.vectors @ question.vectors[self._everywhere]
            np.maximum.at(nearest, self._asked.articles, likeness)
        found: Array = np.maximum(nearest[articles] - _NEAR_QUESTION, 0) / (1 - _NEAR_QUESTION)
        return found

    def _topics(self, question: Question) -> Array:
        found = np.zeros(len(self.prepared), dtype=np.float32)
        for topic in question.topics:
            found[self._about.get(topic, [])] = 1
        return found
