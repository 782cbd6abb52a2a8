"""A small project on disk, for the checks to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.trainer.checks import Finding, Project, check

DOMAIN = """\
intents:
- order_status
- cancel_order
- greet
entities:
- order_number
responses:
  utter_greet:
  - condition: [{type: slot, name: language, value: en}]
    text: Hi!
  - condition: [{type: slot, name: language, value: sv}]
    text: Hej!
"""
RULES = """\
rules:
- rule: All
  steps:
  - or:
    - intent: order_status
    - intent: cancel_order
    - intent: greet
  - action: utter_greet
"""
EXAMPLES: dict[str, dict[str, list[str]]] = {
    "en": {
        "order_status": [
            "where is my order",
            "has my parcel been sent yet",
            "when will my package arrive",
            "what is the status of my delivery",
            "track my parcel please",
            "my order has still not come",
            "is my package on its way",
            "how long until the delivery gets here",
            "can you see where the parcel is",
            "i am waiting for my delivery",
        ],
        "cancel_order": [
            "i want to cancel my order",
            "please stop my purchase",
            "can i take back what i just ordered",
            "cancel everything i bought today",
            "i have changed my mind about the purchase",
            "undo my order before it ships",
            "i ordered by mistake, cancel it",
            "do not ship it, i regret the purchase",
            "annul the order i placed",
            "how do i cancel a purchase",
        ],
        "greet": [
            "hello", "hi there", "good morning", "hey", "good afternoon",
            "hello you", "hi everyone", "greetings", "good day to you", "hey there",
        ],
    },
    "sv": {
        "order_status": [
            "var är mitt paket",
            "har ni skickat min beställning",
            "när kommer leveransen",
            "hur går det med min order",
            "jag väntar fortfarande på paketet",
            "vill spåra min försändelse",
            "är leveransen på väg",
            "när får jag mina varor",
            "mitt paket har inte kommit fram",
            "vad är status på beställningen",
        ],
        "cancel_order": [
            "jag vill avbeställa",
            "avbryt mitt köp tack",
            "kan jag ångra beställningen",
            "stoppa ordern innan den går iväg",
            "jag råkade beställa fel, ta bort det",
            "annullera min order",
            "skicka inte, jag har ångrat mig",
            "hur avbokar jag köpet",
            "jag vill inte ha det jag nyss beställde",
            "makulera beställningen",
        ],
        "greet": [
            "hejsan", "god morgon", "tjena", "hallå där", "goddag",
            "hej på er", "god kväll", "morsning", "tjabba", "hej hej",
        ],
    },
}  # fmt: skip


def project(
    root: Path,
    examples: Mapping[str, Mapping[str, Sequence[str]]] = EXAMPLES,
    *,
    more: Mapping[tuple[str, str], Sequence[str]] | None = None,
    domain: str = DOMAIN,
    rules: str = RULES,
) -> Project:
    """Writes a project.

    Args:
        more: further examples by language and intent.
    """
    made = Project.at(root)
    for language, intents in examples.items():
        for intent, texts in intents.items():
            write(made, language, intent, [*texts, *(more or {}).get((language, intent), ())])
    made.domain.write_text(domain, encoding="utf-8")
    (made.conversations / "rules.yml").write_text(rules, encoding="utf-8")
    return made


def write(made: Project, language: str, intent: str, texts: Sequence[str]) -> Path:
    """Writes a file of examples."""
    path = made.nlu / language / f"{intent}.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"    - {text}\n" for text in texts)
    path.write_text(f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}')
    return path


def findings(made: Project, name: str) -> list[Finding]:
    """What one check finds."""
    return [each for each in check(made, only=[name]).findings if each.check == name]
