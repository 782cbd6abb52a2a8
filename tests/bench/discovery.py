"""Topics found without labels, beside k-means on TF-IDF: `make bench-discovery DATA=FOLDER`.

Or `python -m tests.bench.discovery --data FOLDER`. All sentences of a set are grouped; their
intents are only used to say how good the groups are: adjusted Rand index (ARI) and normalised
mutual information (NMI). What is none of the topics counts as alone.

A second table has out-of-scope sentences among the others: how many of each are none of the topics.
A third one says what those messages are worth that are checked on the page.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from tqdm import tqdm

from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.discovery.clustering import doubtful, groups, how_apart
from bot.trainer.discovery.oddness import is_odd, oddness
from bot.trainer.discovery.topics import LEAST, meaning
from bot.trainer.examples import Example, read_examples
from bot.trainer.labelled import DEV, TRAIN, Labelled, read_labelled
from tests.bench.servers import ROOT

BOTH = (TRAIN, DEV)
SETS: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "dstc11_banking": (["dstc11_banking"], BOTH),
    "dstc11_finance": (["dstc11_finance"], BOTH),
    "dstc11_insurance": (["dstc11_insurance"], BOTH),
    "clinc150": (["clinc150_oos"], [DEV]),
    "massive_sv": (["massive_sv"], [DEV]),
    "cs_nordic, 4 languages": ([f"cs_nordic_{code}" for code in ("en", "sv", "da", "nb")], BOTH),
}
"""With the files and splits that are read; of clinc150 what is in scope."""
FOREIGN = "oos"
BEGIN, END = "<!-- bench-discovery: begin -->", "<!-- bench-discovery: end -->"
HEAD = (
    "| set | sentences | intents | | topics | none of these | ARI | NMI |\n"
    "|---|---:|---:|---|---:|---:|---:|---:|"
)
STREWN_HEAD = (
    "| out-of-scope sentences among others | in scope | lost | out of scope | none of these "
    "| before |\n|---|---:|---:|---:|---:|---:|"
)
CHECKED_HEAD = (
    "| topics of | messages | mean what most of their topic mean | of those checked "
    "| checked, of those that do | of those that do not |\n|---|---:|---:|---:|---:|---:|"
)
FEW = 80
"""Sentences of an inbox of a small shop."""
LANGUAGES = ("en", "sv", "da", "nb")
SITUATIONS: dict[str, tuple[Sequence[str], int, int]] = {
    "English, 20 to 45 of each intent": (["en"], 20, 45),
    "Swedish, 20 to 45": (["sv"], 20, 45),
    "English, 3 to 15": (["en"], 3, 15),
    "English and Swedish, 3 to 80": (["en", "sv"], 3, 80),
    "four languages, 3 to 160": (LANGUAGES, 3, 160),
    "four languages, 3 to 20": (LANGUAGES, 3, 20),
}
"""The languages of the shop's examples that are drawn, and how many of each intent."""
DRAWS = range(8)
"""Of each situation; `ODD` was chosen on other draws."""
UNKNOWN, STREWN_IN = 0.6, 0.15
"""Share of the intents that are drawn as if unknown; out-of-scope sentences for one of them."""


@dataclass(frozen=True)
class Result:
    """How good some groups are.

    Attributes:
        topics: groups of `LEAST` sentences or more, in the product those that are not odd.
        none: share of the sentences that are in none of them.
    """

    way: str
    topics: int
    none: float
    rand: float
    information: float


@dataclass(frozen=True)
class Strewn:
    """Sentences with out-of-scope ones among them.

    Attributes:
        lost: share of those in scope that are none of the topics.
        alone: the same of those out of scope.
        before: the same without looking for what is odd.
    """

    inside: int
    lost: float
    outside: int
    alone: float
    before: float


