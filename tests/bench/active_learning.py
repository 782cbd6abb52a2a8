"""How many labels our order of teaching saves: `make bench-learning DATA=FOLDER`.

Or `python -m tests.bench.active_learning --data FOLDER`. From 5 examples an intent, a trainer
labels what `teaching_order` puts first, the classifier is trained again, and so on; or labels at
random.
The labels come from the split `train`, the accuracy is measured on `dev`. Every curve is a file in
the output folder as soon as it is there; a second run goes on with what is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import Encoder, load_encoder, load_english_encoder
from bot.nlu.meaning import encode_kept
from bot.nlu.questions import RANKED
from bot.trainer.inbox.ordering import meaning, shares_of
from bot.trainer.labelled import Labelled, draw, read_labelled
from bot.trainer.ordering import teaching_order
from bot.trainer.whitening import whiten
from tests.bench.servers import ROOT

Array = NDArray[Any]
ORDERS = ("ours", "random")
STARTS = 9
SHOTS = 5
STEP = 1.3
"""Times as many labels after each round of ours."""
SETS = {"banking77": 7, "massive_sv": 9}
"""With the rounds of ours; at random as many labels as in every second round, and `FURTHER`."""
FURTHER = (1.5, 2.0)
"""Times as many labels at random as in our last round."""
SHORT_ROUNDS = 5
BEGIN, END = "<!-- bench-learning: begin -->", "<!-- bench-learning: end -->"
_AT_ONCE = 512


@dataclass(frozen=True)
class Curve:
    """Accuracy (0 to 1) by number of labels."""

    labels: list[int]
    accuracy: list[float]


class Known:
    """An encoder whose vectors are all there: each round asks for thousands of the same texts."""

    def __init__(self, encoder: Encoder, texts: Sequence[str]) -> None:
        self._encoder = encoder
        self.name, self.dimensions, self.blocks = encoder.name, encoder.dimensions, encoder.blocks
        distinct = list(dict.fromkeys(texts))
        self._rows = dict(zip(distinct, encode_kept(encoder, distinct), strict=True))

    def encode(self, texts: Sequence[str]) -> Any:
        """As the encoder's."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            self._rows.update(zip(new, encode_kept(self._encoder, new), strict=True))
        return np.stack([self._rows[text] for text in texts])


@dataclass(frozen=True)
class Data:
    """A set: what can be labelled, what is measured on, and the meaning of the former."""

    name: str
    pool: list[Labelled]
    dev: list[Labelled]
    vectors: Array
    encoders: tuple[Encoder, Encoder]


def read(folder: Path, name: str) -> Data:
    """Reads a set and encodes it, where that has not been done."""
    rows = read_labelled(folder / "intents" / f"{name}.csv")
    pool = [row for row in rows if row.split == "train"]
    dev = [row for row in rows if row.split == "dev"]
    multilingual = Known(load_encoder(), [row.text for row in rows])
    # The English one is asked about English texts only, and these are found out by the classifier.
    english = Known(load_english_encoder(), [])
    return Data(name, pool, dev, meaning([r.text for r in pool]), (multilingual, english))


def learn(data: Data, order: str, seed: int, rounds: int, bar: tqdm[Any]) -> Curve:
    """Labels in rounds, and measures after each."""
    places = {id(row): place for place, row in enumerate(data.pool)}
    known = [places[id(row)] for row in draw(data.pool, SHOTS, seed)]
    chance = np.random.default_rng(seed)
    sizes = _sizes(len(known), len(data.pool), order, rounds)
    right = np.array([row.intent for row in data.dev])
    found: list[float] = []
    model: IntentClassifier | None = None
    for size in sizes:
        if model is not None:
            rest = np.setdiff1d(np.arange(len(data.pool)), known)
            if order == "ours":
                way = _ours(data, model, known, rest)
            else:
                way = chance.permutation(len(rest))
            known = [*known, *rest[way[: size - len(known)]]]
        model = _train(data, known)
        said = model.classes_[_shares(model, data.dev).argmax(axis=1)]
        found.append(float((said == right).mean()))
        bar.update()
    return Curve(sizes, found)


