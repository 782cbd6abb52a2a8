"""Scores documents for a query, tolerant of typos and compounds.

Two views, added up: BM25 over weighted fields, where a word may be stood in for by its likes, and
the likeness of the letter groups of the whole query to those of the whole document. The numbers
below were chosen by the share of customers' sentences that find an article for their own intent,
over four languages; each may be moved by half without that share moving by more than a hundredth.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

# A word in the title says more than one in the body (BM25F: weighted counts, then saturation).
FIELD_WEIGHTS = {"title": 4.0, "keywords": 4.0, "heading": 4.0, "summary": 2.0, "body": 1.0}
_SATURATION = 2.5  # k1: how fast further occurrences of a word stop counting
_LENGTH = 0.4  # b: how much a long field is held against a document
_NEAR = 0.42  # least likeness (0..1) of a word in the index to stand in for one in the query
_NEAR_WEIGHT = 0.8  # what the likest word counts, against the very word
_NEIGHBOURS = 6
_LETTERS_PART = 0.3  # of the score, how much is the likeness of letters; the rest is BM25
_LETTERS_SCALE = 2.0  # a short query is rarely liker than a half to a whole passage


class WordIndex:
    """Documents of one language, ready to be scored; never changes once made.

    Args:
        documents: for each document, its stems by field (see `FIELD_WEIGHTS`).
        groups: for each document, the number of its article: rarity counts articles, so that a
            title repeated in every passage does not make its own words look common.
    """

    def __init__(
        self, documents: Sequence[Mapping[str, Sequence[str]]], groups: Sequence[int]
    ) -> None:
        self._size = len(documents)
        counts = _weighted_counts(documents)
        articles: dict[str, set[int]] = defaultdict(set)
        postings: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for number, stems in enumerate(counts):
            for stem, count in stems.items():
                articles[stem].add(groups[number])
                postings[stem][0].append(number)
                postings[stem][1].append(count / (count + _SATURATION))
        total = len(set(groups))
        self._rarity = {stem: _rarity(total, len(found)) for stem, found in articles.items()}
        self._unknown = _rarity(total, 0)
        self._postings = {
            stem: (np.array(where), np.array(what)) for stem, (where, what) in postings.items()
        }
        self._vocabulary = sorted(self._postings)
        self._word_letters = _Letters(self._vocabulary, (2, 4))
        self._document_letters = _Letters([_all_words(each) for each in documents], (3, 5))

    def score(self, stems: Sequence[str]) -> tuple[Scores, Scores]:
        """Scores every document for a query.

        Returns:
            Per document, the score (0..1), and the coverage: the part (0..1) of the query's words,
            weighted by rarity, that the document has, itself or in a like form.
        """
        wanted = list(dict.fromkeys(stems))
        score, coverage = np.zeros(self._size), np.zeros(self._size)
        weight = 0.0
        for stem, near in zip(wanted, self._near(wanted), strict=True):
            strength, presence = np.zeros(self._size), np.zeros(self._size)
            for word, likeness in near:
                where, what = self._postings[word]
                strength[where] = np.maximum(strength[where], likeness * what)
                presence[where] = np.maximum(presence[where], likeness)
            rarity = self._rarity.get(stem)
            if rarity is None:
                # a stand-in's own rarity: a common word does not turn rare by being misspelt
                rarity = max((self._rarity[word] for word, _ in near), default=self._unknown)
            score += rarity * strength
            coverage += rarity * presence
            weight += rarity
        if not weight:
            return score, coverage
        letters = self._document_letters.likeness([" ".join(stems)])[0]
        letters = np.minimum(1.0, _LETTERS_SCALE * letters)
        return (
            (1 - _LETTERS_PART) * score / weight + _LETTERS_PART * letters,
            coverage / weight,
        )

    def _near(self, stems: Sequence[str]) -> list[list[tuple[str, float]]]:
        """For each stem the words of the index to look for, with their likeness (0..1)."""
        if not stems:
            return []
        found = []
        for stem, likeness in zip(stems, self._word_letters.likeness(stems), strict=True):
            likest = np.argsort(-likeness)[:_NEIGHBOURS]
            near = {
                self._vocabulary[number]: _NEAR_WEIGHT * float(likeness[number])
                for number in likest
                if likeness[number] >= _NEAR
            }
            if stem in self._postings:
                near[stem] = 1.0
            found.append(list(near.items()))
        return found


class _Letters:
    """Likeness of texts by the letter groups that they share (TF-IDF, cosine)."""

    def __init__(self, texts: Sequence[str], sizes: tuple[int, int]) -> None:
        # Imported here: it takes a third of a second, which only those who search should pay.
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415

        self._size = len(texts)
        self._matrix: Any = None
        if any(text.strip() for text in texts):
            self._vectorizer = TfidfVectorizer(
                analyzer="char_wb", ngram_range=sizes, sublinear_tf=True, lowercase=False
            )
            self._matrix = self._vectorizer.fit_transform(texts).T.tocsr()

    def likeness(self, texts: Sequence[str]) -> Scores:
        """Cosine (0..1) of each given text (a row) to each text of the index (a column)."""
        if self._matrix is None:
            return np.zeros((len(texts), self._size))
        product = self._vectorizer.transform(texts) @ self._matrix
        return np.asarray(product.toarray())


def _rarity(total: int, having: int) -> float:
    """Weight of a word by how many of all articles have it.

    The root of BM25's own measure: among a few dozen articles, a word that one of them happens to
    mention is not as telling as the logarithm would have it.
    """
    return math.sqrt(math.log(1 + (total - having + 0.5) / (having + 0.5)))


def _all_words(document: Mapping[str, Sequence[str]]) -> str:
    return " ".join(stem for field in FIELD_WEIGHTS for stem in document.get(field, ()))


def _weighted_counts(documents: Sequence[Mapping[str, Sequence[str]]]) -> list[dict[str, float]]:
    counts: list[dict[str, float]] = [defaultdict(float) for _ in documents]
    for field, weight in FIELD_WEIGHTS.items():
        lengths = [len(document.get(field, ())) for document in documents]
        mean = sum(lengths) / max(1, sum(1 for length in lengths if length)) or 1.0
        for number, document in enumerate(documents):
            scale = weight / (1 - _LENGTH + _LENGTH * lengths[number] / mean)
            for stem, count in Counter(document.get(field, ())).items():
                counts[number][stem] += scale * count
    return counts
