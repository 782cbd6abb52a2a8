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
from bot.trainer.inbox.ordering import meaning
from bot.trainer.labelled import Labelled, draw, read_labelled
from bot.trainer.ordering import teaching_order
from tests.bench.servers import ROOT

Array = NDArray[Any]
ORDERS = ("ours", "random")
SEEDS = (0, 1, 2)
SHOTS = 5
STEP = 1.3
"""Times as many labels after each round of ours."""
SETS = {"banking77": 7, "massive_sv": 9}
"""With the rounds of ours; at random as many labels as in every second round, and twice more."""
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


def learn(data: Data, order: str, seed: int, bar: tqdm[Any]) -> Curve:
    """Labels in rounds, and measures after each."""
    places = {id(row): place for place, row in enumerate(data.pool)}
    known = [places[id(row)] for row in draw(data.pool, SHOTS, seed)]
    chance = np.random.default_rng(seed)
    sizes = _sizes(len(known), len(data.pool), order, SETS[data.name])
    right = np.array([row.intent for row in data.dev])
    found: list[float] = []
    model: IntentClassifier | None = None
    for size in sizes:
        if model is not None:
            rest = np.setdiff1d(np.arange(len(data.pool)), known)
            way = _ours(data, model, rest) if order == "ours" else chance.permutation(len(rest))
            known = [*known, *rest[way[: size - len(known)]]]
        model = _train(data, known)
        said = model.classes_[_shares(model, data.dev).argmax(axis=1)]
        found.append(float((said == right).mean()))
        bar.update()
    return Curve(sizes, found)


def _ours(data: Data, model: IntentClassifier, rest: Array) -> Array:
    shares = _shares(model, [data.pool[place] for place in rest])
    ones = np.ones(len(rest))
    return teaching_order(shares, data.vectors[rest], ones, ones)


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
    return [*ours[::2], *(size for size in (round(last * 1.7), round(last * 2.9)) if size < most)]


def needed(curve: Curve, accuracy: float) -> float | None:
    """Labels until an accuracy is reached, between two rounds on a straight line; None if never."""
    best = np.maximum.accumulate(curve.accuracy)
    if accuracy > best[-1]:
        return None
    return float(np.interp(accuracy, best, curve.labels))


def mean(curves: Sequence[Curve]) -> Curve:
    """The mean curve of several starts."""
    labels = np.mean([curve.labels for curve in curves], axis=0).round().astype(int)
    return Curve(labels.tolist(), np.mean([curve.accuracy for curve in curves], axis=0).tolist())


def render(found: Mapping[str, Mapping[str, Sequence[Curve]]]) -> str:
    """The tables as Markdown."""
    return "\n".join(line for name, curves in found.items() for line in _tables(name, curves))


def _tables(name: str, curves: Mapping[str, Sequence[Curve]]) -> Iterable[str]:
    ours, chance = mean(curves["ours"]), mean(curves["random"])
    at_random = dict(zip(chance.labels, chance.accuracy, strict=True))
    starts = f"mean of {len(curves['ours'])} starts (ours), {len(curves['random'])} (random)"
    yield from (f"### {name}", "", f"Accuracy on `dev`, {starts}:", "")
    yield from ("| labels | ours | random |", "|---:|---:|---:|")
    every = dict(zip(ours.labels, ours.accuracy, strict=True))
    for size in sorted({*every, *at_random}):
        yield f"| {size:,} | {_share(every.get(size))} | {_share(at_random.get(size))} |"
    start = ours.labels[0]
    yield from ("", "| accuracy | random needs | we need | of all labels | of those asked for |")
    yield "|---:|---:|---:|---:|---:|"
    for size, accuracy in at_random.items():
        enough = needed(ours, accuracy)
        if size == start:
            continue
        if enough is None:
            yield f"| {accuracy:.1%} | {size:,} | over {ours.labels[-1]:,} | | |"
            continue
        asked = (enough - start) / (size - start)
        yield f"| {accuracy:.1%} | {size:,} | {enough:,.0f} | {enough / size:.2f} | {asked:.2f} |"
    yield ""


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
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "active-learning.md")
    parser.add_argument("--no-docs", action="store_true", help="print the tables, write no page")
    given = parser.parse_args(arguments)
    given.output.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, list[Curve]]] = {}
    for name in given.sets:
        found[name] = _measure(given.data, name, given.output)
    text = render(found)
    print(text)
    if not given.no_docs:
        put(text, given.docs)
    return 0


def files(folder: Path, name: str, output: Path) -> dict[tuple[str, int], Path]:
    """Where the curve of each order and start is kept; another file for other data or code."""
    code = [ROOT / "bot" / "trainer" / "ordering.py", *sorted((ROOT / "bot" / "nlu").glob("*.py"))]
    content = b"".join(path.read_bytes() for path in [folder / "intents" / f"{name}.csv", *code])
    version = hashlib.sha256(content + f"{SHOTS} {STEP} {SETS[name]}".encode()).hexdigest()[:12]
    return {
        (order, seed): output / f"{name}-{order}-{seed}-{version}.json"
        for seed in SEEDS
        for order in ORDERS
    }


def _measure(folder: Path, name: str, output: Path) -> dict[str, list[Curve]]:
    kept = files(folder, name, output)
    missing = [key for key, path in kept.items() if not path.exists()]
    if missing:
        data = read(folder, name)
        with tqdm(unit=" rounds", file=sys.stderr) as bar:
            for order, seed in missing:
                bar.set_description(f"{name}, {order}, start {seed}")
                curve = learn(data, order, seed, bar)
                kept[order, seed].write_text(json.dumps(vars(curve)), encoding="utf-8")
    curves = {
        key: Curve(**json.loads(path.read_text(encoding="utf-8"))) for key, path in kept.items()
    }
    return {order: [curves[order, seed] for seed in SEEDS] for order in ORDERS}


if __name__ == "__main__":
    sys.exit(main())
