"""An article made ready for the search: its passages, its words as numbers, its vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.article import Article, Passage
from kb_connector.markdown import plain_text
from kb_connector.passages import passages
from kb_connector.search.encoder import Encoder, reads
from kb_connector.search.terms import Counts, Vocabulary, letters, phrases
from kb_connector.sentences import sentences
from kb_connector.text import stems

Array = NDArray[Any]

PIECE_WORDS = 80
"""Words of a piece: what an encoder reads at once is about 90."""
MAX_PIECES = 60
"""Of an article; its further text is found by its words."""
_TITLE_WEIGHT = 3


@dataclass(frozen=True)
class Vectors:
    """What an encoder makes of an article, unit vectors.

    Attributes:
        title: (dimensions,); zeros without a title.
        pieces: (pieces, dimensions).
    """

    title: Array
    pieces: Array


@dataclass(frozen=True)
class Prepared:
    """An article as the search sees it.

    Attributes:
        pieces: the passages' texts, cut so that an encoder reads each whole, with the title.
        owners: passage of each piece.
        stems: the words that count, the title's three times.
        phrases: all words and pairs of words.
        letters: groups of letters.
        vectors: of each encoder that reads or guesses the article's language, by its name.
    """

    article: Article
    passages: tuple[Passage, ...]
    pieces: tuple[str, ...]
    owners: tuple[int, ...]
    stems: Counts
    phrases: Counts
    letters: Counts
    vectors: dict[str, Vectors]


@dataclass(frozen=True)
class Vocabularies:
    """The numbers of what the articles of one language consist of."""

    stems: Vocabulary = field(default_factory=Vocabulary)
    phrases: Vocabulary = field(default_factory=Vocabulary)
    letters: Vocabulary = field(default_factory=Vocabulary)


def prepare(
    articles: Sequence[Article], vocabularies: Vocabularies, encoders: Sequence[Encoder]
) -> list[Prepared]:
    """Articles of one language, made ready."""
    cut = [(article, passages(article)) for article in articles]
    pieces = [_pieces(article, found) for article, found in cut]
    vectors = _encode(articles, [[text for text, _ in each] for each in pieces], encoders)
    return [
        Prepared(
            article,
            found,
            tuple(text for text, _ in mine),
            tuple(owner for _, owner in mine),
            vocabularies.stems.count(list(_stems(article, found)), grow=True),
            vocabularies.phrases.count(phrases(_text(article, 2), article.lang), grow=True),
            vocabularies.letters.count(letters(_text(article, 1)), grow=True),
            theirs,
        )
        for (article, found), mine, theirs in zip(cut, pieces, vectors, strict=True)
    ]


def prepared_pieces(article: Article) -> list[str]:
    """The texts of an article that encoders read, besides its title."""
    return [text for text, _ in _pieces(article, passages(article))]


def _encode(
    articles: Sequence[Article], pieces: Sequence[Sequence[str]], encoders: Sequence[Encoder]
) -> list[dict[str, Vectors]]:
    """Titles and pieces of all articles at once: many texts go faster than a few at a time."""
    made: list[dict[str, Vectors]] = [{} for _ in articles]
    if not articles:
        return made
    titles = [article.title for article in articles]
    every = [*titles, *(text for each in pieces for text in each)]
    for encoder in encoders:
        lang = articles[0].lang
        if not (reads(encoder, lang) or encoder.guesses):
            continue
        found = encoder.encode(every, lang, keep=True)
        start = len(titles)
        for number, each in enumerate(pieces):
            title = found[number] if titles[number].strip() else np.zeros_like(found[number])
            made[number][encoder.name] = Vectors(title, found[start : start + len(each)])
            start += len(each)
    return made


def _pieces(article: Article, found: Sequence[Passage]) -> list[tuple[str, int]]:
    """Texts to encode, with the passage that each is of."""
    return list(islice(_all_pieces(article, found), MAX_PIECES))


def _all_pieces(article: Article, found: Sequence[Passage]) -> Iterator[tuple[str, int]]:
    for extra in (article.summary, ", ".join(article.keywords)):
        if extra:
            yield _joined(article.title, extra), 0
    for number, passage in enumerate(found):
        for text in _cut(plain_text(passage.text), article.lang):
            yield _joined(article.title, passage.heading, text), number
    if not found:
        yield article.title, 0


def _cut(text: str, lang: str) -> Iterator[str]:
    """Pieces of whole sentences."""
    waiting: list[str] = []
    count = 0
    for line in text.splitlines():
        parts = [line]
        if count + len(line.split()) > PIECE_WORDS:  # else it need not be cut anywhere
            parts = [each.text for each in sentences(line, lang, limit=len(line))]
        for part in parts:
            words = len(part.split())
            if waiting and count + words > PIECE_WORDS:
                yield " ".join(waiting)
                waiting, count = [], 0
            waiting.append(part)
            count += words
    if waiting:
        yield " ".join(waiting)


def _joined(*parts: str) -> str:
    """Parts as sentences.

    >>> _joined("Where is my order?", "", "Follow the link")
    'Where is my order? Follow the link'
    """
    given = [part.strip() for part in parts if part.strip()]
    ends = [part if part[-1] in ".?!:" else f"{part}." for part in given[:-1]]
    return " ".join([*ends, *given[-1:]])


def _stems(article: Article, found: Sequence[Passage]) -> Iterator[str]:
    named = [article.title, *article.keywords, *(passage.heading for passage in found)]
    yield from stems("\n".join(named), article.lang) * _TITLE_WEIGHT
    yield from stems(f"{article.summary}\n{plain_text(article.body_markdown)}", article.lang)


def _text(article: Article, titles: int) -> str:
    parts = [*[article.title] * titles, *article.keywords, article.summary]
    return "\n".join([*parts, plain_text(article.body_markdown)])
