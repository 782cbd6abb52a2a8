"""How a customer sounds, and whether they speak of something that a bot must not handle alone."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bot.errors import NluError
from bot.nlu.calibration import softmax
from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import Encoder
from bot.nlu.meaning import Encode, encode_now
from bot.nlu.phrases import compile_phrases

UPSET, URGENT, PLEASED, NEUTRAL = "upset", "urgent", "pleased", "neutral"
TONES = (UPSET, URGENT, PLEASED, NEUTRAL)
PRECISION = 0.92
"""Least share of those taken for upset that are, when the threshold is chosen (docs/tone.md)."""
MAX_CHARACTERS = 4096
"""Of a text, as many as the sentence encoder looks at."""

# "Damn, what a jacket": no upset example with a strong phrase was half as likely to be pleased.
_HAPPY_SWEARING = 0.6
_SHOUTING_MIN_LETTERS = 12
_SHOUTING_SHARE = 0.7
_EXCLAIMS = re.compile(r"!{2,}|\?!|!\?")
_CAPITALS = re.compile(r"\b[^\W\d_]{3,}\b")
_HAPPY, _CROSS = frozenset("😊🙂😀😃😄😁🥰😍❤🎉🙌👍👏💪🤗🥹"), frozenset("😡🤬😠👎😤🤮💩🙄")
_REGULARISATION = 10.0
_LEAST_SHARE = 1e-6
_FILE = "tone.json"

Array = NDArray[Any]
Phrases = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Tone:
    """How a text sounds.

    Attributes:
        label: one of `TONES`.
        confidence: its probability.
    """

    label: str
    confidence: float


@dataclass(frozen=True)
class ToneExample:
    """A sentence and how it sounds."""

    text: str
    tone: str
    language: str


class ToneSigns:
    """What shows outwardly: phrases, capitals, exclamation marks, emoji.

    Args:
        phrases: groups by language, as in `data/lookups/tone.yml`: `strong`, `mild` and any others.
    """

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases
        self._groups = {name: compile_phrases(_all(langs)) for name, langs in phrases.items()}
        self._strong = compile_phrases(_all(phrases.get("strong", {})))
        self._mild = compile_phrases(_all(phrases.get("mild", {})))

    def angry(self, text: str) -> bool:
        """Whether the signs alone say it: a strong phrase, or two mild signs."""
        if self._strong.search(text):
            return True
        signals = len({found.lower() for found in self._mild.findall(text)})
        signals += bool(_EXCLAIMS.search(text)) + _shouts(text)
        return signals >= 2

    def numbers(self, text: str) -> list[float]:
        """The signs as numbers of about 0 to 1.5."""
        groups = (len({f.lower() for f in p.findall(text)}) for p in self._groups.values())
        loud = sum(word.isupper() for word in _CAPITALS.findall(text))
        characters = set(text)
        return [
            *(min(3, count) / 2 for count in groups),
            float(_shouts(text)),
            min(3, loud) / 3,
            float(bool(_EXCLAIMS.search(text))),
            float("!" in characters),
            float("?" in characters),
            float(bool(characters & _HAPPY)),
            float(bool(characters & _CROSS)),
            float(np.log1p(len(text.split()))) / 4,
        ]


class ToneDetector:
    """Tells `upset`, `urgent`, `pleased` and `neutral` from each other.

    The classifier of intents learns the tones as if they were intents; multinomial logistic
    regression puts the signs to what it says of each example without that example (stacking,
    Wolpert 1992), which makes calibrated probabilities.

    Upset is who the signs alone say is, unless the words are happy, and who is likely enough to
    be: the threshold is the lowest at which `PRECISION` is kept among the examples. Everybody else
    has the likeliest of the other tones.

    Attributes:
        classes_: the tones of the examples, in the order of the probabilities' columns.
        threshold_: least probability of `upset`.

    Args:
        phrases: as of `ToneSigns`.
        encoder: as of `IntentClassifier`.
    """

    def __init__(self, phrases: Phrases, encoder: Encoder | None = None) -> None:
        self.classes_: Array = np.array([], dtype=str)
        self.threshold_ = 1.0
        self._signs = ToneSigns(phrases)
        self._signs_precision = 0.0
        self._classifier = IntentClassifier(encoder)
        self._weights, self._offset = np.zeros((0, 0)), np.zeros(0)

    def fit(
        self, texts: Sequence[str], tones: Sequence[str], *, encode: Encode = encode_now
    ) -> ToneDetector:
        """Learns from examples.

        Args:
            encode: how the examples are encoded, e.g. with a cache on disk.

        Raises:
            NluError: there are not two examples of `upset` and of another tone each.
        """
        _check_examples(tones)
        texts = [text[:MAX_CHARACTERS] for text in texts]
        self._classifier.fit(texts, tones, encode=encode)
        self.classes_ = self._classifier.classes_
        known = self._features(texts, self._classifier.left_out_)
        model = LogisticRegression(C=_REGULARISATION, max_iter=3000).fit(known, np.asarray(tones))
        # Of two tones scikit-learn keeps the log-odds of the second.
        pair = len(self.classes_) == 2
        self._weights = np.vstack([-model.coef_, model.coef_]) / 2 if pair else model.coef_
        self._offset = np.array([-1, 1]) * model.intercept_ / 2 if pair else model.intercept_
        upset = np.asarray(tones) == UPSET
        column = self.classes_.tolist().index(UPSET)
        self.threshold_ = _threshold(self._shares(known)[:, column], upset)
        angry = np.array([self._signs.angry(text) for text in texts])
        # As if one more had been right and one wrong, so that few examples promise little.
        self._signs_precision = float(((angry & upset).sum() + 1) / (angry.sum() + 2))
        return self

    def predict_proba(self, texts: Sequence[str]) -> Array:
        """Probability of each tone, a row for each text."""
        texts = [text[:MAX_CHARACTERS] for text in texts]
        return self._shares(self._features(texts, self._classifier.predict_proba(texts)))

    def detect(self, text: str) -> Tone:
        """How a text sounds; one without a word or an emoji is neutral."""
        return self.decide([text], self.predict_proba([text]))[0]

    def decide(self, texts: Sequence[str], shares: Array) -> list[Tone]:
        """The tones of texts whose probabilities are known.

        Args:
            shares: as of `predict_proba`.
        """
        return [self._decide(text, row) for text, row in zip(texts, shares, strict=True)]

    def save(self, folder: Path) -> None:
        """Writes the model into a folder: arrays and JSON, nothing that runs when it is read."""
        self._classifier.save(folder)
        content = {
            "threshold": self.threshold_,
            "signs_precision": self._signs_precision,
            "weights": self._weights.tolist(),
            "offset": self._offset.tolist(),
            "phrases": self._signs.phrases,
        }
        (folder / _FILE).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: Encoder | None = None) -> ToneDetector:
        """Reads a model back.

        Args:
            encoder: the one that it was trained with.

        Raises:
            NluError: the model is damaged, or another encoder's.
        """
        try:
            content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
            detector = cls(content["phrases"], encoder)
            detector.threshold_ = float(content["threshold"])
            detector._signs_precision = float(content["signs_precision"])
            detector._weights = np.array(content["weights"], dtype=float)
            detector._offset = np.array(content["offset"], dtype=float)
            detector._classifier = IntentClassifier.load(folder, encoder)
            detector.classes_ = detector._classifier.classes_
            tones = len(detector.classes_)
            signs = len(detector._signs.numbers(""))
            if detector._weights.shape != (tones, tones + signs) or len(detector._offset) != tones:
                raise ValueError("its parts do not fit together")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NluError(
                f"The tone detector in '{folder}' cannot be read: {error}. Train a new model."
            ) from error
        return detector

    def _features(self, texts: Sequence[str], shares: Array) -> Array:
        signs = [self._signs.numbers(text) for text in texts]
        return np.hstack([np.log(np.maximum(shares, _LEAST_SHARE)), signs])

    def _shares(self, features: Array) -> Array:
        return softmax(features @ self._weights.T + self._offset)

    def _decide(self, text: str, shares: Array) -> Tone:
        of = dict(zip(self.classes_.tolist(), shares.tolist(), strict=True))
        upset = of.pop(UPSET)
        if not any(letter.isalpha() or letter in _HAPPY | _CROSS for letter in text):
            return Tone(NEUTRAL, of.get(NEUTRAL, 0.0))
        if self._signs.angry(text[:MAX_CHARACTERS]) and of.get(PLEASED, 0.0) < _HAPPY_SWEARING:
            return Tone(UPSET, max(upset, self._signs_precision))
        if upset >= self.threshold_:
            return Tone(UPSET, upset)
        best = max(of, key=of.__getitem__)
        return Tone(best, of[best])


class SensitiveTopics:
    """Finds topics that need a person at once.

    Args:
        phrases: topic (`fraud`, `injury`, `legal`, ...) to phrases by language.
    """

    def __init__(self, phrases: Phrases) -> None:
        self._topics = {topic: compile_phrases(_all(langs)) for topic, langs in phrases.items()}

    def detect(self, text: str) -> tuple[str, str] | None:
        """The first topic found and the words that spoke of it, or None."""
        for topic, pattern in self._topics.items():
            found = pattern.search(text)
            if found:
                return topic, found[0]
        return None


def read_tones(folder: Path) -> list[ToneExample]:
    """Reads a folder of files `<language>.yml`, each of lists of sentences by tone.

    Raises:
        NluError: there is no file, one cannot be used, or a text is in two tones.
    """
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise NluError(f"{folder}: there are no examples; expected files such as en.yml in it.")
    examples = [example for path in paths for example in _read(path)]
    tones: dict[str, str] = {}
    for one in examples:
        if tones.setdefault(one.text.lower(), one.tone) != one.tone:
            raise NluError(
                f"{folder / one.language}.yml: '{one.text}' is an example of two tones, "
                f"{tones[one.text.lower()]} and {one.tone}. Keep one."
            )
    return examples


def _read(path: Path) -> list[ToneExample]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NluError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict) or not content.keys() <= set(TONES):
        raise NluError(f"{path}: expected lists of sentences under {', '.join(TONES)}.")
    for tone, texts in content.items():
        if not isinstance(texts, list):
            raise NluError(f"{path}, {tone}: expected a list of sentences.")
        for text in texts:
            if not isinstance(text, str) or not text.strip():
                raise NluError(
                    f"{path}, {tone}: {text!r} is not a sentence. Put it in quotes if it is meant."
                )
    return [ToneExample(text, tone, path.stem) for tone, texts in content.items() for text in texts]


def _check_examples(tones: Sequence[str]) -> None:
    counts = Counter(tones)
    if unknown := set(counts) - set(TONES):
        raise NluError(f"There is no tone '{min(unknown)}'; there are {', '.join(TONES)}.")
    if counts[UPSET] < 2 or len(counts) < 2 or min(counts.values()) < 2:
        raise NluError(
            "Tones are learned from two examples at least of upset and of another tone, and of "
            f"every tone that has any; there are {dict(counts)}."
        )


def _threshold(shares: Array, upset: Array) -> float:
    """The lowest probability from which on `PRECISION` is kept; above 1 if it never is."""
    order = np.argsort(-shares, kind="stable")
    kept = np.cumsum(upset[order]) / np.arange(1, len(order) + 1) >= PRECISION
    return float(shares[order][np.flatnonzero(kept)[-1]]) if kept.any() else 1.01


def _all(by_language: Mapping[str, Sequence[str]]) -> list[str]:
    return [phrase for phrases in by_language.values() for phrase in phrases]


def _shouts(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    if len(letters) < _SHOUTING_MIN_LETTERS:
        return False
    return sum(character.isupper() for character in letters) / len(letters) >= _SHOUTING_SHARE
