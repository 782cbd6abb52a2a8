"""What is offered when the bot is not sure: what the model that answers now has a title for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.understanding import ActionNotUnderstood

pytestmark = pytest.mark.usefixtures("shop")

TITLES = {"en": "Gift wrapping", "sv": "Presentinslagning", "da": "Gaver", "nb": "Gaver pakket"}
ELSE = {"en": "Something else", "sv": "Något annat"}


def variations(titles: dict[str, str]) -> list[dict[str, Any]]:
    """As Rasa gives them to an action."""
    return [
        {"condition": [{"type": "slot", "name": "language", "value": language}], "text": text}
        for language, text in titles.items()
    ]


def offered(
    domain: dict[str, Any], language: str = "sv", **ranking: float
) -> list[tuple[str, str]]:
    parsed = {
        "text": "zzz qqq",
        "intent": {"name": "nlu_fallback", "confidence": 0.7},
        "intent_ranking": [{"name": n, "confidence": share} for n, share in ranking.items()],
        "entities": [],
    }
    tracker = Tracker("anna", {"language": language}, parsed, [], False, None, {}, "action")
    dispatcher = CollectingDispatcher()
    asyncio.run(ActionNotUnderstood().run(dispatcher, tracker, domain))
    buttons = [each for message in dispatcher.messages for each in message.get("buttons") or []]
    return [(each["title"], each["payload"]) for each in buttons]


@pytest.fixture
def domain() -> dict[str, Any]:
    return {
        "responses": {
            "utter_title_gift_wrap": variations(TITLES),
            "utter_title_none": variations(ELSE),
        }
    }


@pytest.mark.parametrize("language", TITLES)
def test_an_intent_with_a_title_in_the_model_is_offered_in_the_customers_language(
    domain: dict[str, Any], language: str
) -> None:
    assert offered(domain, language, gift_wrap=0.4, sizes=0.3) == [
        (TITLES[language], "/gift_wrap"),
        (ELSE.get(language, ELSE["en"]), "/rephrase"),
    ]


def test_an_intent_whose_title_is_not_shipped_yet_is_not_offered(domain: dict[str, Any]) -> None:
    """Though `domain.yml` has one."""
    assert offered(domain, book_visit=0.4) == []


def test_one_text_for_all_languages_is_said_to_all(domain: dict[str, Any]) -> None:
    domain["responses"]["utter_title_gift_wrap"] = [{"text": "Gift wrap"}]
    assert offered(domain, gift_wrap=0.4)[0] == ("Gift wrap", "/gift_wrap")


def test_a_model_whose_domain_does_not_come_has_the_titles_of_the_file() -> None:
    assert offered({}, book_visit=0.4, gift_wrap=0.3) == [
        ("Boka ett besök", "/book_visit"),
        ("Något annat", "/rephrase"),
    ]


def test_rasa_sends_the_domain_to_the_action_that_offers() -> None:
    actions = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["actions"]
    assert {"action_not_understood": {"send_domain": True}} in actions
