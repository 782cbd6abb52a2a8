"""Topics found without labels, beside k-means on TF-IDF: `make bench-discovery DATA=FOLDER`.

Or `python -m tests.bench.discovery --data FOLDER`. All sentences of a set are grouped; their
intents are only used to say how good the groups are: adjusted Rand index (ARI) and normalised
mutual information (NMI).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from tqdm import tqdm

from bot.trainer.discovery.clustering import groups
from bot.trainer.discovery.topics import meaning
from bot.trainer.examples import read_examples
from bot.trainer.labelled import Labelled, read_labelled
from tests.bench.servers import ROOT

BOTH = ("train", "dev")
SETS: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "dstc11_banking": (["dstc11_banking"], BOTH),
    "dstc11_finance": (["dstc11_finance"], BOTH),
    "dstc11_insurance": (["dstc11_insurance"], BOTH),
    "clinc150": (["clinc150_oos"], ["dev"]),
    "massive_sv": (["massive_sv"], ["dev"]),
    "cs_nordic, 4 languages": ([f"cs_nordic_{code}" for code in ("en", "sv", "da", "nb")], BOTH),
}
"""With the files and splits that are read; of clinc150 what is in scope."""
TOPIC = 3
"""Sentences that a group must have to count as a topic, as in the product."""
FOREIGN = "oos"
BEGIN, END = "<!-- bench-discovery: begin -->", "<!-- bench-discovery: end -->"
HEAD = (
    "| set | sentences | intents | | groups | of 3 or more | ARI | NMI |\n"
    "|---|---:|---:|---|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Result:
    """How good some groups are."""

    way: str
    groups: int
    topics: int
    rand: float
    information: float


def measure(rows: Sequence[Labelled]) -> list[Result]:
    """Ours and k-means on the same sentences."""
    texts, intents = [row.text for row in rows], [row.intent for row in rows]
    known = [example.text for example in read_examples(ROOT / "data" / "nlu")]
    vectors = meaning([*texts, *known])[: len(texts)]
    count = len(set(intents))
    words = TfidfVectorizer().fit_transform(texts)
    found = {
        "ours, finds the number": groups(vectors, [row.language for row in rows]),
        "ours, given the number": groups(vectors, count=count),
        "k-means on TF-IDF, given the number": KMeans(count, n_init=10, random_state=0).fit_predict(
            words
        ),
    }
    return [_result(way, intents, numbers) for way, numbers in found.items()]


def _result(way: str, intents: Sequence[str], numbers: Any) -> Result:
    return Result(
        way,
        len(set(numbers.tolist())),
        int((np.bincount(numbers) >= TOPIC).sum()),
        adjusted_rand_score(intents, numbers),
        normalized_mutual_info_score(intents, numbers),
    )


def render(name: str, rows: Sequence[Labelled], results: Iterable[Result]) -> Iterable[str]:
    """Lines of the table."""
    for place, one in enumerate(results):
        count = len({row.intent for row in rows})
        first = f"{name} | {len(rows):,} | {count}" if not place else " | | "
        yield (
            f"| {first} | {one.way} | {one.groups} | {one.topics} "
            f"| {one.rand:.3f} | {one.information:.3f} |"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the table and puts it into the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.discovery")
    parser.add_argument("--data", type=Path, required=True, help="folder with intents/*.csv")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "discovery.md")
    parser.add_argument("--no-docs", action="store_true", help="print the table, write no page")
    given = parser.parse_args(arguments)
    lines = [HEAD]
    for name, (files, splits) in tqdm(SETS.items(), unit=" sets", file=sys.stderr):
        every = [r for file in files for r in read_labelled(given.data / "intents" / f"{file}.csv")]
        rows = [row for row in every if row.split in splits and row.intent != FOREIGN]
        lines += render(name, rows, measure(rows))
    text = "\n".join(lines)
    print(text)
    if not given.no_docs:
        before, begin, rest = given.docs.read_text(encoding="utf-8").partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            parser.error(f"{given.docs} needs the lines {BEGIN} and {END}")
        given.docs.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
