"""Makes the model behind language detection: `python -m bot.trainer.languages`.

How frequent a word is comes from the word lists of `wordfreq` (CC BY-SA 4.0), for Svara's languages
mixed with the project's own texts: training examples and articles. What a piece of a word says is
learned from the same lists, by logistic regression. It takes a few minutes; run it again when the
texts have changed much.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
import yaml
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from wordfreq import get_frequency_dict

from bot.errors import NluError
from bot.nlu.language import HABIT_WEIGHT, PIECES_WEIGHT, habits
from bot.nlu.language_model import (
    LATIN,
    MODEL,
    STEP,
    Array,
    LanguageModel,
    hashed,
    pieces_of,
    script,
    words_of,
)
from bot.settings import LANGUAGES
from bot.trainer.examples import read_examples
from kb_connector.article import Article
from kb_connector.markdown import fold, plain_text
from kb_connector.sources.markdown import MarkdownSource

OTHERS = (
    *("de", "nl", "is", "fi", "fr", "es", "it", "pt", "ca", "ro", "pl", "cs", "sk", "sl", "sh"),
    *("hu", "lt", "lv", "tr", "id", "fil", "vi", "ru", "uk", "bg", "mk", "ar", "fa", "ur"),
)
"""Languages that are told from Svara's, by `wordfreq`'s codes."""
ISO_639_1 = {"sh": "hr", "fil": "tl"}
OTHERS_WORDS = 5000
"""Words of each of them."""
FREQUENT = 1e-6
"""Least frequency of a word of Svara's languages: what the shortest list, the Danish, has."""
UNKNOWN = 3e-7
"""Frequency of a word that a language does not have."""
BORROWED = 0.03
"""Share of English words in a text of the other languages."""
OWN_TEXTS = 0.1
"""Share of the project's own texts in a word's frequency."""
UNACCENTED = 0.03
"""Share of customers who write `a` for `å` and the like."""
EXTRA = 2e-4
"""Frequency of a word of `EXTRA_WORDS`."""
EXTRA_WORDS, ARTICLES = Path("data/lookups/languages.yml"), Path("data/kb")

BUCKETS = 2**16
REGULARISATION, STEPS, DAMPED = 3.0, 2000, 0.3
PIECES_EXAMPLES = 5000
"""Weight of a language's words in the training of pieces."""
_DIGRAPHS = str.maketrans({"å": "aa", "æ": "ae", "ø": "oe"})

Frequencies = Mapping[str, float]


