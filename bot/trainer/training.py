"""Training the assistant's model: only when its data changed, with progress, measured."""

from __future__ import annotations

import getpass
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import NluError
from bot.settings import Settings, child_environment
from bot.storage.database import open_database, reading
from bot.trainer.checks.domain import conversation_files, read_domain, read_steps, unanswered
from bot.trainer.cross_validation import Accuracy
from bot.trainer.examples import NLU_FOLDER, read_examples
from bot.trainer.models.live import live
from bot.trainer.models.notes import add_to_notes, keep_examples, read_notes
from bot.trainer.models.registry import MODELS, forget_old
from bot.trainer.models.unseen import Unseen, has_examples, unseen
from bot.trainer.nlu_files.lock import locked
from bot.trainer.training_inputs import code_fingerprint, fingerprint, in_project, still_copy

logger = logging.getLogger(__name__)

CACHE_LOCATION_ENV = "RASA_CACHE_DIRECTORY"
"""Rasa's name for where it keeps what it need not compute again."""
UNFINISHED = MODELS / ".training"
"""Where a model is until it is whole."""
LONGEST_TRAINING_SECONDS = 1800.0
"""So long a training waits for another one's end."""
Progress = Callable[[str], None]
Tick = Callable[[float], None]
"""Told every second for how many seconds the training has gone on."""
TRAINING = "Training the model"
"""What is told first."""
AT_START, UNKNOWN = "svara up", "unknown"
"""Who has a model trained when nobody asks for it; a user of the machine who has no name."""


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


def model_path(project: Path = Path()) -> Path:
    """Where the model of a folder's data is, or will be; by default of today's."""
    return MODELS / f"svara-{fingerprint(project)}.tar.gz"


def ensure_model(settings: Settings, progress: Progress) -> Path:
    """The model of today's data, trained if there is none.

    Raises:
        NluError: the data cannot be trained on.
    """
    path = model_path()
    if not path.exists():
        path, _ = _train(settings, progress, force=False, by=AT_START)
    # A server takes the newest model of the folder, unless one was shipped.
    path.touch()
    return path


def model_to_start(settings: Settings, progress: Progress) -> Path:
    """The model that Svara starts with: the shipped one, else the one of today's data.

    Once a model was shipped, new data alone does not change what customers are answered with:
    it takes a ship. A model that is gone, or was made by other code, makes room for today's.

    Raises:
        NluError: a model has to be trained, and the data cannot be trained on.
    """
    now = _live(settings)
    if now is None:
        return ensure_model(settings, progress)
    path, name = MODELS / now, now.removesuffix(".tar.gz")
    if not path.exists():
        progress(f"The shipped model {name} is gone from '{MODELS}'; today's data takes its place")
        return ensure_model(settings, progress)
    if read_notes(path).code not in (None, code_fingerprint()):
        progress(f"The shipped model {name} is of another version of Svara; trained anew")
        return ensure_model(settings, progress)
    if path != model_path():
        progress(
            f"Answering with the shipped model {name}. The data has changed since: "
            "`svara model ship` or the console's Models page brings it to customers"
        )
    return path


def train_model(
    settings: Settings,
    progress: Progress,
    *,
    force: bool = False,
    by: str | None = None,
    tick: Tick = lambda _seconds: None,
) -> Training:
    """Trains, and measures by cross-validation.

    Args:
        progress: told what is being done.
        force: train even when the data has not changed.
        by: who asked for it; default the user of this machine.

    Raises:
        NluError: the data cannot be trained on.
    """
    path = model_path()
    seconds = 0.0
    if force or not path.exists():
        path, seconds = _train(settings, progress, force=force, by=by, tick=tick)
    path.touch()
    if not has_examples(path):
        keep_examples(path, read_examples())  # of an older version
    found = unseen(path, lambda what, done, _total: None if done else progress(what))
    accuracy = accuracy_of(found)
    add_to_notes(path, accuracy=accuracy.overall, accuracy_by_language=dict(accuracy.by_language))
    return Training(path, seconds, accuracy.overall, accuracy.by_language)


