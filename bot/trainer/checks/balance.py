"""Intents that are too small, too large beside the others, or missing in a language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from bot.trainer.checks.data import Data, foreign
from bot.trainer.checks.findings import Finding, Grade, Place

SMALL = "too-small"
UNBALANCED = "unbalanced"
MISSING = "missing-language"
LEAST = 10
"""Examples of an intent in a language: with fewer its accuracy stays behind the others'."""
LEAST_AT_ALL = 2
"""Fewer in all languages, and nothing can be said of an example that was left out."""
_TIMES = 3.0
_LANGUAGE_SHARE = 0.4


def too_small(data: Data) -> Iterator[Finding]:
    """Intents with fewer examples than it takes."""
    for intent, count in sorted(_totals(data).items()):
        if count < LEAST_AT_ALL:
            yield Finding(
                check=SMALL,
                grade=Grade.ERROR,
                message=f"{intent} has {_examples(count)} in all languages together.",
                advice=f"Write {LEAST} or more, as customers would say it, or remove the intent.",
                intent=intent,
                places=_file(data, intent),
            )
            continue
        for language in data.languages:
            there = data.sizes[intent, language]
            if 0 < there < LEAST:
                yield Finding(
                    check=SMALL,
                    grade=Grade.WARNING,
                    message=f"{intent} has {_examples(there)} in {language}.",
                    advice=f"Write {LEAST - there} more or so, as customers would say it.",
                    intent=intent,
                    language=language,
                    places=_file(data, intent, language),
                )


def unbalanced(data: Data) -> Iterator[Finding]:
    """Intents much larger or smaller than most, as a whole or in one language."""
    totals = _totals(data)
    if len(totals) < 3:
        return
    usual = median(totals.values())
    for intent, count in sorted(totals.items()):
        if count > _TIMES * usual and not foreign(intent):
            yield _unlike(data, intent, count, usual, "many")
        elif count < usual / _TIMES:
            yield _unlike(data, intent, count, usual, "few")
    for intent in sorted(totals):
        there = {lang: data.sizes[intent, lang] for lang in data.languages}
        there = {lang: count for lang, count in there.items() if count >= LEAST}
        for language, count in there.items():
            others = [other for lang, other in there.items() if lang != language]
            if others and count < _LANGUAGE_SHARE * median(others):
                yield Finding(
                    check=UNBALANCED,
                    grade=Grade.INFO,
                    message=f"{intent} has {_examples(count)} in {language}, and "
                    f"{median(others):.0f} in a usual other language.",
                    advice="Write more in this language.",
                    intent=intent,
                    language=language,
                    places=_file(data, intent, language),
                )


def missing_language(data: Data) -> Iterator[Finding]:
    """Intents with examples in some languages and none in another."""
    for intent in sorted(_totals(data)):
        missing = [lang for lang in data.languages if not data.sizes[intent, lang]]
        for language in missing:
            yield Finding(
                check=MISSING,
                grade=Grade.WARNING,
                message=f"{intent} has no examples in {language}.",
                advice=f"Write {LEAST} or more; until then customers who write {language} are "
                "understood by the other languages' examples alone.",
                intent=intent,
                language=language,
                places=_file(data, intent),
            )


def _totals(data: Data) -> Counter[str]:
    return Counter(example.intent for example in data.examples)


def _unlike(data: Data, intent: str, count: int, usual: float, what: str) -> Finding:
    return Finding(
        check=UNBALANCED,
        grade=Grade.INFO,
        message=f"{intent} has {what} examples: {count}, where a usual intent has {usual:.0f}.",
        advice="Write more for the small ones; a large intent draws what is unclear to itself."
        if what == "few"
        else "A large intent draws what is unclear to itself: see whether it is two.",
        intent=intent,
        places=_file(data, intent),
    )


def _file(data: Data, intent: str, language: str | None = None) -> tuple[Place, ...]:
    """The file with the intent's examples, if there is one."""
    for example in data.examples:
        if example.intent == intent and language in {None, example.language}:
            return (Place(example.path.as_posix(), 0, intent=intent),)
    return ()


def _examples(count: int) -> str:
    return "1 example" if count == 1 else f"{count} examples"
