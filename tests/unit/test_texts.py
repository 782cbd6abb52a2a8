"""What Svara says: every response of `domain.yml`, in every language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.nlg import interpolator

from bot import texts
from bot.errors import SettingsError
from bot.settings import LANGUAGES

DOMAIN = yaml.safe_load((Path(__file__).parents[2] / "domain.yml").read_text(encoding="utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
FIELD = re.compile(r"\{(\w+)\}")


def language(variation: dict[str, Any]) -> str | None:
    conditions = [c for c in variation.get("condition") or [] if c["name"] == "language"]
    return str(conditions[0]["value"]) if conditions else None


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_has_one_variation_for_each_language(name: str) -> None:
    assert sorted(map(str, map(language, RESPONSES[name]))) == sorted(LANGUAGES)


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_has_the_same_fields_in_each_language(name: str) -> None:
    fields = {language(v): sorted(FIELD.findall(v.get("text", ""))) for v in RESPONSES[name]}
    assert len({tuple(found) for found in fields.values()}) == 1, fields


@pytest.mark.parametrize(
    "name", [n for n, v in RESPONSES.items() if any("buttons" in i for i in v)]
)
def test_its_buttons_do_the_same_in_each_language(name: str) -> None:
    payloads = {
        language(v): [button["payload"] for button in v.get("buttons", [])] for v in RESPONSES[name]
    }
    assert len({tuple(found) for found in payloads.values()}) == 1, payloads


@pytest.mark.parametrize("name", RESPONSES)
def test_it_says_something_different_in_each_language(name: str) -> None:
    said = {v.get("text", "").strip() for v in RESPONSES[name]}
    assert "" not in said
    assert len(said) > 1, "not translated"


def test_a_buttons_intent_exists() -> None:
    intents = {i if isinstance(i, str) else next(iter(i)) for i in DOMAIN["intents"]}
    intents |= {"cancel_handoff"}  # taken by the intake, before Rasa
    for name, variations in RESPONSES.items():
        for button in (b for v in variations for b in v.get("buttons", [])):
            intent = re.match(r"/(\w+)", button["payload"])
            assert intent, f"{name}: {button}"
            assert intent[1] in intents, f"{name}: {button}"


def test_a_payload_leaves_rasa_and_svara_alike_as_a_button_sends_it() -> None:
    payloads = [
        (name, str(language(variation)), place, button["payload"])
        for name, variations in RESPONSES.items()
        for variation in variations
        for place, button in enumerate(variation.get("buttons", []))
        if "{" in button["payload"]
    ]
    assert len(payloads) > 80
    for name, spoken, place, payload in payloads:
        sent = interpolator.interpolate_text(payload, {"language": spoken})
        # A payload that Rasa cannot fill in comes back as it is, with a traceback in the log.
        assert sent != payload, f"{name}: double the braces of {payload}"
        assert isinstance(json.loads(sent[sent.index("{") :]), dict)
        assert texts.buttons(name, spoken)[place]["payload"] == sent


def test_a_text_is_taken_in_the_language_asked_for() -> None:
    assert texts.say("utter_refused_empty", "sv") == "Meddelandet var tomt."
    assert texts.say("utter_refused_empty", "da") == "Beskeden var tom."


@pytest.mark.parametrize("other", [None, "fi", ""])
def test_any_other_language_gets_english(other: str | None) -> None:
    assert texts.say("utter_refused_empty", other) == "The message was empty."


def test_fields_are_filled_in_and_unknown_ones_left() -> None:
    assert "under 2000 characters" in texts.say("utter_refused_too_long", "en", limit=2000)
    assert "{limit}" in texts.say("utter_refused_too_long", "en", other=1)


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    for value in ("{limit}", "{{limit}}"):
        assert value in texts.say("utter_refused_too_long", "en", limit=value)


def test_buttons_come_in_the_language_too() -> None:
    swedish, english = (texts.buttons("utter_help", code) for code in ("sv", "en"))
    assert [b["payload"] for b in swedish] == [b["payload"] for b in english]
    assert [b["title"] for b in swedish] != [b["title"] for b in english]
    assert texts.buttons("utter_greet", "sv") == []


def test_a_response_that_is_not_there_is_an_error_that_names_it() -> None:
    assert not texts.exists("utter_nothing")
    with pytest.raises(SettingsError, match="utter_nothing"):
        texts.say("utter_nothing", "en")
