"""What a product costs, what we do not sell, and what things are made of, from our own articles."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import ActionAnswer
from actions.prices import asks_price
from actions.understanding import ActionNotUnderstood
from bot.settings import LANGUAGES
from kb_connector.sources.markdown import MarkdownSource


@pytest.fixture(scope="module", autouse=True)
def articles(shop_of_the_file: Any) -> None:
    turn.knowledge_base().sync(MarkdownSource(Path("data/kb")))


@dataclass(frozen=True)
class Shown:
    """What a question was answered with.

    Attributes:
        article: slug of the one that was shown; empty when none was.
        offered: slugs of those to choose from.
        asked: what is kept as the customer's question.
    """

    article: str
    offered: list[str]
    text: str
    asked: str


def ask(
    text: str,
    language: str,
    intent: str = "product_availability",
    product: str | None = "Sarek Shell Jacket",
) -> Shown:
    parsed = {
        "text": text,
        "intent": {"name": intent},
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": [{"entity": "product", "value": product}] if product else [],
    }
    tracker = Tracker("anna", {"language": language}, parsed, [], False, None, {}, "action")
    dispatcher = CollectingDispatcher()
    action = ActionNotUnderstood() if intent == "nlu_fallback" else ActionAnswer()
    events = asyncio.run(action.run(dispatcher, tracker, {}))
    kept = [each["value"] or {} for each in events if each.get("name") == "last_answer"]
    shown, offered, words = "", [], ""
    for message in dispatcher.messages:
        card = (message.get("custom") or {}).get("article")
        if card:
            shown, words = card["id"].rsplit("/")[-1], str(message["text"])
        for button in message.get("buttons") or []:
            if button["payload"].startswith("/article_choice"):
                offered.append(button["payload"].rsplit("/")[-1].strip('"}'))
    return Shown(shown, offered, words, str(kept[-1].get("asked", "")) if kept else "")


PRICES = [
    ("how much is the sarek jacket", "en"),
    ("price of the shell jacket?", "en"),
    ("what does the Sarek cost", "en"),
    ("vad kostar sarek jackan", "sv"),
    ("hur mycket är dunjackan", "sv"),
    ("priset på skaljackan?", "sv"),
    ("vad går sarek på", "sv"),
    ("hvad koster sarek jakken", "da"),
    ("hvor meget er dunjakken", "da"),
    ("hvad er prisen på skaljakken", "da"),
    ("hva koster sarekjakka", "nb"),
    ("hvor mye er dunjakka", "nb"),
    ("prisen på skalljakka", "nb"),
    ("how expensive are the boots", "en"),
    ("hur dyra är kängorna", "sv"),
    ("hvor dyre er støvlerne", "da"),
    ("hvor dyrt er teltet", "nb"),
    ("what would the sarek set me back", "en"),
    ("vad ska man ge för sarek jackan", "sv"),
    ("hvad tager I for skaljakken", "da"),
    ("hva tar dere for skalljakka", "nb"),
]


@pytest.mark.parametrize("intent", ["product_availability", "nlu_fallback"])
@pytest.mark.parametrize(("text", "language"), PRICES)
def test_the_price_of_a_product_is_said_to_stand_in_the_shop(
    text: str, language: str, intent: str
) -> None:
    assert ask(text, language, intent).article == "range-prices"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("is the sarek jacket in stock", "en"),
        ("har ni sarek i L", "sv"),
        ("hvordan vasker jeg sarek", "da"),
        ("finnes den i rødt", "nb"),
        ("hvor mye veier teltet deres jotun 2", "nb"),
        ("hvor meget vejer jotun teltet", "da"),
        ("hur mycket väger tältet", "sv"),
        ("how much does the jotun 2 weigh", "en"),
        ("hur mycket ryms i ryggsäcken", "sv"),
    ],
)
def test_other_questions_about_a_product_ask_no_price(text: str, language: str) -> None:
    assert not asks_price(text)


def test_what_is_kept_as_the_question_are_the_customers_words() -> None:
    assert ask("hva koster sarekjakka", "nb").asked == "hva koster sarekjakka"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("do you sell used skis", "en"),
        ("säljer ni begagnade skidor", "sv"),
        ("sælger I brugte ski", "da"),
        ("selger dere brukte ski", "nb"),
    ],
)
def test_what_we_do_not_sell_is_said_so(text: str, language: str) -> None:
    assert ask(text, language, product=None).article == "range-prices"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Are your tents PFAS-free?", "en"),
        ("are your tents pfas free", "en"),
        ("Är era tält PFAS-fria?", "sv"),
        ("är era tält pfas-fria", "sv"),
        ("ÄR ERA TÄLT PFASFRIA", "sv"),
        ("Er jeres telte PFAS-frie?", "da"),
        ("er jeres telte pfas-frie", "da"),
        ("Er teltene deres PFAS-frie?", "nb"),
        ("er teltene deres pfas-frie", "nb"),
        ("any pfas in your rain jackets", "en"),
        ("innehåller skaljackan pfas", "sv"),
        ("er der pfas i skaljakken", "da"),
        ("er det pfas i regnjakka", "nb"),
    ],
)
def test_pfas_is_answered_however_it_is_written(text: str, language: str) -> None:
    shown = ask(text, language, product=None)
    assert shown.article == "materials-pfas"
    assert "PFAS" in shown.text and not shown.text.endswith(":")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("is the down jacket in stock", "en"),
        ("finns dunjackan i lager", "sv"),
        ("er dunjakken på lager", "da"),
        ("er dunjakka på lager", "nb"),
    ],
)
def test_whether_something_is_in_stock_is_not_answered_with_how_to_wash_it(
    text: str, language: str
) -> None:
    assert ask(text, language).article == "stock-sizes"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how do I wash my down jacket", "en"),
        ("hur tvättar jag dunjackan", "sv"),
        ("hvordan vasker jeg min dunjakke", "da"),
        ("hvordan vasker jeg dunjakka", "nb"),
    ],
)
def test_how_to_wash_something_is_still_known(text: str, language: str) -> None:
    assert ask(text, language).article == "materials-washing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_article_on_goods_ends_in_a_colon(language: str) -> None:
    for path in Path("data/kb", language).glob("*.md"):
        body = path.read_text(encoding="utf-8").split("---\n", 2)[2]
        for before in body.split("\n## ")[:-1]:
            assert not before.rstrip().endswith(":"), path