def measure(rows: Sequence[Labelled]) -> list[Result]:
    """Ours and k-means on the same sentences."""
    texts, intents = [row.text for row in rows], [row.intent for row in rows]
    known = read_examples(ROOT / "data" / "nlu")
    vectors = meaning([*texts, *(example.text for example in known)])
    count = len(set(intents))
    words = TfidfVectorizer().fit_transform(texts)
    kmeans = KMeans(count, n_init=10, random_state=0)
    found = {
        "ours, finds the number": product_groups(rows, vectors, known),
        "ours, given the number": groups(vectors[: len(texts)], count=count),
        "k-means on TF-IDF, given the number": kmeans.fit_predict(words),
    }
    return [_result(way, intents, numbers) for way, numbers in found.items()]


def product_groups(
    rows: Sequence[Labelled | Example], vectors: Any, known: Sequence[Example]
) -> Any:
    """Group numbers (rows,) as the product has them: what is odd is a group of its own.

    Args:
        vectors: of the rows and of the known examples (rows + known, dimensions).
    """
    ours, theirs = vectors[: len(rows)], vectors[len(rows) :]
    languages = [row.language for row in rows]
    numbers = groups(ours, languages)
    usual = [place for place, example in enumerate(known) if example.intent != OUT_OF_SCOPE]
    odd = oddness(
        ours, languages, [1] * len(rows), theirs[usual], [known[at].language for at in usual]
    )
    for number in range(numbers.max() + 1):
        places = np.flatnonzero(numbers == number)
        if len(places) >= LEAST and is_odd(ours[places], odd[places]):
            numbers[places] = numbers.max() + 1 + np.arange(len(places))
    return np.unique(numbers, return_inverse=True)[1]


def measure_strewn(
    rows: Sequence[Labelled | Example], known: Sequence[Example], foreign: str
) -> Strewn:
    """How many sentences in and out of scope are none of the topics."""
    vectors = meaning([*(row.text for row in rows), *(example.text for example in known)])
    outside = np.array([row.intent == foreign for row in rows])
    alone = _alone(product_groups(rows, vectors, known))
    before = _alone(groups(vectors[: len(rows)], [row.language for row in rows]))
    return Strewn(
        inside=int((~outside).sum()),
        lost=float(alone[~outside].mean()),
        outside=int(outside.sum()),
        alone=float(alone[outside].mean()),
        before=float(before[outside].mean()),
    )


@dataclass(frozen=True)
class Checked:
    """What is checked in topics.

    Attributes:
        right: (messages,) whether each means what most of its topic mean.
        checked: (messages,)
    """

    right: Any
    checked: Any


def measure_checked(rows: Sequence[Labelled]) -> Checked:
    """Which sentences of the topics are checked."""
    known = read_examples(ROOT / "data" / "nlu")
    vectors = meaning([*(row.text for row in rows), *(example.text for example in known)])
    numbers = product_groups(rows, vectors, known)
    apart = how_apart(vectors[: len(rows)], [row.language for row in rows])
    unsure = doubtful(apart, numbers)
    inside = np.flatnonzero(~_alone(numbers))
    intents = np.array([row.intent for row in rows])
    most = {
        number: Counter(intents[numbers == number]).most_common(1)[0][0]
        for number in set(numbers[inside])
    }
    right = np.array([intents[place] == most[numbers[place]] for place in inside])
    return Checked(right, ~unsure[inside])


def draw(situation: str, seed: int) -> tuple[list[Example], list[Example]]:
    """Of the shop's examples, some as if they were messages, and those of the other intents."""
    languages, least, most = SITUATIONS[situation]
    chance = random.Random(f"{situation} {seed}")
    by_intent: Mapping[str, list[Example]] = defaultdict(list)
    for example in read_examples(ROOT / "data" / "nlu"):
        by_intent[example.intent].append(example)
    intents = sorted(set(by_intent) - {OUT_OF_SCOPE})
    chance.shuffle(intents)
    unknown = round(UNKNOWN * len(intents))
    found: list[Example] = []
    for intent in intents[:unknown]:
        wanted = round(math.exp(chance.uniform(math.log(least), math.log(most))))
        found += _some(by_intent[intent], languages, wanted, chance)
    found += _some(by_intent[OUT_OF_SCOPE], languages, round(STREWN_IN * len(found)), chance)
    chance.shuffle(found)
    return found, [one for intent in intents[unknown:] for one in by_intent[intent]]


