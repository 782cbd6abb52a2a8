"""How well the trained assistant understands sentences that it was not trained on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluError
from bot.settings import load_settings
from bot.trainer import measures
from bot.trainer.examples import read_examples
from bot.trainer.interpreter import Interpreter, Understood
from bot.trainer.labelled import NO_LANGUAGE, Labelled, read_labelled
from bot.trainer.measures import Confusion, IntentScore
from bot.trainer.training import ensure_model

Watch = Callable[[Sequence[Labelled]], Iterable[Labelled]]


@dataclass(frozen=True)
class Scores:
    """Numbers of a set of sentences; shares are 0 to 1.

    Attributes:
        accuracy: share whose first choice is right, whether the bot acts on it or not.
        answered: share that the bot acts on, at the thresholds in use.
        accuracy_answered: accuracy among those.
        language_right: share whose language was detected rightly, None when the file has none.
    """

    sentences: int
    accuracy: float
    macro_f1: float
    answered: float
    accuracy_answered: float
    language_right: float | None
    intents: list[IntentScore]
    confusions: list[Confusion]


@dataclass(frozen=True)
class FileReport:
    """A test file's numbers: all of it, and by language and split."""

    file: str
    all: Scores
    by_language: dict[str, Scores]
    by_split: dict[str, Scores]


@dataclass(frozen=True)
class Report:
    """An evaluation.

    Attributes:
        trained_on: sentences of the test that are, word by word, among the training examples.
        unknown_intents: intents of the test that the model does not have: always wrong.
    """

    model: str
    sentences: int
    trained_on: list[str]
    unknown_intents: list[str]
    by_language: dict[str, Scores]
    files: list[FileReport]


def evaluate_assistant(
    paths: Sequence[Path],
    output: Path,
    progress: Callable[[str], None],
    *,
    watch: Watch = iter,
) -> Report:
    """Measures the model that Svara serves on test files, and writes the report as JSON.

    Args:
        paths: CSV files with the columns text and intent, and perhaps lang and split.
        output: where the report goes.
        progress: told what is being done.
        watch: wraps the sentences while they are gone through, as `tqdm` does.

    Raises:
        NluError: a file cannot be used, or there is no model and none can be trained.
    """
    files = {path: read_labelled(path) for path in paths}
    model = ensure_model(load_settings(), progress)
    progress("Loading the model")
    interpreter = Interpreter(model)
    sentences = [one for those in files.values() for one in those]
    understood = {one: interpreter.understand(one.text) for one in watch(list(set(sentences)))}
    trained = {_plain(example.text) for example in read_examples()}
    report = Report(
        model=model.name,
        sentences=len(sentences),
        trained_on=sorted({one.text for one in sentences if _plain(one.text) in trained}),
        unknown_intents=sorted({one.intent for one in sentences} - interpreter.intents),
        by_language=_split(sentences, understood, lambda one: one.language),
        files=[
            FileReport(
                file=str(path),
                all=score(those, understood),
                by_language=_split(those, understood, lambda one: one.language),
                by_split=_split(those, understood, lambda one: one.split),
            )
            for path, those in files.items()
        ],
    )
    try:
        text = json.dumps(dataclasses.asdict(report), indent=2, ensure_ascii=False)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise NluError(f"The report cannot be written to '{output}': {error.strerror}.") from error
    return report


def score(sentences: Sequence[Labelled], understood: dict[Labelled, Understood]) -> Scores:
    """The numbers of some sentences."""
    right = [one.intent for one in sentences]
    predicted = [understood[one].intent for one in sentences]
    answered = [one for one in sentences if understood[one].answered]
    told = [one for one in sentences if one.language != NO_LANGUAGE]
    intents = measures.by_intent(right, predicted)
    return Scores(
        sentences=len(sentences),
        accuracy=measures.accuracy(right, predicted),
        macro_f1=measures.macro_f1(intents),
        answered=len(answered) / len(sentences),
        accuracy_answered=measures.accuracy(
            [one.intent for one in answered], [understood[one].intent for one in answered]
        ),
        language_right=(
            sum(understood[one].language == one.language for one in told) / len(told)
            if told
            else None
        ),
        intents=intents,
        confusions=measures.confusions([one.text for one in sentences], right, predicted),
    )


def _split(
    sentences: Sequence[Labelled],
    understood: dict[Labelled, Understood],
    by: Callable[[Labelled], str],
) -> dict[str, Scores]:
    groups: dict[str, list[Labelled]] = {}
    for one in sentences:
        groups.setdefault(by(one), []).append(one)
    return {name: score(those, understood) for name, those in groups.items() if name}


def _plain(text: str) -> str:
    return " ".join(text.lower().split())
