"""How often the checks are right: known errors are planted in the examples, and counted.

`python -m bot.trainer.checks.planting` measures on the project's own data, which is as good as its
trainers could make it; what is found there without planting is told beside.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.nlu.language_model import words_of
from bot.trainer.checks.data import Data, foreign
from bot.trainer.checks.entities import UNMARKED
from bot.trainer.checks.findings import Finding
from bot.trainer.checks.labels import WRONG as WRONG_LABEL
from bot.trainer.checks.languages import WRONG as WRONG_LANGUAGE
from bot.trainer.checks.near import CONFLICT
from bot.trainer.checks.personal import PERSONAL
from bot.trainer.checks.running import CHECKS
from bot.trainer.checks.same_text import SAME_TEXT
from bot.trainer.nlu_files import SourceExample, read_sources

SEEDS = range(10, 15)
"""Those that nothing was chosen by."""
_FAR = 1_000_000
"""Lines of planted copies start here."""
_POLITE = {"sv": "hej, {} tack", "da": "hej, {} tak", "nb": "hei, {} takk", "en": "hi, {} please"}
_PERSONAL = {
    "sv": ("{} jag heter Gunilla Åkesson", "{} ring mig på 070-174 06 35", "{} 19811228-9874"),
    "da": ("{} jeg hedder Mette Kjærgaard", "{} ring til mig på 32 12 34 56", "{} cpr 070761-4285"),
    "nb": ("{} jeg heter Ragnhild Myhre", "{} ring meg på 902 34 567", "{} fnr 11077941012"),
    "en": ("{} my name is Deborah Whitfield", "{} call me on 020 7946 0123",
           "{} card 4111 1111 1111 1111"),
}  # fmt: skip
_LEAST_WORDS = 3


@dataclass(frozen=True)
class Kind:
    """A kind of error that is planted.

    Attributes:
        check: that should find it.
        count: planted at a time.
    """

    name: str
    check: str
    count: int


KINDS = (
    Kind("label, any other", WRONG_LABEL, 15),
    Kind("label, the likeliest other", WRONG_LABEL, 15),
    Kind("language, any other", WRONG_LANGUAGE, 20),
    Kind("language, Danish and Norwegian", WRONG_LANGUAGE, 20),
    Kind("same text", SAME_TEXT, 20),
    Kind("near-duplicate", CONFLICT, 20),
    Kind("mark of an entity gone", UNMARKED, 20),
    Kind("personal data", PERSONAL, 20),
)
CHECKED = frozenset(kind.check for kind in KINDS)


@dataclass(frozen=True)
class Planted:
    """Examples with errors in them, and where: kind by path and line."""

    examples: tuple[SourceExample, ...]
    errors: dict[tuple[str, int], str]


def plant(examples: Sequence[SourceExample], likeliest: Sequence[str], seed: int) -> Planted:
    """Puts errors into examples, each into another one.

    Args:
        likeliest: the likeliest other intent of each example.
    """
    chance = np.random.default_rng(seed)
    order: Iterator[int] = iter(chance.permutation(len(examples)).tolist())
    intents = sorted({example.intent for example in examples})
    languages = sorted({example.language for example in examples})
    now = list(examples)
    errors: dict[tuple[str, int], str] = {}

    def suitable(fits: Callable[[SourceExample], bool]) -> int:
        return next(place for place in order if fits(examples[place]))

    def other(own: str, among: Sequence[str]) -> str:
        return str(chance.choice([each for each in among if each != own]))

    for kind in KINDS:
        for number in range(kind.count):
            if kind.check == WRONG_LABEL:
                place = suitable(lambda each: not foreign(each.intent))
                one = examples[place]
                drawn = kind.name == "label, any other"
                to = other(one.intent, intents) if drawn else likeliest[place]
                changed = replace(one, intent=to)
            elif kind.name == "language, any other":
                place = suitable(_long)
                one = examples[place]
                near = {"da": "nb", "nb": "da"}.get(one.language)
                among = [each for each in languages if each != near]
                changed = replace(one, language=other(one.language, among))
            elif kind.check == WRONG_LANGUAGE:
                place = suitable(lambda each: _long(each) and each.language in ("da", "nb"))
                one = examples[place]
                changed = replace(one, language="nb" if one.language == "da" else "da")
            elif kind.check in (SAME_TEXT, CONFLICT):
                place = suitable(lambda each: _long(each) and not each.entities)
                one = examples[place]
                text = (
                    one.text.capitalize() + " ?"
                    if kind.check == SAME_TEXT
                    else _varied(chance, one, number)
                )
                changed = replace(
                    one, text=text, marked=text, intent=other(one.intent, intents),
                    line=_FAR + place,
                )  # fmt: skip
                now.append(changed)
            elif kind.check == UNMARKED:
                place = suitable(lambda each: len(each.entities) == 1)
                one = examples[place]
                changed = replace(one, marked=one.text, entities=())
            else:
                place = suitable(lambda each: not each.entities)
                one = examples[place]
                text = _PERSONAL[one.language][number % 3].format(one.text)
                changed = replace(one, text=text, marked=text)
            if changed.line < _FAR:
                now[place] = changed
            errors[changed.path.as_posix(), changed.line] = kind.name
    return Planted(tuple(now), errors)


def likeliest_others(data: Data) -> list[str]:
    """The likeliest other intent of each example, by a model that has not seen it."""
    shares = data.unseen.shares.copy()
    shares[np.arange(len(shares)), data.given] = -1
    return [str(intent) for intent in data.unseen.intents[shares.argmax(axis=1)]]


def outcome(
    planted: Planted, before: Sequence[Finding], checks: Collection[str] = CHECKED
) -> tuple[Counter[str], list[Finding]]:
    """What the checks find of what was planted, by kind, and what else that they did not before."""
    check_of = {kind.name: kind.check for kind in KINDS}
    known = {finding.about for finding in before}
    found: dict[tuple[str, int], str] = {}
    false: list[Finding] = []
    for finding in found_by(Data(planted.examples), checks):
        places = [(place.path, place.line) for place in finding.places]
        errors = {place: planted.errors[place] for place in places[:2] if place in planted.errors}
        hits = [place for place, kind in errors.items() if check_of[kind] == finding.check]
        found |= {place: planted.errors[place] for place in hits}
        if not errors and finding.about not in known:
            false.append(finding)
    return Counter(found.values()), false


def found_by(data: Data, checks: Collection[str] = CHECKED) -> Iterator[Finding]:
    """What some checks find."""
    for each in CHECKS:
        if each.name in checks:
            yield from each.run(data)


def measure(examples: Sequence[SourceExample], seeds: Sequence[int]) -> Iterator[str]:
    """The table for docs/checks.md, a line at a time."""
    data = Data(tuple(examples))
    likeliest = likeliest_others(data)
    before = list(found_by(data))
    found: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for seed in seeds:
        hits, others = outcome(plant(examples, likeliest, seed), before)
        found += hits
        false += Counter(each.check for each in others)
    alone = Counter(each.check for each in before)
    yield "| planted | check | found | of | others told | told without planting |"
    yield "|---|---|---|---|---|---|"
    for kind in KINDS:
        yield (
            f"| {kind.name} | `{kind.check}` | {found[kind.name]} | {kind.count * len(seeds)} "
            f"| {false[kind.check]} | {alone[kind.check]} |"
        )


def _long(example: SourceExample) -> bool:
    return len(words_of(example.text)) >= _LEAST_WORDS


def _varied(chance: np.random.Generator, example: SourceExample, number: int) -> str:
    """With another politeness, or with two letters swapped."""
    if number % 2 == 0:
        return _POLITE[example.language].format(example.text)
    letters = list(example.text)
    at = int(chance.integers(1, len(letters) - 1))
    letters[at - 1], letters[at] = letters[at], letters[at - 1]
    return "".join(letters)


def main(folder: Path) -> None:
    """Prints the table."""
    seeds = [int(each) for each in sys.argv[1:]] or list(SEEDS)
    for line in measure(read_sources(folder), seeds):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main(Path("data/nlu"))
