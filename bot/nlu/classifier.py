"""Which intent a text has, how sure that is, and whether it is about anything known at all.

Kernel ridge regression on the meaning (sentence vectors) and the words (TF-IDF) of a text. All
that has to be chosen and calibrated is, on what it says of each example without that example.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import NluError
from bot.nlu import calibration
from bot.nlu.encoder import Encoder, load_encoder, load_english_encoder
from bot.nlu.meaning import Encode, Meaning, encode_now
from bot.nlu.ridge import fit_ridge
from bot.nlu.stored import load_stored, save_stored
from bot.nlu.word_features import KINDS, FittedWords, WordFeatures

Array = NDArray[Any]

SEED = 42
MAX_LANDMARKS = 12_000
"""Examples that a text is compared with; of more, that many are drawn."""
CHOICE_ROWS = 2_000
"""Examples on which the settings are chosen."""
_BLOCK = 512
NEIGHBOURS = 5
"""Nearest examples whose mean likeness says how well a kind of text is known."""
_FORMAT = 3


@dataclass(frozen=True)
class Choices:
    """What is chosen for a training set, by leaving one example out.

    Attributes:
        narrowness: of the meaning's kernel, exp(narrowness * (cosine - 1)).
        words: weight of the words' kernel beside the meaning's.
        strength: of the ridge penalty.
    """

    narrowness: float = 1.5
    words: float = 0.3
    strength: float = 0.1


_ALTERNATIVES: dict[str, tuple[float, ...]] = {
    "narrowness": (0.75, 3.0),
    "words": (0.1, 1.0),
    "strength": (0.03, 0.3, 1.0),
}


class IntentClassifier:
    """Tells which intent a text has.

    Args:
        encoder: the multilingual sentence encoder; default the one that comes with Svara.
        english: a second one, for English texts; default the one that comes with Svara when the
            first does too, else none.

    Attributes:
        classes_: the intents, in the order of the probabilities' columns.
        left_out_: (examples, intents) probabilities of each training example, by a model that had
            not seen it; only after `fit`.
        left_out_foreignness_: (examples,) their out-of-scope scores; only after `fit`.
        vectors_: (examples, dimensions) unit vectors of the training examples; only after `fit`.
    """

    def __init__(self, encoder: Encoder | None = None, english: Encoder | None = None) -> None:
        if encoder is None:
            encoder, english = load_encoder(), load_english_encoder()
        self._meaning = Meaning(encoder, english)
        self.classes_: Array = np.array([], dtype=str)
        self.left_out_: Array = np.zeros((0, 0))
        self.left_out_foreignness_: Array = np.zeros(0)
        self.vectors_: Array = np.zeros((0, 0))
        self._choices = Choices()
        self._landmarks: Array = np.zeros((0, 0))
        self._coefficients: Array = np.zeros((0, 0))
        self._words: list[WordFeatures] = []
        self._base: Array = np.zeros(0)
        self._usual: Array = np.zeros(0)
        self._link = calibration.Link()
        self._foreign: str | None = None

    def fit(
        self,
        texts: Sequence[str],
        intents: Sequence[str],
        *,
        foreign: str | None = None,
        encode: Encode = encode_now,
    ) -> IntentClassifier:
        """Learns from examples.

        Args:
            texts: one example at least.
            intents: of each text.
            foreign: the intent, if there is one, whose examples are about nothing that is known.
            encode: how the examples are encoded, e.g. with a cache on disk.

        Raises:
            NluError: there are no examples, or there is an intent without a name.
        """
        if not texts or len(texts) != len(intents):
            raise NluError(
                f"There are {len(texts)} texts and {len(intents)} intents to train on; "
                "give at least one example, and an intent for each."
            )
        if not all(intents):
            raise NluError("There are examples without an intent. Give each one a name.")
        self.classes_, right = np.unique(np.asarray(intents, dtype=str), return_inverse=True)
        self._foreign = foreign if foreign in self.classes_ else None
        vectors = self.vectors_ = self._meaning.fit(texts, encode)
        words = FittedWords(texts)
        everything = np.arange(len(texts))
        chance = np.random.default_rng(SEED)
        landmarks = _draw(chance, len(texts), MAX_LANDMARKS)
        self._choices = _choose(vectors, words, right, _draw(chance, len(texts), CHOICE_ROWS))
        near = _likeness(vectors, vectors[landmarks], self._choices.narrowness)
        own = (landmarks, np.arange(len(landmarks)))
        near[own] = 0  # the nearness is to the others
        nearness = _nearness(near)
        near[own] = 1
        near += self._choices.words * words.kernel(everything, landmarks)
        targets, self._base = _targets(right, len(self.classes_))
        fitted = fit_ridge(near, landmarks, targets, self._choices.strength)
        left_out = fitted.left_out + self._base
        self._landmarks = vectors[landmarks]
        self._coefficients = fitted.coefficients
        self._words = words.weighted(landmarks, fitted.coefficients, self._choices.words)
        self._link = calibration.fit_link(left_out, right)
        self.left_out_ = self._link.shares(left_out)
        known = self._knownness(left_out, nearness)
        ours = self.classes_[right] != self._foreign
        self._usual = np.sort(known[ours]).astype(np.float32)
        self.left_out_foreignness_ = calibration.unusual(known, self._usual)
        return self

    @property
    def choices(self) -> Choices:
        """What was chosen for the training set."""
        return self._choices

    def predict_proba(self, texts: Sequence[str]) -> Array:
        """Probability of each intent (texts, intents)."""
        return self._link.shares(self._scores(texts)[0])

    def predict(self, texts: Sequence[str]) -> Array:
        """The likeliest intent of each text."""
        best: Array = self.classes_[self.predict_proba(texts).argmax(axis=1)]
        return best

    def out_of_scope(self, texts: Sequence[str]) -> Array:
        """How foreign each text is (texts,), 0 to 1.

        Of texts like the training examples, one in twenty is above .95, one in a hundred above
        .99. It needs no out-of-scope examples, and gains by them.
        """
        scores, nearness = self._scores(texts)
        return calibration.unusual(self._knownness(scores, nearness), self._usual)

    def assess(self, text: str) -> tuple[Array, float]:
        """Probabilities (intents,) and out-of-scope score of one text, computed together."""
        scores, nearness = self._scores([text])
        foreignness = calibration.unusual(self._knownness(scores, nearness), self._usual)
        return self._link.shares(scores)[0], float(foreignness[0])

    def save(self, folder: Path) -> None:
        """Writes the model into a folder: arrays and JSON, nothing that runs when it is read."""
        arrays = {
            "landmarks": self._landmarks.astype(np.float16),
            "coefficients": self._coefficients,
            "base": self._base,
            "usual": self._usual,
            **{f"meaning_{name}": each for name, each in self._meaning.arrays().items()},
        }
        for kind, features in zip(KINDS, self._words, strict=True):
            arrays |= {f"{kind}_idf": features.idf, f"{kind}_weights": features.weights}
        content = {
            "format": _FORMAT,
            "encoder": self._meaning.encoder.name,
            "english": self._meaning.english.name if self._meaning.english else None,
            "intents": self.classes_.tolist(),
            "foreign": self._foreign,
            "link": asdict(self._link),
            "choices": asdict(self._choices),
            "features": {
                kind: features.words for kind, features in zip(KINDS, self._words, strict=True)
            },
        }
        save_stored(folder, content, arrays)

    @classmethod
    def load(
        cls, folder: Path, encoder: Encoder | None = None, english: Encoder | None = None
    ) -> IntentClassifier:
        """Reads a model back.

        Raises:
            NluError: it is damaged, was written by another version or with another encoder.
        """
        content, arrays = load_stored(folder, "intent classifier")
        model = cls(encoder, english)
        try:
            model._restore(content, arrays)
        except (ValueError, KeyError, TypeError) as error:
            raise NluError(
                f"The intent classifier in '{folder}' cannot be used: {error}. Train a new model."
            ) from error
        return model

    def _restore(self, content: dict[str, Any], arrays: dict[str, Array]) -> None:
        if content["format"] != _FORMAT:
            raise ValueError(f"its format is {content['format']}, not {_FORMAT}")
        english = self._meaning.english.name if self._meaning.english else None
        if (content["encoder"], content["english"]) != (self._meaning.encoder.name, english):
            raise ValueError("it was trained with another sentence encoder")
        self.classes_ = np.array(content["intents"], dtype=str)
        self._foreign = content["foreign"]
        self._link = calibration.Link(**content["link"])
        self._choices = Choices(**content["choices"])
        self._landmarks = np.ascontiguousarray(arrays["landmarks"], dtype=np.float32)
        self._coefficients, self._base = arrays["coefficients"], arrays["base"]
        self._usual = arrays["usual"]
        prefix = "meaning_"
        self._meaning.restore(
            {name[len(prefix) :]: each for name, each in arrays.items() if name.startswith(prefix)}
        )
        shape = (len(self._landmarks), len(self.classes_))
        if self._coefficients.shape != shape or self._base.shape != shape[1:]:
            raise ValueError("the coefficients do not fit together")
        for kind in KINDS:
            words, idf = content["features"][kind], arrays[f"{kind}_idf"]
            weights = arrays[f"{kind}_weights"]
            if weights.shape != (len(words), shape[1]) or idf.shape != (len(words),):
                raise ValueError(f"the parts of '{kind}' do not fit together")
            self._words.append(WordFeatures(kind, words, idf, weights))

    def _scores(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Scores (texts, intents) and nearness (texts,)."""
        near = _likeness(self._meaning.vectors(texts), self._landmarks, self._choices.narrowness)
        scores = near @ self._coefficients + self._base
        for row, text in enumerate(texts):
            for features in self._words:
                scores[row] += features.scores(text)
        return scores, _nearness(near)

    def _knownness(self, scores: Array, nearness: Array) -> Array:
        """How much a text is like what is known: the best intent's score, which fades to nothing
        far from all examples, and the likeness to the nearest ones."""
        if self._foreign is None:
            known: Array = scores.max(axis=1) + nearness
            return known
        ours = self.classes_ != self._foreign
        foreign = scores[:, ~ours][:, 0]
        best = scores[:, ours].max(axis=1) if ours.any() else 0.0
        return np.asarray(best - foreign + nearness)