def own_texts(*, examples: bool = True) -> dict[str, list[str]]:
    """The project's own texts by language.

    Args:
        examples: take the training examples as well as the articles.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    for article in MarkdownSource(ARTICLES).changes(None):
        if isinstance(article, Article):
            texts[article.lang] += [article.title, article.summary, *article.keywords]
            texts[article.lang] += (
                plain_text(article.body_markdown).replace(". ", "\n").splitlines()
            )
    if examples:
        for example in read_examples():
            texts[example.language].append(example.text)
    return texts


def extra_words(path: Path = EXTRA_WORDS) -> dict[str, list[str]]:
    """Words that the lists lack, by language.

    Raises:
        NluError: the file is missing or has another shape.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {str(lang): str(words).split() for lang, words in content["words"].items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise NluError(f"{path}: expected `words:` with languages below it: {error}") from error


def own_frequencies(language: str, texts: Iterable[str], extra: Iterable[str] = ()) -> Frequencies:
    """Share of each word in one of Svara's languages."""
    listed = get_frequency_dict(language, wordlist="best").items()
    found = {
        word: share for word, share in listed if share >= FREQUENT and words_of(word) == [word]
    }
    counts = Counter(word for text in texts for word in words_of(text))
    mixed: dict[str, float] = defaultdict(float)
    for word, share in found.items():
        mixed[word] += share * (1 - OWN_TEXTS)
    for word, count in counts.items():
        mixed[word] += OWN_TEXTS * count / counts.total()
    for word in extra:
        mixed[word] = max(mixed[word], EXTRA)
    for word, share in list(mixed.items()):
        for unaccented in {fold(word), word.translate(_DIGRAPHS)} - {word}:
            mixed[unaccented] += UNACCENTED * share
    return mixed


def other_frequencies(language: str) -> Frequencies:
    """The most frequent words of a language that is not Svara's; single letters are initials."""
    listed = get_frequency_dict(language, wordlist="small")
    words = [word for word in listed if words_of(word) == [word]]
    words = [word for word in words if len(word) > 1 or script(word) != LATIN]
    words.sort(key=lambda word: (-listed[word], word))
    return {word: listed[word] for word in words[:OTHERS_WORDS]}


def word_table(frequencies: Sequence[Frequencies], own: int) -> tuple[Array, Array]:
    """Hashes of all words, ascending, and their values in each language, as the model has them."""
    words = sorted({word for of_one in frequencies for word in of_one})
    shares = np.array([[of_one.get(word, 0.0) for of_one in frequencies] for word in words])
    shares[:, 1:own] += BORROWED * shares[:, :1]
    values = np.rint(np.log1p(shares / UNKNOWN) / STEP).clip(0, 255).astype(np.uint8)
    hashes, first = np.unique(np.array([hashed(w) for w in words], np.uint32), return_index=True)
    return hashes, values[first]


def piece_table(frequencies: Sequence[Frequencies], buckets: int = BUCKETS) -> tuple[Array, float]:
    """What pieces say for each of Svara's languages, in steps, and the step in nats.

    Logistic regression over single words. A word counts for each language by its share of the
    word's uses, and by the power `DAMPED` of how frequent it is.
    """
    words = sorted({w for of_one in frequencies for w in of_one if script(w[0]) == LATIN})
    shares = np.array([[of_one.get(word, 0.0) for of_one in frequencies] for word in words])
    total = shares.sum(axis=1, keepdims=True)
    weights = shares / total * total**DAMPED
    weights *= PIECES_EXAMPLES / weights.sum(axis=0)
    columns = [[hashed(piece) % buckets for piece in pieces_of(word)] for word in words]
    ends = np.cumsum([0, *map(len, columns)])
    flat = np.concatenate(columns)
    features = csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(words), buckets))
    row, language = np.nonzero(weights)
    model = LogisticRegression(
        C=REGULARISATION, max_iter=STEPS, multi_class="multinomial", fit_intercept=False
    )
    model.fit(features[row], language, sample_weight=weights[row, language])
    step = float(np.abs(model.coef_).max() / 127)
    return np.rint(model.coef_.T / step).astype(np.int8), step


def make_model(texts: Mapping[str, Sequence[str]]) -> LanguageModel:
    """The model for these texts of our own."""
    extra = extra_words()
    own = [own_frequencies(lang, texts.get(lang, ()), extra.get(lang, ())) for lang in LANGUAGES]
    pieces, step = piece_table(own)
    words, values = word_table([*own, *map(other_frequencies, OTHERS)], len(LANGUAGES))
    languages = (*LANGUAGES, *(ISO_639_1.get(lang, lang) for lang in OTHERS))
    return LanguageModel(languages, len(LANGUAGES), words, values, pieces, step)


def best_weights(model: LanguageModel, texts: Iterable[tuple[str, str]]) -> tuple[float, float]:
    """What pieces and habits should count beside words for texts to be likeliest in their language.

    Args:
        model: one that has not seen the texts.
        texts: pairs of text and language.
    """
    said, right = [], []
    for text, language in texts:
        known, pieces = model.evidence(words_of(text))
        shown = Counter(habits(text))
        said.append((known[: model.own], pieces, [shown[lang] for lang in LANGUAGES]))
        right.append(LANGUAGES.index(language))
    evidence, rows = np.array(said, float), np.arange(len(right))

    def loss(weights: Array) -> float:
        scores = np.einsum("nkl,k->nl", evidence, weights)
        return float((logsumexp(scores, axis=1) - scores[rows, right]).mean())

    words, pieces, habit = minimize(loss, [1, PIECES_WEIGHT, HABIT_WEIGHT], method="Nelder-Mead").x
    return pieces / words, habit / words


def main() -> int:
    """Says which weights fit examples that a model has not seen, and makes the file."""
    starts = [(" ".join(e.text.split()[:3]), e.language) for e in read_examples()]
    pieces, habit = best_weights(make_model(own_texts(examples=False)), starts)
    click.echo(
        f"For the examples' first three words, pieces should count {pieces:.2f} (in use: "
        f"{PIECES_WEIGHT}) and habits {habit:.2f} (in use: {HABIT_WEIGHT})."
    )
    model = make_model(own_texts())
    model.save(MODEL)
    click.echo(f"{MODEL}: {len(model.words)} words, {MODEL.stat().st_size / 1e6:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
