"""The domain, the rules and the responses, held against the examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.trainer.checks.data import Data
from bot.trainer.checks.domain import unanswered
from bot.trainer.checks.findings import Finding, Grade, Place

UNKNOWN_INTENT = "unknown-intent"
UNKNOWN_ENTITY = "unknown-entity"
NO_EXAMPLES = "no-examples"
NO_RULE = "no-rule"
RESPONSE = "response-language"
FALLBACK = "nlu_fallback"
"""The intent that Rasa gives itself."""
_SHOWN = 8


def unknown_intents(data: Data) -> Iterator[Finding]:
    """Intents of examples and of rules that the domain does not have."""
    if data.domain is None:
        return
    known = data.domain.intents
    places: dict[str, list[Place]] = {}
    for example in data.examples:
        if example.intent not in known:
            places.setdefault(example.intent, []).append(Place.of(example))
    for step in data.steps or ():
        if step.name not in known:
            here = Place(step.path, step.line, f"intent: {step.name}", step.name)
            places.setdefault(step.name, []).append(here)
    for intent, those in sorted(places.items()):
        yield Finding(
            check=UNKNOWN_INTENT,
            grade=Grade.ERROR,
            message=f"{intent} is not in the domain: {_lines(len(those))} use it.",
            advice="Rasa refuses to train. Add it to `intents` of domain.yml, or give what "
            "stands there another intent.",
            intent=intent,
            places=tuple(those[:_SHOWN]),
        )


def unknown_entities(data: Data) -> Iterator[Finding]:
    """Entities marked in examples that the domain does not have."""
    if data.domain is None:
        return
    places: dict[str, list[Place]] = {}
    for example in data.examples:
        for entity in example.entities:
            if entity.entity not in data.domain.entities:
                places.setdefault(entity.entity, []).append(Place.of(example))
    for name, those in sorted(places.items()):
        yield Finding(
            check=UNKNOWN_ENTITY,
            grade=Grade.ERROR,
            message=f"The entity {name} is not in the domain: {_lines(len(those))} mark it.",
            advice="Add it to `entities` of domain.yml, or take the marks away.",
            intent=those[0].intent,
            subject=name,
            places=tuple(those[:_SHOWN]),
        )


def no_examples(data: Data) -> Iterator[Finding]:
    """Intents of the domain that nobody can say."""
    if data.domain is None:
        return
    sizes = Counter(example.intent for example in data.examples)
    for intent, named in data.domain.intents.items():
        if not sizes[intent] and intent != FALLBACK:
            yield Finding(
                check=NO_EXAMPLES,
                grade=Grade.WARNING,
                message=f"{intent} is in the domain and has no examples.",
                advice="Write some, remove it, or set the finding aside where it comes by button "
                "alone.",
                intent=intent,
                places=(Place(named.path, named.line, intent, intent),),
            )


def no_rule(data: Data) -> Iterator[Finding]:
    """Intents that no rule and no story waits for: customers who mean them get no answer."""
    if data.domain is None or data.steps is None:
        return
    said = {example.intent for example in data.examples}
    for intent in unanswered(data.domain, data.steps):
        named = data.domain.intents[intent]
        yield Finding(
            check=NO_RULE,
            grade=Grade.ERROR if intent in said else Grade.WARNING,
            message=f"{intent} has no answer: no rule and no story waits for it.",
            advice="Write the answer on the Answers page, or set the finding aside where only a "
            "form asks for it.",
            intent=intent,
            places=(Place(named.path, named.line, intent, intent),),
        )


def response_languages(data: Data) -> Iterator[Finding]:
    """Responses without words in one of the languages."""
    if data.domain is None:
        return
    spoken = {lang for response in data.domain.responses for lang in response.languages}
    languages = sorted(spoken | set(data.languages))
    for response in data.domain.responses:
        missing = [lang for lang in languages if lang not in response.languages]
        if not missing or (response.general and not response.languages):
            continue
        yield Finding(
            check=RESPONSE,
            grade=Grade.WARNING if response.general else Grade.ERROR,
            message=f"{response.name} has no words in {', '.join(missing)}.",
            advice="Add a variation with a condition on the slot `language`; until then these "
            + ("customers read another language." if response.general else "customers get none."),
            subject=response.name,
            places=(Place(response.path, response.line, response.name),),
        )


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
