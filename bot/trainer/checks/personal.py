"""Personal data that was left in an example."""

from __future__ import annotations

from collections.abc import Iterator

from bot.trainer.checks.data import Data
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.nlu_files import Replace, SourceExample
from bot.trainer.redaction import Found, is_made_up, redact

PERSONAL = "personal-data"
GRAVE = frozenset({"personal number", "card", "account"})
"""Kinds that never belong in a file which is shared and trained on."""


def personal_data(data: Data) -> Iterator[Finding]:
    """Examples with what belongs to a person.

    What an example marks as an entity was left in on purpose, to teach it, and is invented; numbers
    of persons, cards and accounts are told all the same. The inbox's made-up values are nobody's.
    """
    for example in data.walk("Looking for personal data"):
        found = [
            each
            for each in redact(example.text, example.language).found
            if (each.kind in GRAVE or not _marked(example, each))
            and not is_made_up(example.text[each.start : each.end])
        ]
        if not found:
            continue
        kinds = sorted({each.kind for each in found})
        grave = bool(GRAVE & set(kinds))
        those = ", ".join(f"“{example.text[each.start : each.end]}”" for each in found)
        yield Finding(
            check=PERSONAL,
            grade=Grade.ERROR if grave else Grade.WARNING,
            message=f"{' and '.join(kinds)} in the example: {those}.",
            advice="Put an invented one in its place, or leave it out; set the finding aside where "
            "it is invented already.",
            intent=example.intent,
            language=example.language,
            subject=example.text,
            places=(Place.of(example),),
            fixes=_fixes(example, found),
        )


def _marked(example: SourceExample, found: Found) -> bool:
    return any(entity.start < found.end and found.start < entity.end for entity in example.entities)


def _fixes(example: SourceExample, found: list[Found]) -> tuple[Fix, ...]:
    """Takes them out, where none of them lies in a mark, whose text would then be another."""
    marked = example.marked
    for each in found:
        value = example.text[each.start : each.end]
        if _marked(example, each) or marked.count(value) != 1:
            return ()
        marked = marked.replace(value, "")
    marked = " ".join(marked.split())
    if not marked:
        return ()
    change = Replace(example.language, example.intent, example.marked, marked)
    return (Fix("Take it out", (change,)),)
