"""Training the assistant's model: only when its data changed, with progress, measured."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import NluError
from bot.settings import Settings, child_environment
from bot.trainer.cross_validation import cross_validate
from bot.trainer.examples import read_examples

logger = logging.getLogger(__name__)

MODELS = Path("models")
INPUTS = ("config.yml", "domain.yml", "data/rules.yml", "data/stories.yml")
INPUT_FOLDERS = ("data/nlu", "data/tone", "data/lookups", "bot/nlu", "bot/policies")
KEPT = 5
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Training:
    """A trained model.

    Attributes:
        seconds: how long the training took, without the measuring.
        accuracy: cross-validated share of right intents, None when not measured.
    """

    path: Path
    seconds: float
    accuracy: float | None = None
    accuracy_by_language: dict[str, float] = field(default_factory=dict)


def fingerprint() -> str:
    """A hash of everything the model is made from."""
    digest = hashlib.sha256()
    for path in _inputs():
        digest.update(str(path).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def model_path() -> Path:
    """Where the model of today's data is, or will be."""
    return MODELS / f"svara-{fingerprint()}.tar.gz"


def ensure_model(settings: Settings, progress: Progress) -> Path:
    """The model of today's data, trained if there is none.

    Raises:
        NluError: the data cannot be trained on.
    """
    path = model_path()
    if not path.exists():
        _train(settings, path, progress)
    # The server takes the newest model of the folder.
    path.touch()
    return path


def train_model(settings: Settings, progress: Progress, *, force: bool = False) -> Training:
    """Trains, and measures by cross-validation.

    Args:
        progress: told what is being done.
        force: train even when the data has not changed.

    Raises:
        NluError: the data cannot be trained on.
    """
    path = model_path()
    seconds = 0.0
    if force or not path.exists():
        seconds = _train(settings, path, progress)
    path.touch()
    progress("Predicting each example without that example")
    accuracy = cross_validate(read_examples())
    notes = {"accuracy": accuracy.overall, "accuracy_by_language": accuracy.by_language}
    path.with_suffix("").with_suffix(".json").write_text(json.dumps(notes, indent=2))
    return Training(path, seconds, accuracy.overall, accuracy.by_language)


def _train(settings: Settings, path: Path, progress: Progress) -> float:
    """Runs Rasa's training in a process of its own, which gives its memory back."""
    started = time.monotonic()
    progress("Training the model")
    MODELS.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "bot.trainer.rasa_training", path.name.removesuffix(".tar.gz")],
        env=child_environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not path.exists():
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NluError("Training failed: " + (said[-1] if said else f"code {done.returncode}"))
    _forget_old(path)
    return time.monotonic() - started


def _forget_old(newest: Path) -> None:
    models = sorted(MODELS.glob("svara-*.tar.gz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in [path for path in models if path != newest][KEPT - 1 :]:
        old.unlink()
        old.with_suffix("").with_suffix(".json").unlink(missing_ok=True)


def _inputs() -> Iterator[Path]:
    for name in INPUTS:
        if Path(name).exists():
            yield Path(name)
    for folder in INPUT_FOLDERS:
        yield from sorted(
            path
            for path in Path(folder).rglob("*")
            if path.suffix in {".yml", ".csv", ".txt", ".npz", ".py", ".json"}
        )
