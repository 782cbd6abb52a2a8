"""The order responses of domain.yml: every language, every field, every reason."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.nlg.interpolator import interpolate_text

from bot.orders import OrderLine, ReturnReason
from bot.orders.replies import match_lines, parse_reason
from bot.settings import LANGUAGES

DOMAIN = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))
RESPONSES = {n: r for n, r in DOMAIN["responses"].items() if n.startswith("utter_order_")}
ACTIONS = "".join(p.read_text("utf-8") for p in Path("actions").glob("*.py"))
SOURCES = ACTIONS + "".join(p.read_text("utf-8") for p in Path("bot/orders").glob("*.py"))


def by_language(name: str) -> dict[str, Any]:
    return {v["condition"][0]["value"]: v for v in RESPONSES[name]}


@pytest.mark.parametrize("name", RESPONSES)
def test_each_response_is_whole_in_every_language(name: str) -> None:
    variations = by_language(name)
    assert tuple(variations) == LANGUAGES
    fields = {lang: set(re.findall(r"\{(\w+)\}", v["text"])) for lang, v in variations.items()}
    assert len({frozenset(found) for found in fields.values()}) == 1, fields
    payloads = {
        lang: [b["payload"] for b in v.get("buttons", [])] for lang, v in variations.items()
    }
    assert all(found == payloads["en"] for found in payloads.values())


@pytest.mark.parametrize("name", RESPONSES)
def test_each_response_is_said_by_something(name: str) -> None:
    stem = re.sub(
        r"_(received|packed|shipped|delivered|cancelled|returned|refunded|card|gift_card"
        r"|invoice|reservation)$",
        "_",
        name,
    )
    assert f'"{name}"' in SOURCES or f'f"{stem}{{' in SOURCES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reason_typed_as_its_button_says_is_that_reason(language: str) -> None:
    buttons = by_language("utter_order_ask_reason")[language]["buttons"]
    found = {b["payload"].split(":")[-1].strip('"}'): parse_reason(b["title"]) for b in buttons}
    assert found == {reason.value: reason for reason in ReturnReason}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_typed_as_its_button_says_is_everything(language: str) -> None:
    title = by_language("utter_order_everything")[language]["text"]
    lines = [OrderLine(n, f"Thing {n}", None, None, 1, Decimal(1)) for n in (1, 2)]
    assert len(match_lines(title, lines)) == 2


@pytest.mark.parametrize("name", RESPONSES)
def test_rasa_can_fill_in_each_response(name: str) -> None:
    """It takes every brace for a field, logs the conversation's slots when there is none."""
    for variation in RESPONSES[name]:
        fields = dict.fromkeys(re.findall(r"\{(\w+)\}", variation["text"]), "x")
        for text in [variation["text"], *(b["payload"] for b in variation.get("buttons", []))]:
            assert not re.search(r"(?<!\{)\{(?!\w+\}|\{)", text)
            filled = interpolate_text(text, fields)
            assert "{{" not in filled and "{0[" not in filled
            if filled.startswith("/order_choice"):
                assert json.loads(filled.removeprefix("/order_choice"))["choice"]


def test_the_forms_own_intent_and_entity_are_in_the_domain() -> None:
    assert "order_choice" in DOMAIN["intents"] and "choice" in DOMAIN["entities"]
