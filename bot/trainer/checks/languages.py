"""Examples that are not in the language of their folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.nlu.language import LanguageIdentifier
from bot.nlu.language_model import words_of
from bot.settings import LANGUAGES
from bot.trainer.checks.data import Data
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.nlu_files import Add, Remove, SourceExample

WRONG = "wrong-language"
LEAD = {2: 8.0, 3: 6.0}
LEAD_LONG = 5.0
"""By how much another language has to be likelier, by the example's words, in nats."""
_LEAST_WORDS = 2


def wrong_language(data: Data) -> Iterator[Finding]:
    """Examples that read as another language than the one of their folder."""
    identifier = LanguageIdentifier()
    for example in data.walk("Reading the language of each example"):
        found = _other_language(identifier, example)
        if found is None:
            continue
        known = found in data.languages
        yield Finding(
            check=WRONG,
            grade=Grade.WARNING,
            message=f"“{example.text}” reads as {found}, not {example.language}.",
            advice=f"Move it to the folder {found}, or write it in {example.language}."
            if known
            else f"Write it in {example.language}, or remove it.",
            intent=example.intent,
            language=example.language,
            subject=example.text,
            places=(Place.of(example),),
            fixes=_fixes(example, found if known else None),
        )


def _other_language(identifier: LanguageIdentifier, example: SourceExample) -> str | None:
    if example.language not in LANGUAGES:
        return None
    text = without_entities(example)
    words = words_of(text)
    if len(words) < _LEAST_WORDS:
        return None
    detected = identifier.detect(text)
    if detected.other is not None:
        return detected.other
    scores = identifier.scores(text)
    best = max(scores, key=lambda language: scores[language])
    lead = scores[best] - scores[example.language]
    return best if lead >= LEAD.get(len(words), LEAD_LONG) else None


def without_entities(example: SourceExample) -> str:
    """The text without what is marked in it: names of things have no language."""
    return _cut(example.text, ((each.start, each.end) for each in example.entities))


def _cut(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


def _fixes(example: SourceExample, to: str | None) -> tuple[Fix, ...]:
    removal = Remove(example.language, example.intent, example.marked)
    if to is None:
        return (Fix("Remove it", (removal,)),)
    return (
        Fix(f"Move it to {to}", (removal, Add(to, example.intent, example.marked))),
        Fix("Remove it", (removal,)),
    )
