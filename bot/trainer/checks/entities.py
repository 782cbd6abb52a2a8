"""Words that are marked as an entity in some examples and not in others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bot.trainer.checks.data import Data
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.nlu_files import Replace, SourceExample

UNMARKED = "entity-unmarked"
LEAST_MARKED = 2
"""Examples that mark it, before those that do not are told."""
MARKED_SHARE = 0.6
"""Of those that have it; below, it seems to be marked by chance, and the rule is not clear."""
_SHORTEST = 3
_DIGITS = re.compile(r"\d+")
_DIGITS_OF_A_FORM = 4


@dataclass(frozen=True)
class _Span:
    example: SourceExample
    start: int
    end: int


def unmarked_entities(data: Data) -> Iterator[Finding]:
    """Values that most examples mark, where another does not.

    A value is its words; with four digits or more it is their form, as in `nl-000000`.
    """
    marked: Counter[tuple[str, str]] = Counter()
    for example in data.examples:
        for entity in example.entities:
            marked[entity.entity, _form(example.text[entity.start : entity.end])] += 1
    entity_of: dict[str, str] = {}
    for (name, form), count in marked.most_common():
        if count >= LEAST_MARKED and len(form) >= _SHORTEST:
            entity_of.setdefault(form, name)
    if not entity_of:
        return
    missed = _missed(data, entity_of)
    for form, spans in sorted(missed.items()):
        name = entity_of[form]
        count = marked[name, form]
        if count < MARKED_SHARE * (count + len(spans)):
            continue
        for span in spans:
            yield _finding(span, name, count)


def _form(value: str) -> str:
    folded = value.casefold().strip()
    digits = sum(character.isdigit() for character in folded)
    return _DIGITS.sub("0", folded) if digits >= _DIGITS_OF_A_FORM else folded


def _missed(data: Data, entity_of: dict[str, str]) -> dict[str, list[_Span]]:
    """Where the forms stand unmarked, the longest form first."""
    forms = sorted(entity_of, key=len, reverse=True)
    parts = "|".join(
        re.escape(form).replace("0", r"\d+") if _is_form(form) else re.escape(form)
        for form in forms
    )
    search = re.compile(rf"(?<![\w@.-])(?:{parts})(?![\w@-])", re.IGNORECASE)
    missed: dict[str, list[_Span]] = defaultdict(list)
    for example in data.walk("Looking for values that are not marked"):
        taken = [(entity.start, entity.end) for entity in example.entities]
        for match in search.finditer(example.text):
            start, end = match.span()
            form = _form(match.group())
            if form in entity_of and all(end <= one or start >= two for one, two in taken):
                missed[form].append(_Span(example, start, end))
    return missed


def _is_form(form: str) -> bool:
    return "0" in form and not any(digit in form for digit in "123456789")


def _finding(span: _Span, name: str, count: int) -> Finding:
    example = span.example
    value = example.text[span.start : span.end]
    return Finding(
        check=UNMARKED,
        grade=Grade.WARNING,
        message=f"“{value}” is marked as {name} in {count} examples and not here.",
        advice="Mark it here as well, so that measurements of entities count right.",
        intent=example.intent,
        language=example.language,
        subject=example.text,
        places=(Place.of(example),),
        fixes=_fixes(example, value, name),
    )


def _fixes(example: SourceExample, value: str, name: str) -> tuple[Fix, ...]:
    """Marks the value, where it stands once and so there is no doubt which one it is."""
    if example.marked.count(value) != 1:
        return ()
    new = example.marked.replace(value, f"[{value}]({name})")
    change = Replace(example.language, example.intent, example.marked, new)
    return (Fix(f"Mark “{value}” as {name}", (change,)),)
