"""What the checks look at: read once, and computed once when the first check asks for it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import EmbeddingCache, Encoder, cache_folder
from bot.trainer.checks.domain import Domain, Named
from bot.trainer.checks.pairs import Pair, alike_pairs
from bot.trainer.cross_validation import OUT_OF_SCOPE, Predictions

if TYPE_CHECKING:
    from bot.trainer.nlu_files import SourceExample

Array = NDArray[Any]
Progress = Callable[[str, int, int], None]

MOST_COMPARED = 12_000
"""Examples that are compared with each other and given to the classifier, which itself learns from
12,000. Of more, those are drawn; memory and time grow with their square."""
NEIGHBOURS = 12
SEED = 42
_BLOCK = 512
_TOLD_EVERY = 500
_NOT_WORDS = re.compile(r"[\W_]+")


def quiet(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody looks at."""


def plain(text: str) -> str:
    """A text without what does not change its meaning: capitals, punctuation, spaces.

    A text of punctuation or pictures alone stays as it is.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORDS.sub(" ", folded).strip() or folded.strip()


@dataclass(frozen=True)
class Data:
    """The project's data as the checks see it.

    Attributes:
        examples: all that could be read.
        domain: None where there is none to hold them against.
        steps: intents that rules and stories wait for; None where none could be read.
        progress: told how far the long computations are.
        most: see `MOST_COMPARED`.
    """

    examples: tuple[SourceExample, ...]
    domain: Domain | None = None
    steps: tuple[Named, ...] | None = None
    progress: Progress = quiet
    most: int = MOST_COMPARED

    @cached_property
    def plain(self) -> list[str]:
        """Each example's text, plain."""
        return [plain(example.text) for example in self.examples]

    @cached_property
    def languages(self) -> list[str]:
        """Those that have examples."""
        return sorted({example.language for example in self.examples})

    @cached_property
    def sizes(self) -> Counter[tuple[str, str]]:
        """Examples by intent and language."""
        return Counter((example.intent, example.language) for example in self.examples)

    @cached_property
    def compared(self) -> list[int]:
        """Places in `examples` of those that are compared: all, or `most` drawn ones.

        As many of each intent and language, as far as it has them, so that small ones stay whole.
        """
        if len(self.examples) <= self.most:
            return list(range(len(self.examples)))
        cells: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place in np.random.default_rng(SEED).permutation(len(self.examples)).tolist():
            example = self.examples[place]
            cells[example.intent, example.language].append(place)
        ranked = sorted((rank, place) for cell in cells.values() for rank, place in enumerate(cell))
        return sorted(place for _, place in ranked[: self.most])

    @cached_property
    def drawn(self) -> list[SourceExample]:
        """Those that are compared."""
        return [self.examples[place] for place in self.compared]

    def walk(self, what: str) -> Iterator[SourceExample]:
        """Each example, telling how far it is.

        Args:
            what: is being done, in the words of the progress.
        """
        for done, example in enumerate(self.examples):
            if done % _TOLD_EVERY == 0:
                self.progress(what, done, len(self.examples))
            yield example

    @cached_property
    def vectors(self) -> Array:
        """Unit vectors of what is compared."""
        return self._model.vectors_

    @cached_property
    def unseen(self) -> Predictions:
        """What a model trained on all others says of each that is compared."""
        model = self._model
        return Predictions(model.classes_, model.left_out_, model.left_out_foreignness_)

    @cached_property
    def _model(self) -> IntentClassifier:
        return IntentClassifier().fit(
            [example.text for example in self.drawn],
            [example.intent for example in self.drawn],
            foreign=OUT_OF_SCOPE,
            encode=self._encode,
        )

    @cached_property
    def given(self) -> Array:
        """Column of each compared example's own intent in `unseen.shares`."""
        labels = np.array([example.intent for example in self.drawn], dtype=str)
        found: Array = np.searchsorted(self.unseen.intents, labels)
        return found

    @cached_property
    def neighbours(self) -> tuple[Array, Array]:
        """Nearest others of each compared example, nearest first: places in `drawn`, cosines."""
        vectors, count = self.vectors, min(NEIGHBOURS, len(self.drawn) - 1)
        places = np.zeros((len(vectors), max(count, 0)), dtype=int)
        cosines = np.zeros(places.shape, dtype=np.float32)
        if count < 1:
            return places, cosines
        for start in range(0, len(vectors), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(vectors)))
            near = vectors[rows] @ vectors.T
            near[np.arange(len(rows)), rows] = -2  # not itself
            best = np.argpartition(-near, count - 1, axis=1)[:, :count]
            value = np.take_along_axis(near, best, axis=1)
            order = np.argsort(-value, axis=1)
            places[rows] = np.take_along_axis(best, order, axis=1)
            cosines[rows] = np.take_along_axis(value, order, axis=1)
        return places, cosines

    @cached_property
    def nearest_by_intent(self) -> Array:
        """Cosine of each compared example's nearest other in each intent, (examples, intents).

        -1 where the intent has no other. Intents as the columns of `unseen.shares`.
        """
        order = np.argsort(self.given, kind="stable")
        starts = np.searchsorted(self.given[order], np.arange(len(self.unseen.intents)))
        found = np.empty((len(order), len(starts)), dtype=np.float32)
        columns = self.vectors[order].T
        where = np.argsort(order)  # of each example among the columns
        for start in range(0, len(order), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(order)))
            near = self.vectors[rows] @ columns
            near[np.arange(len(rows)), where[rows]] = -1  # not itself
            found[rows] = np.maximum.reduceat(near, starts, axis=1)
        return found

    @cached_property
    def pairs(self) -> list[Pair]:
        """Those compared that are alike by their letters; places in `drawn`."""
        texts = [self.plain[place] for place in self.compared]
        languages = [example.language for example in self.drawn]
        return alike_pairs(texts, languages, self.vectors)

    def closest(self, labels: Array) -> Array:
        """Cosine of each compared example's nearest other with the label given for it.

        Args:
            labels: (examples,) columns of `unseen.shares`.
        """
        found: Array = self.nearest_by_intent[np.arange(len(labels)), labels]
        return found

    def _encode(self, encoder: Encoder, texts: Sequence[str]) -> Array:
        def told(done: int, total: int) -> None:
            self.progress("Reading new examples", done, total)

        found: Array = EmbeddingCache(cache_folder()).encode(encoder, texts, told)
        self.progress("Predicting each example without it", 0, 0)
        return found


def foreign(intent: str) -> bool:
    """Whether it is the intent of what is about nothing known, whose examples are unlike."""
    return intent == OUT_OF_SCOPE


def data_of(examples: Sequence[SourceExample], **others: Any) -> Data:
    """The data with some examples, in the order of their files."""
    order = sorted(examples, key=lambda each: (each.path, each.line))
    return Data(tuple(order), **others)