def _choose(vectors: Array, words: FittedWords, right: Array, rows: Array) -> Choices:
    """One setting after the other, each the best of what is tried for it, on some rows.

    By the Brier score: the log-loss is ruled by the few that are wrong and sure.
    """
    cosines = vectors[rows] @ vectors[rows].T
    said = words.kernel(rows, rows)
    _, right = np.unique(right[rows], return_inverse=True)
    targets, base = _targets(right, right.max() + 1)

    def loss(tried: Choices) -> float:
        kernel = np.exp(tried.narrowness * (cosines - 1)) + tried.words * said
        fitted = fit_ridge(kernel, np.arange(len(rows)), targets, tried.strength)
        left_out = fitted.left_out + base
        link = calibration.fit_link(left_out, right, floors=(calibration.Link.floor,))
        return calibration.brier(link.shares(left_out), right)

    best, least = Choices(), loss(Choices())
    for name, values in _ALTERNATIVES.items():
        for tried in [replace(best, **{name: value}) for value in values]:
            lost = loss(tried)
            if lost < least:
                best, least = tried, lost
    return best


def _draw(chance: np.random.Generator, count: int, most: int) -> Array:
    if count <= most:
        return np.arange(count)
    drawn: Array = np.sort(chance.permutation(count)[:most])
    return drawn


def _targets(right: Array, classes: int) -> tuple[Array, Array]:
    """One for the right class, less the class's share; and the shares."""
    shares = np.bincount(right, minlength=classes) / len(right)
    targets = np.zeros((len(right), classes), dtype=np.float32)
    targets[np.arange(len(right)), right] = 1
    return targets - shares.astype(np.float32), shares.astype(np.float32)


def _likeness(rows: Array, columns: Array, narrowness: float) -> Array:
    # for a single row, a product of matrices takes ten times as long as that of matrix and vector
    found: Array = (columns @ rows[0])[None] if len(rows) == 1 else rows @ columns.T
    found -= 1
    found *= narrowness
    return np.exp(found, out=found)


def _nearness(near: Array) -> Array:
    """Mean likeness (rows,) to the nearest examples."""
    count = min(NEIGHBOURS, near.shape[1])
    found = np.empty(len(near), dtype=near.dtype)
    for start in range(0, len(near), _BLOCK):  # a copy of a block, not of all
        block = near[start : start + _BLOCK]
        nearest = np.partition(block, -count, axis=1)[:, -count:]
        found[start : start + _BLOCK] = nearest.mean(axis=1)
    return found
