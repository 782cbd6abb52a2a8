"""How well the trained assistant understands sentences that it was not trained on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluError
from bot.settings import load_settings
from bot.trainer import measures
from bot.trainer.examples import read_examples
from bot.trainer.interpreter import Interpreter, Understood
from bot.trainer.labelled import NO_LANGUAGE, Labelled, plain, read_labelled
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
        trained_on: how many are, word by word, training examples and so prove nothing.
        accuracy_unseen: accuracy of the others, None when there are none.
        language_right: share whose language was detected rightly, None when the file has none.
    """

    sentences: int
    accuracy: float
    macro_f1: float
    answered: float
    accuracy_answered: float
    trained_on: int
    accuracy_unseen: float | None
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
    model: Path | None = None,
) -> Report:
    """Measures the model that Svara serves on test files, and writes the report as JSON.

    Args:
        paths: CSV files with the columns text and intent, and perhaps lang and split.
        output: where the report goes.
        progress: told what is being done.
        watch: wraps the sentences while they are gone through, as `tqdm` does.
        model: default the one of today's data, trained if there is none.

    Raises:
        NluError: a file cannot be used, or there is no model and none can be trained.
    """
    files = {path: read_labelled(path) for path in paths}
    model = model or ensure_model(load_settings(), progress)
    progress("Loading the model")
    interpreter = Interpreter(model)
    sentences = [one for those in files.values() for one in those]
    understood = {one: interpreter.understand(one.text) for one in watch(list(set(sentences)))}
    trained = frozenset(plain(example.text) for example in read_examples())
    results = _Results(understood, trained)
    report = Report(
        model=model.name,
        sentences=len(sentences),
        trained_on=sorted({one.text for one in sentences if results.seen(one)}),
        unknown_intents=sorted({one.intent for one in sentences} - interpreter.intents),
        by_language=results.split(sentences, lambda one: one.language),
        files=[
            FileReport(
                file=str(path),
                all=results.score(those),
                by_language=results.split(those, lambda one: one.language),
                by_split=results.split(those, lambda one: one.split),
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


class _Results:
    """What was understood of all sentences; gives the numbers of some of them."""

    def __init__(self, understood: Mapping[Labelled, Understood], trained: frozenset[str]) -> None:
        self._understood = understood
        self._trained = trained

    def seen(self, one: Labelled) -> bool:
        """Whether the sentence is a training example."""
        return plain(one.text) in self._trained

    def score(self, sentences: Sequence[Labelled]) -> Scores:
        """The numbers of some sentences."""
        right = [one.intent for one in sentences]
        predicted = [self._understood[one].intent for one in sentences]
        answered = [one for one in sentences if self._understood[one].answered]
        unseen = [one for one in sentences if not self.seen(one)]
        told = [one for one in sentences if one.language != NO_LANGUAGE]
        detected = [self._understood[one].language == one.language for one in told]
        intents = measures.by_intent(right, predicted)
        return Scores(
            sentences=len(sentences),
            accuracy=measures.accuracy(right, predicted),
            macro_f1=measures.macro_f1(intents),
            answered=len(answered) / len(sentences),
            accuracy_answered=self._accuracy(answered),
            trained_on=len(sentences) - len(unseen),
            accuracy_unseen=self._accuracy(unseen) if unseen else None,
            language_right=sum(detected) / len(detected) if detected else None,
            intents=intents,
            confusions=measures.confusions([one.text for one in sentences], right, predicted),
        )

    def split(
        self, sentences: Sequence[Labelled], by: Callable[[Labelled], str]
    ) -> dict[str, Scores]:
        """The numbers of each group; sentences of the group '' are left out."""
        groups: dict[str, list[Labelled]] = {}
        for one in sentences:
            groups.setdefault(by(one), []).append(one)
        return {name: self.score(those) for name, those in groups.items() if name}

    def _accuracy(self, sentences: Sequence[Labelled]) -> float:
        return measures.accuracy(
            [one.intent for one in sentences], [self._understood[one].intent for one in sentences]
        )
