"""The classifiers that are compared: Svara's, the public sets' own baseline, and Rasa's two."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from bot.trainer import costs
from bot.trainer.costs import Time, megabytes, timed, with_one_more
from bot.trainer.cross_validation import predict
from bot.trainer.interpreter import Interpreter
from bot.trainer.labelled import Labelled
from tests.bench.nlu_jobs import TIMED_JOB, Job

ROOT = Path(__file__).parents[2]
SEED = 42
_COUNTS: list[dict[str, Any]] = [
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]


@dataclass(frozen=True)
class Said:
    """What a model says of a sentence.

    Attributes:
        foreignness: out-of-scope score, higher for what is more foreign; of a classifier that has
            none, 1 minus the highest probability of an intent in scope.
    """

    intent: str
    confidence: float
    foreignness: float


@dataclass(frozen=True)
class Trained:
    """A model, and what it cost; None for what was not measured.

    Attributes:
        ask: what it says of a sentence.
        one_more: training again with one example more.
    """

    ask: Callable[[str], Said]
    first: Time
    one_more: Time | None
    model_mb: float | None


def svara(job: Job, model: Path, epochs: int) -> Trained:
    """Svara's classifier alone, as `svara evaluate intents` measures it."""
    classifier, training = costs.train(job.train, job.foreign, lambda _: None)

    def ask(text: str) -> Said:
        found = predict(classifier, [text])
        (intent,), (confidence,), (foreign,) = found.predicted, found.confidence, found.foreignness
        return Said(str(intent), float(confidence), float(foreign))

    return Trained(ask, training.first, training.one_more, training.model_mb)


def tfidf(job: Job, model: Path, epochs: int) -> Trained:
    """TF-IDF of words and pieces of words with logistic regression."""

    def train(rows: Sequence[Labelled]) -> Any:
        return make_pipeline(
            make_union(
                TfidfVectorizer(ngram_range=(1, 2)),
                TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5)),
            ),
            LogisticRegression(C=10, max_iter=1000, random_state=SEED),
        ).fit([row.text for row in rows], [row.intent for row in rows])

    classifier, first = timed(lambda: train(job.train))
    one_more = _again(job, train)

    def ask(text: str) -> Said:
        (shares,) = classifier.predict_proba([text])
        ours = shares[classifier.classes_ != job.foreign].max()
        return Said(str(classifier.classes_[shares.argmax()]), float(shares.max()), float(1 - ours))

    return Trained(ask, first, one_more, None)


def logreg(job: Job, model: Path, epochs: int) -> Trained:
    """Rasa's LogisticRegressionClassifier."""
    pipeline = [
        {"name": "WhitespaceTokenizer"},
        *_COUNTS,
        {"name": "LogisticRegressionClassifier", "random_state": SEED},
    ]
    trained = _rasa(job, pipeline, model)
    with tempfile.TemporaryDirectory() as folder:
        spare = Path(folder) / "more.tar.gz"
        one_more = _again(job, lambda rows: _rasa_train(rows, pipeline, spare))
    return Trained(trained.ask, trained.first, one_more, trained.model_mb)


def diet(job: Job, model: Path, epochs: int) -> Trained:
    """Rasa's default pipeline, without what follows DIET; there are no entities to learn."""
    pipeline = [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        *_COUNTS,
        {
            "name": "DIETClassifier",
            "epochs": epochs,
            "constrain_similarities": True,
            "entity_recognition": False,
            "random_seed": SEED,
        },
    ]
    return _rasa(job, pipeline, model)


def svara_pipeline(job: Job, model: Path, epochs: int) -> Trained:
    """The whole pipeline of `config.yml`, trained by Rasa."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    return _rasa(job, config["pipeline"], model)


PEERS: dict[str, Callable[[Job, Path, int], Trained]] = {
    "svara": svara,
    "tfidf": tfidf,
    "logreg": logreg,
    "diet": diet,
    "svara_pipeline": svara_pipeline,
}
"""Each trains on a job; `model` is where Rasa's archive stays, `epochs` are DIET's."""


def _again(job: Job, train: Callable[[Sequence[Labelled]], object]) -> Time | None:
    """Training with one example more, on the job whose training time is compared."""
    if job.name != TIMED_JOB:
        return None
    return timed(lambda: train(with_one_more(job.train)))[1]


def _rasa(job: Job, pipeline: list[dict[str, Any]], model: Path) -> Trained:
    import rasa.model_training  # noqa: F401, PLC0415 (seconds, which are not the training's)

    first = timed(lambda: _rasa_train(job.train, pipeline, model))[1]
    interpreter = Interpreter(model)

    def ask(text: str) -> Said:
        parsed = interpreter.parse(text)
        ranking = [r for r in parsed["intent_ranking"] if r["name"] != "nlu_fallback"]
        best = ranking[0]
        ours = max((r["confidence"] for r in ranking if r["name"] != job.foreign), default=0.0)
        return Said(best["name"], float(best["confidence"]), 1 - float(ours))

    return Trained(ask, first, None, megabytes(model))


def _rasa_train(rows: Sequence[Labelled], pipeline: list[dict[str, Any]], model: Path) -> None:
    """Trains from files, as a user has them, with nothing known from an earlier training."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["RASA_CACHE_DIRECTORY"] = str(folder / "cache")
        from rasa.model_training import train_nlu  # noqa: PLC0415 (after the cache's place is set)

        config = {
            "recipe": "default.v1",
            "assistant_id": "bench",
            "language": "en",
            "pipeline": pipeline,
        }
        examples = [{"text": row.text, "intent": row.intent, "entities": []} for row in rows]
        data = {"rasa_nlu_data": {"common_examples": examples}}
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        (folder / "nlu.json").write_text(json.dumps(data), encoding="utf-8")
        train_nlu(
            str(folder / "config.yml"),
            str(folder / "nlu.json"),
            str(model.parent),
            fixed_model_name=model.name.removesuffix(".tar.gz"),
        )
    if not model.exists():
        raise RuntimeError(f"Rasa has trained no model '{model}'")
