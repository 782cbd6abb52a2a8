"""Examples that are all but the same: in conflict where their intents differ, else to spare."""

from __future__ import annotations

from collections.abc import Iterator

from bot.trainer.checks.data import Data
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.checks.pairs import Pair
from bot.trainer.nlu_files import Move, Remove, SourceExample

CONFLICT = "near-conflict"
REDUNDANT = "redundant"
MEANING_ALIKE = 0.90
"""From this cosine on they mean the same."""
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
    for pair in data.pairs:
        one, two = data.drawn[pair.one], data.drawn[pair.two]
        if one.intent == two.intent or pair.meaning < MEANING_ALIKE or not _same_sense(data, pair):
            continue
        if data.plain[data.compared[pair.one]] == data.plain[data.compared[pair.two]]:
            continue  # `same-text` says it
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
            or data.plain[data.compared[pair.one]] == data.plain[data.compared[pair.two]]
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


def _same_sense(data: Data, pair: Pair) -> bool:
    """Whether no "not" stands between them."""
    one, two = (set(data.plain[data.compared[each]].split()) for each in (pair.one, pair.two))
    return not (one ^ two) & _NEGATIONS


def _sure(data: Data, place: int) -> float:
    """How sure the others are of an example's own intent."""
    return float(data.unseen.shares[place, data.given[place]])


def _move(example: SourceExample, to: str) -> Fix:
    change = Move(example.language, example.intent, to, example.marked)
    return Fix(f"Move “{example.text}” to {to}", (change,))
