"""Examples that are all but the same: in conflict where their intents differ, else to spare."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rapidfuzz import fuzz

from bot.trainer.checks.data import Data
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.checks.pairs import Pair
from bot.trainer.nlu_files import Move, Remove, SourceExample

CONFLICT = "near-conflict"
REDUNDANT = "redundant"
MISSPELT_LETTERS, MISSPELT_MEANING = 88.0, 0.6
"""A text and the same with a slip of the finger: the encoders see less likeness than people do."""
LONGER_WORDS, LONGER_MEANING = 95.0, 0.8
"""A text and the same with a greeting or a please."""
SAME_MEANING = 0.92
"""The same in other words, as a cosine."""
LEAST_WORDS = 3
"""Of the shorter one, unless only letters differ: one word more is much beside two."""
REDUNDANT_LETTERS = 92.0
REDUNDANT_SURE = 0.95
_NEGATIONS = frozenset(
    """
    not no never cannot cant dont doesnt didnt isnt wont without nothing none nor
    inte ej icke aldrig ingen inget inga utan ingenting
    ikke intet uden
    aldri ikkje uten
    """.split()  # noqa: SIM905
)


def near_conflicts(data: Data) -> Iterator[Finding]:
    """Texts that say the same in other words or letters, and have different intents."""
    told: set[tuple[int, int]] = set()
    for pair in (*data.pairs, *_near_in_meaning(data)):
        one, two = data.drawn[pair.one], data.drawn[pair.two]
        if (
            one.intent == two.intent
            or (pair.one, pair.two) in told
            or not _say_the_same(data, pair)
        ):
            continue
        told.add((pair.one, pair.two))
        moved, kept = (one, two) if _sure(data, pair.one) < _sure(data, pair.two) else (two, one)
        yield Finding(
            check=CONFLICT,
            grade=Grade.WARNING,
            message=f"“{moved.text}” ({moved.intent}) and “{kept.text}” ({kept.intent}) say the "
            f"same: {pair.letters:.0f} % of their letters, {pair.meaning:.2f} in meaning.",
            advice="Put both into the same intent, or set the finding aside where a word between "
            "them matters.",
            intent=moved.intent,
            other=kept.intent,
            language=moved.language,
            subject=moved.text,
            places=(Place.of(moved), Place.of(kept)),
            fixes=(_move(moved, kept.intent), _move(kept, moved.intent)),
        )


def redundant(data: Data) -> Iterator[Finding]:
    """Examples so near another of the same intent that they teach nothing more."""
    gone: set[int] = set()
    for pair in data.pairs:
        one, two = data.drawn[pair.one], data.drawn[pair.two]
        if (
            one.intent != two.intent
            or pair.letters < REDUNDANT_LETTERS
            or gone & {pair.one, pair.two}
            or _plain(data, pair.one) == _plain(data, pair.two)
            or min(_sure(data, pair.one), _sure(data, pair.two)) < REDUNDANT_SURE
        ):
            continue
        gone.add(pair.two)
        yield Finding(
            check=REDUNDANT,
            grade=Grade.INFO,
            message=f"“{two.text}” adds nothing to “{one.text}”.",
            advice="Keep one, and put another way of saying it in the other's place.",
            intent=two.intent,
            language=two.language,
            subject=two.text,
            places=(Place.of(two), Place.of(one)),
            fixes=(
                Fix("Remove the second", (Remove(two.language, two.intent, two.marked),)),
                Fix("Remove the first", (Remove(one.language, one.intent, one.marked),)),
            ),
        )


def _near_in_meaning(data: Data) -> Iterator[Pair]:
    """Pairs of one language that are nearest to each other, whatever their letters."""
    near, cosines = data.neighbours
    for one, rank in np.argwhere(cosines >= SAME_MEANING).tolist():
        two = int(near[one, rank])
        if data.drawn[one].language == data.drawn[two].language:
            texts = (_plain(data, one), _plain(data, two))
            yield Pair(
                min(one, two),
                max(one, two),
                letters=fuzz.ratio(*texts),
                words=fuzz.token_set_ratio(*texts),
                meaning=float(cosines[one, rank]),
            )


def _say_the_same(data: Data, pair: Pair) -> bool:
    one, two = _plain(data, pair.one), _plain(data, pair.two)
    if one == two:  # `same-text` says it
        return False
    words, others = one.split(), two.split()
    if (set(words) ^ set(others)) & _NEGATIONS:
        return False
    if pair.letters >= MISSPELT_LETTERS and pair.meaning >= MISSPELT_MEANING:
        return True
    if min(len(words), len(others)) < LEAST_WORDS:
        return False
    longer = pair.words >= LONGER_WORDS and pair.meaning >= LONGER_MEANING
    return longer or pair.meaning >= SAME_MEANING


def _plain(data: Data, place: int) -> str:
    return data.plain[data.compared[place]]


def _sure(data: Data, place: int) -> float:
    """How sure the others are of an example's own intent."""
    return float(data.unseen.shares[place, data.given[place]])


def _move(example: SourceExample, to: str) -> Fix:
    change = Move(example.language, example.intent, to, example.marked)
    return Fix(f"Move “{example.text}” to {to}", (change,))