def accuracy_of(found: Sequence[Unseen]) -> Accuracy:
    """The share of examples that are understood without having been seen."""
    by_language: dict[str, list[bool]] = {}
    for each in found:
        by_language.setdefault(each.language, []).append(each.predicted == each.intent)
    everything = [right for those in by_language.values() for right in those]
    return Accuracy(
        overall=sum(everything) / len(everything),
        by_language={name: sum(those) / len(those) for name, those in sorted(by_language.items())},
    )


def _train(
    settings: Settings,
    progress: Progress,
    *,
    force: bool,
    by: str | None = None,
    tick: Tick = lambda _seconds: None,
) -> tuple[Path, float]:
    """Runs Rasa's training in a process of its own, which gives its memory back.

    One at a time: who comes second finds the model that the first has made. It gets its place when
    it is whole, so that no server loads half of it.

    Returns:
        The model and the seconds that it took.
    """
    MODELS.mkdir(exist_ok=True)
    progress(TRAINING)
    with locked(MODELS, LONGEST_TRAINING_SECONDS), still_copy() as data:
        started = time.monotonic()
        path = model_path(data)
        if path.exists() and not force:
            return path, 0.0
        shutil.rmtree(UNFINISHED, ignore_errors=True)  # of one that was killed
        UNFINISHED.mkdir()
        code = code_fingerprint()
        examples = read_examples(data / NLU_FOLDER)
        unfinished = UNFINISHED / path.name
        code_of_end, output = _run_rasa(unfinished, data, settings, tick)
        if code_of_end != 0 or not unfinished.exists():
            said = in_project(output, data).strip().splitlines()
            raise NluError("Training failed: " + (said[-1] if said else f"code {code_of_end}"))
        if code != code_fingerprint():
            raise NluError("Svara's own code was changed while a model was trained. Train again.")
        unfinished.replace(path)
        seconds = time.monotonic() - started
        keep_examples(path, examples)
        add_to_notes(
            path,
            data=path.name.removeprefix("svara-").removesuffix(".tar.gz"),
            code=code,
            examples=len(examples),
            unanswered=_unanswered(data, {example.intent for example in examples}),
            trained_at=time.time(),
            trained_by=by or _user(),
            seconds=seconds,
        )
    _forget_old(settings, path)
    return path, seconds


def _run_rasa(model: Path, data: Path, settings: Settings, tick: Tick) -> tuple[int, str]:
    """Trains in a process of its own: its exit code, and what it said of a failure."""
    started = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "bot.trainer.rasa_training", str(model.resolve())],
        cwd=data,
        env=_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while True:
            try:
                out, err = process.communicate(timeout=1)
            except subprocess.TimeoutExpired:
                tick(time.monotonic() - started)
                continue
            except BaseException:  # or it would go on alone
                process.kill()
                raise
            return process.returncode, err or out


def _unanswered(data: Path, said: set[str]) -> list[str] | None:
    """The intents that customers can say and no rule or story of a folder waits for."""
    domain = data / "domain.yml"
    if not domain.exists():
        return None
    steps = read_steps(conversation_files(data / "data"))
    return [intent for intent in unanswered(read_domain(domain), steps) if intent in said]


def _environment(settings: Settings) -> dict[str, str]:
    """That of a training beside the project's folder: our code and Rasa's cache are still there."""
    here = Path.cwd()
    given = child_environment(settings)
    paths = os.pathsep.join(filter(None, (str(here), given.get("PYTHONPATH"))))
    return {**given, "PYTHONPATH": paths, CACHE_LOCATION_ENV: str(here / ".rasa" / "cache")}


def _live(settings: Settings) -> str | None:
    """File name of the shipped model, if there is one."""
    if not _has_database(settings):
        return None
    with reading(open_database(settings.database)) as connection:
        found = live(connection)
    return None if found is None else found.model


def _forget_old(settings: Settings, newest: Path) -> None:
    if not _has_database(settings):
        forget_old(newest, None)
        return
    with reading(open_database(settings.database)) as connection:
        forget_old(newest, connection)


def _has_database(settings: Settings) -> bool:
    """Whether there is one; training alone makes none."""
    prefix = "sqlite:///"
    url = settings.database
    return not url.startswith(prefix) or Path(url.removeprefix(prefix)).exists()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return UNKNOWN
