"""How well tones are told, on sentences that the detector was not trained on."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from bot.errors import NluError
from bot.nlu.meaning import encode_kept
from bot.nlu.phrases import load_phrases
from bot.nlu.tone import NEUTRAL, TONES, UPSET, ToneDetector, ToneExample, ToneSigns, read_tones
from bot.trainer import measures
from bot.trainer.cross_validation import SEED
from bot.trainer.examples import read_examples
from bot.trainer.labelled import plain
from bot.trainer.measures import IntentScore

EXAMPLES, PHRASES = Path("data/tone"), Path("data/lookups/tone.yml")
FOLDS = 5
COMPLAINT = "complaint"
"""The intent whose messages are mostly upset; those of all others are ordinary."""
Progress = Callable[[str], None]
_REGULARISATION = 30.0


@dataclass(frozen=True)
class ToneScores:
    """How good a detector is on some sentences; shares are 0 to 1.

    Attributes:
        by_language: accuracy in each.
        tones: precision and recall of each.
        calibration_error: see `measures.calibration_error`; None for one without probabilities.
    """

    sentences: int
    accuracy: float
    by_language: dict[str, float]
    tones: list[IntentScore]
    calibration_error: float | None = None


@dataclass(frozen=True)
class Compared:
    """The detector beside simpler ones.

    Attributes:
        words: TF-IDF and logistic regression, without meaning and signs.
        signs: upset by phrases, capitals and exclamation marks alone.
    """

    detector: ToneScores
    words: ToneScores
    signs: IntentScore


@dataclass(frozen=True)
class Ordinary:
    """What the detector says of the examples of intents, which were not written to have a tone.

    Attributes:
        messages: those that are no complaints and no examples of tones.
        shares: of these, share of each tone.
        complaints_upset: share of the complaints, likewise no examples of tones.
    """

    messages: int
    shares: dict[str, float]
    complaints_upset: float


@dataclass(frozen=True)
class ToneReport:
    """An evaluation.

    Attributes:
        threshold: least probability of upset, chosen in the training.
        test: numbers of the test file, None without one.
    """

    examples: int
    threshold: float
    cross_validated: Compared
    test: Compared | None
    ordinary: Ordinary


def evaluate_tone(test: Path | None, output: Path | None, progress: Progress) -> ToneReport:
    """Measures the detector by cross-validation, on a test file, and on ordinary messages.

    Args:
        test: CSV file with the columns text and tone, and perhaps lang.
        output: where the report goes as JSON.
        progress: told what is being done.

    Raises:
        NluError: a file cannot be used, or the examples cannot be trained on.
    """
    tests = _read_test(test) if test else []
    phrases, examples = load_phrases(PHRASES), read_tones(EXAMPLES)

    def train(those: Sequence[ToneExample]) -> ToneDetector:
        texts, tones = [one.text for one in those], [one.tone for one in those]
        return ToneDetector(phrases).fit(texts, tones, encode=encode_kept)

    strata = [f"{one.tone} {one.language}" for one in examples]
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(strata, strata)
    found = _Found([], [], [], [])
    for number, (seen, unseen) in enumerate(parts, start=1):
        progress(f"Cross-validation, part {number} of {FOLDS}")
        known = [examples[place] for place in seen]
        found.ask(train(known), _words(known), [examples[place] for place in unseen])
    progress("Training on all examples")
    detector = train(examples)
    asked = _Found([], [], [], [])
    asked.ask(detector, _words(examples), tests)
    report = ToneReport(
        examples=len(examples),
        threshold=detector.threshold_,
        cross_validated=found.compared(ToneSigns(phrases)),
        test=asked.compared(ToneSigns(phrases)) if tests else None,
        ordinary=_ordinary(detector, examples),
    )
    if output:
        _write(report, output)
    return report


@dataclass(frozen=True)
class _Found:
    """What was said of sentences that were not trained on."""

    examples: list[ToneExample]
    tones: list[str]
    shares: list[tuple[float, bool]]
    words: list[str]

    def ask(self, detector: ToneDetector, words: Pipeline, examples: Sequence[ToneExample]) -> None:
        """Asks about some."""
        texts = [one.text for one in examples]
        if not texts:
            return
        shares = detector.predict_proba(texts)
        likeliest = detector.classes_[shares.argmax(axis=1)]
        self.examples.extend(examples)
        self.tones.extend(tone.label for tone in detector.decide(texts, shares))
        self.words.extend(words.predict(texts))
        self.shares.extend(
            (float(row.max()), bool(best == one.tone))
            for row, best, one in zip(shares, likeliest, examples, strict=True)
        )

    def compared(self, signs: ToneSigns) -> Compared:
        """The numbers."""
        confidence, right = (np.array(column) for column in zip(*self.shares, strict=True))
        angry = [UPSET if signs.angry(one.text) else NEUTRAL for one in self.examples]
        detector = dataclasses.replace(
            self._scores(self.tones),
            calibration_error=measures.calibration_error(confidence, right.astype(bool)),
        )
        alone = {score.intent: score for score in self._scores(angry).tones}
        return Compared(detector, self._scores(self.words), alone[UPSET])

    def _scores(self, predicted: Sequence[str]) -> ToneScores:
        right = [one.tone for one in self.examples]
        by_language = {}
        for language in sorted({one.language for one in self.examples}):
            those = [place for place, one in enumerate(self.examples) if one.language == language]
            by_language[language] = measures.accuracy(
                [right[place] for place in those], [predicted[place] for place in those]
            )
        return ToneScores(
            sentences=len(right),
            accuracy=measures.accuracy(right, predicted),
            by_language=by_language,
            tones=measures.by_intent(right, predicted),
        )


def _words(examples: Sequence[ToneExample]) -> Pipeline:
    """What stands beside the detector: words and pieces of words, and nothing else."""
    features = make_union(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)),
        TfidfVectorizer(sublinear_tf=True, ngram_range=(2, 4), analyzer="char_wb"),
    )
    model = LogisticRegression(C=_REGULARISATION, class_weight="balanced", max_iter=1000)
    return make_pipeline(features, model).fit(
        [one.text for one in examples], [one.tone for one in examples]
    )


def _ordinary(detector: ToneDetector, examples: Sequence[ToneExample]) -> Ordinary:
    known = {plain(one.text) for one in examples}
    unseen = [one for one in read_examples() if plain(one.text) not in known]
    tones = _tones(detector, [one.text for one in unseen if one.intent != COMPLAINT])
    complaints = _tones(detector, [one.text for one in unseen if one.intent == COMPLAINT])
    return Ordinary(
        messages=len(tones),
        shares={tone: float((tones == tone).mean()) for tone in TONES},
        complaints_upset=float((complaints == UPSET).mean()),
    )


def _tones(detector: ToneDetector, texts: Sequence[str]) -> NDArray[Any]:
    said = detector.decide(texts, detector.predict_proba(texts))
    return np.array([tone.label for tone in said])


def _read_test(path: Path) -> list[ToneExample]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, strict=True))
    except OSError as error:
        raise NluError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise NluError(f"{path}: not readable as a CSV file in UTF-8: {error}") from error
    if not rows:
        raise NluError(f"{path}: there are no sentences in it.")
    for line, row in enumerate(rows, start=2):
        if not row.get("text") or row.get("tone") not in TONES:
            raise NluError(
                f"{path}, row {line}: expected the columns text and tone (lang is optional), and a "
                f"tone of {', '.join(TONES)}."
            )
    return [ToneExample(row["text"], row["tone"], row.get("lang") or "") for row in rows]


def _write(report: ToneReport, output: Path) -> None:
    try:
        text = json.dumps(dataclasses.asdict(report), indent=2, ensure_ascii=False)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise NluError(f"The report cannot be written to '{output}': {error.strerror}.") from error