def _ours(data: Data, model: IntentClassifier, known: Sequence[int], rest: Array) -> Array:
    shares = _shares(model, [data.pool[place] for place in rest])
    # What the inbox keeps of a message, and no more.
    heads = np.argsort(-shares, axis=1)[:, :RANKED]
    rankings = [
        [(str(model.classes_[each]), round(float(row[each]), 4)) for each in head]
        for row, head in zip(shares, heads, strict=True)
    ]
    intents = [data.pool[place].intent for place in known]
    vectors = whiten(data.vectors[rest], data.vectors[known], intents)
    ones = np.ones(len(rest))
    return teaching_order(shares_of(rankings), vectors, ones, ones)


def _train(data: Data, known: Sequence[int]) -> IntentClassifier:
    rows = [data.pool[place] for place in known]
    return IntentClassifier(*data.encoders).fit(
        [row.text for row in rows], [row.intent for row in rows]
    )


def _shares(model: IntentClassifier, rows: Sequence[Labelled]) -> Array:
    texts = [row.text for row in rows]
    parts = [
        model.predict_proba(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _sizes(start: int, most: int, order: str, rounds: int) -> list[int]:
    ours = [min(most, round(start * STEP**round_)) for round_ in range(rounds)]
    if order == "ours":
        return ours
    last = ours[-1]
    return [*ours[::2], *(size for size in (round(last * by) for by in FURTHER) if size < most)]


def needed(curve: Curve, accuracy: float) -> float:
    """Labels until an accuracy is reached, between two rounds on a straight line; or infinity."""
    best = np.maximum.accumulate(curve.accuracy)
    if accuracy > best[-1]:
        return math.inf
    there = int(np.argmax(best >= accuracy))
    before = max(there - 1, 0)
    return float(np.interp(accuracy, best[[before, there]], np.take(curve.labels, [before, there])))


@dataclass(frozen=True)
class Saved:
    """What our order saves, at what a number of labels at random gives.

    Attributes:
        labels: at random.
        accuracy: (starts,) that they give, 0 to 1.
        enough: (starts,) labels that we need for that; infinite where we never get there.
    """

    labels: int
    accuracy: Array
    enough: Array

    def of_all(self) -> Array:
        """Share (starts,) of all labels."""
        return self.enough / self.labels

    def of_asked(self, start: int) -> Array:
        """Share (starts,) of those asked for, past the first `start`."""
        return (self.enough - start) / (self.labels - start)


def saved(ours: Sequence[Curve], chance: Sequence[Curve]) -> list[Saved]:
    """At each number of labels at random, the start left out; each start beside its own."""
    start = ours[0].labels[0]
    return [
        Saved(
            labels,
            np.array([curve.accuracy[place] for curve in chance]),
            np.array(
                [
                    needed(mine, other.accuracy[place])
                    for mine, other in zip(ours, chance, strict=True)
                ]
            ),
        )
        for place, labels in enumerate(chance[0].labels)
        if labels > start
    ]


def render(found: Mapping[str, Mapping[str, Sequence[Curve]]]) -> str:
    """The tables as Markdown."""
    return "\n".join(line for name, curves in found.items() for line in _tables(name, curves))


def _tables(name: str, curves: Mapping[str, Sequence[Curve]]) -> Iterable[str]:
    by_order = {order: _medians(curves[order]) for order in ORDERS}
    yield from (f"### {name}", "", f"Accuracy on `dev`, {_starts(curves['ours'])}:", "")
    yield from ("| labels | ours | random |", "|---:|---:|---:|")
    for size in sorted({size for found in by_order.values() for size in found}):
        ours, chance = (_share(by_order[order].get(size)) for order in ORDERS)
        yield f"| {size:,} | {ours} | {chance} |"
    yield from ("", "| accuracy | random needs | we need | of all labels | of those asked for |")
    yield "|---:|---:|---:|---:|---:|"
    start = curves["ours"][0].labels[0]
    for one in saved(curves["ours"], curves["random"]):
        enough = float(np.median(one.enough))
        ours = f"{enough:,.0f}" if np.isfinite(enough) else f"over {curves['ours'][0].labels[-1]:,}"
        yield (
            f"| {np.median(one.accuracy):.1%} | {one.labels:,} | {ours} | {_range(one.of_all())} "
            f"| {_range(one.of_asked(start))} |"
        )
    yield ""


def _medians(curves: Sequence[Curve]) -> dict[int, float]:
    accuracy = np.median([curve.accuracy for curve in curves], axis=0)
    return dict(zip(curves[0].labels, accuracy.tolist(), strict=True))


def _starts(curves: Sequence[Curve]) -> str:
    return f"median of {len(curves)} starts" if len(curves) > 1 else "one start"


def _range(shares: Array) -> str:
    """The median, and in brackets the least and the most."""
    middle, least, most = (_plain(float(f(shares))) for f in (np.median, np.min, np.max))
    return middle if len(shares) == 1 else f"{middle} ({least} to {most})"


def _plain(share: float) -> str:
    return f"{share:.2f}" if np.isfinite(share) else "more"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def put(text: str, page: Path) -> None:
    """Replaces what is between the marks of a page.

    Raises:
        ValueError: the page does not have them.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} needs the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what is missing, and writes the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.active_learning")
    parser.add_argument("--data", type=Path, required=True, help="folder with intents/*.csv")
    parser.add_argument("--output", type=Path, default=Path("var/bench-learning"))
    parser.add_argument("--sets", type=lambda text: text.split(","), default=list(SETS))
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "active-learning.md")
    parser.add_argument("--no-docs", action="store_true", help="print the tables, write no page")
    parser.add_argument(
        "--short",
        action="store_true",
        help=f"one start of {SHORT_ROUNDS} rounds a set, and no page: does it run?",
    )
    given = parser.parse_args(arguments)
    given.output.mkdir(parents=True, exist_ok=True)
    starts = 1 if given.short else given.starts
    found = {}
    for name in given.sets:
        rounds = SHORT_ROUNDS if given.short else SETS[name]
        found[name] = _measure(Run(given.data, name, rounds, starts), given.output)
    text = render(found)
    print(text)
    if not (given.no_docs or given.short):
        put(text, given.docs)
    return 0


@dataclass(frozen=True)
class Run:
    """What is measured of a set.

    Attributes:
        folder: with `intents/*.csv`.
        rounds: of ours.
        starts: how many samples of the first examples.
    """

    folder: Path
    name: str
    rounds: int
    starts: int

    def files(self, output: Path) -> dict[tuple[str, int], Path]:
        """Where each order's and start's curve is kept; another file for other data or code."""
        data = self.folder / "intents" / f"{self.name}.csv"
        code = [
            ROOT / "bot" / "trainer" / "ordering.py",
            ROOT / "bot" / "trainer" / "spreading.py",
            ROOT / "bot" / "trainer" / "whitening.py",
            ROOT / "bot" / "trainer" / "inbox" / "ordering.py",
            *sorted((ROOT / "bot" / "nlu").glob("*.py")),
        ]
        content = b"".join(path.read_bytes() for path in [data, *code])
        settings = f"{SHOTS} {STEP} {FURTHER} {self.rounds} {RANKED}"
        version = hashlib.sha256(content + settings.encode()).hexdigest()[:12]
        return {
            (order, start): output / f"{self.name}-{order}-{start}-{version}.json"
            for start in range(self.starts)
            for order in ORDERS
        }


def _measure(run: Run, output: Path) -> dict[str, list[Curve]]:
    kept = run.files(output)
    missing = [key for key, path in kept.items() if not path.exists()]
    if missing:
        sys.stderr.write(f"{run.name}: encoding the sentences that are not in the cache\n")
        data = read(run.folder, run.name)
        # every start has as many
        start = len(draw(data.pool, SHOTS, 0))
        work = [len(_sizes(start, len(data.pool), order, run.rounds)) for order, _ in missing]
        with tqdm(total=sum(work), unit=" rounds", file=sys.stderr) as bar:
            for order, seed in missing:
                bar.set_description(f"{run.name}, {order}, start {seed}")
                curve = learn(data, order, seed, run.rounds, bar)
                kept[order, seed].write_text(json.dumps(vars(curve)), encoding="utf-8")
    curves = {
        key: Curve(**json.loads(path.read_text(encoding="utf-8"))) for key, path in kept.items()
    }
    return {order: [curves[order, each] for each in range(run.starts)] for order in ORDERS}


if __name__ == "__main__":
    sys.exit(main())