def _some(
    examples: Sequence[Example], languages: Sequence[str], wanted: int, chance: random.Random
) -> list[Example]:
    pool = [example for example in examples if example.language in languages]
    return chance.sample(pool, min(len(pool), wanted))


def mean(those: Sequence[Strewn]) -> Strewn:
    """Of several draws."""
    return Strewn(
        inside=round(np.mean([one.inside for one in those])),
        lost=float(np.mean([one.lost for one in those])),
        outside=round(np.mean([one.outside for one in those])),
        alone=float(np.mean([one.alone for one in those])),
        before=float(np.mean([one.before for one in those])),
    )


def _alone(numbers: Any) -> Any:
    return np.bincount(numbers)[numbers] < LEAST


def _result(way: str, intents: Sequence[str], numbers: Any) -> Result:
    return Result(
        way,
        int((np.bincount(numbers) >= LEAST).sum()),
        float(_alone(numbers).mean()),
        adjusted_rand_score(intents, numbers),
        normalized_mutual_info_score(intents, numbers),
    )


def render(name: str, rows: Sequence[Labelled], results: Iterable[Result]) -> Iterable[str]:
    """Lines of the table."""
    for place, one in enumerate(results):
        count = len({row.intent for row in rows})
        first = f"{name} | {len(rows):,} | {count}" if not place else " | | "
        yield (
            f"| {first} | {one.way} | {one.topics} | {one.none:.1%} "
            f"| {one.rand:.3f} | {one.information:.3f} |"
        )


def render_strewn(name: str, one: Strewn) -> str:
    """A line of the second table."""
    return (
        f"| {name} | {one.inside:,} | {one.lost:.1%} | {one.outside} | {one.alone:.0%} "
        f"| {one.before:.0%} |"
    )


def render_checked(name: str, those: Sequence[Checked]) -> str:
    """A line of the third table, of all draws together."""
    right = np.concatenate([one.right for one in those])
    checked = np.concatenate([one.checked for one in those])
    shares = (right, right[checked], checked[right], checked[~right])
    return f"| {name} | {len(right):,} | " + " | ".join(f"{s.mean():.0%}" for s in shares) + " |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, prints the table and puts it into the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.discovery")
    parser.add_argument("--data", type=Path, required=True, help="folder with intents/*.csv")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "discovery.md")
    parser.add_argument("--no-docs", action="store_true", help="print the table, write no page")
    given = parser.parse_args(arguments)
    lines, checked = [HEAD], [CHECKED_HEAD]
    for name, (files, splits) in tqdm(SETS.items(), unit=" sets", file=sys.stderr):
        every = [r for file in files for r in read_labelled(given.data / "intents" / f"{file}.csv")]
        rows = [row for row in every if row.split in splits and row.intent != FOREIGN]
        lines += render(name, rows, measure(rows))
        few = [random.Random(f"{name} {seed}").sample(rows, FEW) for seed in DRAWS]
        checked.append(render_checked(name, [measure_checked(rows)]))
        checked.append(
            render_checked(f"{FEW} of them, {len(few)} times", [*map(measure_checked, few)])
        )
    lines += ["", STREWN_HEAD]
    drawn: defaultdict[str, list[Strewn]] = defaultdict(list)
    for name, seed in tqdm(list(product(SITUATIONS, DRAWS)), unit=" draws", file=sys.stderr):
        drawn[name].append(measure_strewn(*draw(name, seed), OUT_OF_SCOPE))
    lines += [render_strewn(f"ours: {name}", mean(those)) for name, those in drawn.items()]
    lines.append(render_strewn("ours: mean", mean([mean(those) for those in drawn.values()])))
    every = read_labelled(given.data / "intents" / "clinc150_oos.csv")
    rows = [row for row in every if row.split == DEV]
    known = read_examples(ROOT / "data" / "nlu")
    lines.append(render_strewn("clinc150", measure_strewn(rows, known, FOREIGN)))
    text = "\n".join([*lines, "", *checked])
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
