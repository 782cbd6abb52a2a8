"""The same text in two intents, and the same text twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.trainer.checks.data import Data
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.nlu_files import Remove, SourceExample

SAME_TEXT = "same-text"
TWICE = "written-twice"


def same_text(data: Data) -> Iterator[Finding]:
    """Texts that stand in two intents: in one language an error, in two something to know."""
    for text, places in _groups(data, range(len(data.examples))).items():
        examples = [data.examples[place] for place in places]
        if len({example.intent for example in examples}) < 2:
            continue
        by_language: dict[str, list[SourceExample]] = defaultdict(list)
        for example in examples:
            by_language[example.language].append(example)
        within = [those for those in by_language.values() if len(_intents(those)) > 1]
        for those in within:
            yield _conflict(text, those)
        if not within:
            yield _across(text, examples)


def written_twice(data: Data) -> Iterator[Finding]:
    """Texts that stand twice in an intent of a language."""
    for text, places in _groups(data, range(len(data.examples))).items():
        cells: dict[tuple[str, str], list[SourceExample]] = defaultdict(list)
        for place in places:
            example = data.examples[place]
            cells[example.intent, example.language].append(example)
        for (intent, language), those in cells.items():
            if len(those) > 1:
                yield Finding(
                    check=TWICE,
                    grade=Grade.INFO,
                    message=f"“{those[0].text}” stands {len(those)} times, but for capitals and "
                    "punctuation.",
                    advice="Keep one: a second one teaches nothing.",
                    intent=intent,
                    language=language,
                    subject=text,
                    places=tuple(map(Place.of, those)),
                    fixes=(Fix("Keep the first", tuple(_removal(each) for each in those[1:])),),
                )


def _groups(data: Data, places: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for place in places:
        found[data.plain[place]].append(place)
    return {text: those for text, those in found.items() if len(those) > 1}


def _conflict(text: str, examples: list[SourceExample]) -> Finding:
    intents = _intents(examples)
    fixes = [
        Fix(
            f"Keep it in {kept} only",
            tuple(_removal(each) for each in examples if each.intent != kept),
        )
        for kept in intents
    ]
    return Finding(
        check=SAME_TEXT,
        grade=Grade.ERROR,
        message=f"“{examples[0].text}” is in {' and '.join(intents)}.",
        advice="One text has one intent: keep it where most customers who write it belong.",
        intent=intents[0],
        other=intents[1],
        language=examples[0].language,
        subject=text,
        places=tuple(map(Place.of, examples)),
        fixes=tuple(fixes),
    )


def _across(text: str, examples: list[SourceExample]) -> Finding:
    first = examples[0]
    other = next(each for each in examples if each.intent != first.intent)
    those = " and ".join(
        f"{intent} ({language})"
        for intent, language in sorted({(each.intent, each.language) for each in examples})
    )
    return Finding(
        check=SAME_TEXT,
        grade=Grade.INFO,
        message=f"“{first.text}” is in {those}.",
        advice="Fine where it means two things in two languages; the classifier sees the text "
        "alone and is unsure of it.",
        intent=first.intent,
        other=other.intent,
        subject=text,
        places=tuple(map(Place.of, examples)),
    )


def _intents(examples: Iterable[SourceExample]) -> list[str]:
    return sorted({example.intent for example in examples})


def _removal(example: SourceExample) -> Remove:
    return Remove(example.language, example.intent, example.marked)
