"""From what the search sees of an article to one number that articles are ordered by.

A weighted sum. The weights are in `ranking.json`, learned by `kb_connector.search.learning`; there
are five sets of them, for what there is to see:

- `words`: no encoder
- `meaning`: a multilingual encoder too
- `own`: an encoder of the article's own language besides
- `abroad`: the question is in another language, so that only the multilingual encoder helps
- `guessed`: likewise, but an encoder of one language has guessed the vectors of other texts
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.errors import CalibrationError

Array = NDArray[Any]
Features = Mapping[str, Array]

WORDS, MEANING, OWN, ABROAD, GUESSED = "words", "meaning", "own", "abroad", "guessed"
_WORDS = ("bm25", "phrases", "letters")
_MEANING = ("title", "pieces", "mean")
_OWN = ("title_own", "pieces_own", "mean_own")
SEEN: dict[str, tuple[str, ...]] = {
    WORDS: _WORDS,
    MEANING: (*_WORDS, *_MEANING, "asked"),
    OWN: (*_WORDS, *_MEANING, *_OWN, "asked"),
    ABROAD: (*_MEANING, "asked"),
    GUESSED: (*_MEANING, *_OWN, "asked"),
}
"""What each set of weights is for:

- bm25, phrases, letters: likeness by words, by words and pairs of words, by groups of letters
- title, pieces, mean: likeness in meaning to the title, to the likest piece, to the whole; with
  `_own` by the encoder of one language
- asked: nearness to a question that the article has answered before
- topic (with every set): 1 when the question's intent is one of the article's
"""
TOPIC = "topic"
CONFIDENCE = ("score", "margin", "meaning", "words", TOPIC)
"""What the confidence is computed from: score, its distance to the best other article's, likeness
in meaning to the likest piece (mean of the encoders), likeness by words, and the topic."""
_FILE = Path(__file__).with_name("ranking.json")


@dataclass(frozen=True)
class Ranking:
    """Weights and calibration.

    Attributes:
        weights: by set and feature.
        confidence: by set, the logistic function: `intercept` and a weight for each of
            `CONFIDENCE`.
        answer_at: confidence from which an answer is right nine times of ten.
        offer_at: confidence from which an article is worth offering.
    """

    weights: Mapping[str, Mapping[str, float]]
    confidence: Mapping[str, Mapping[str, float]]
    answer_at: float
    offer_at: float

    def score(self, kind: str, features: Features) -> Array:
        """Scores (articles,)."""
        weights = self.weights[kind]
        parts = [weights[name] * features[name] for name in (*SEEN[kind], TOPIC)]
        total: Array = np.sum(parts, axis=0)
        return total

    def probability(self, kind: str, seen: Mapping[str, float]) -> float:
        """Probability (0..1) that an article answers the question.

        Args:
            seen: a value for each of `CONFIDENCE`.
        """
        weights = self.confidence[kind]
        total = weights["intercept"] + sum(weights[name] * seen[name] for name in CONFIDENCE)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def save(self, path: Path, notes: Mapping[str, object]) -> None:
        """Writes the numbers as JSON, with notes on where they come from."""
        content = {
            "weights": self.weights,
            "confidence": self.confidence,
            "answer_at": self.answer_at,
            "offer_at": self.offer_at,
            "learned_from": notes,
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


@lru_cache(maxsize=1)
def shipped() -> Ranking:
    """The numbers that come with the package."""
    return load(_FILE)


def load(path: Path) -> Ranking:
    """Reads what `Ranking.save` wrote.

    Raises:
        CalibrationError: the file is missing or damaged.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        weights = {
            kind: {name: float(content["weights"][kind][name]) for name in (*seen, TOPIC)}
            for kind, seen in SEEN.items()
        }
        confidence = {
            kind: {
                name: float(content["confidence"][kind][name])
                for name in ("intercept", *CONFIDENCE)
            }
            for kind in SEEN
        }
        return Ranking(weights, confidence, float(content["answer_at"]), float(content["offer_at"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CalibrationError(
            f"The ranking in {path} cannot be read ({error!r}). Make it again with "
            "`svara evaluate kb --tune`."
        ) from error
