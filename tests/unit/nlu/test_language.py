"""Which language a message is in."""

from __future__ import annotations

import pytest

from bot.nlu.language import LanguageIdentifier
from bot.settings import LANGUAGES


@pytest.fixture(scope="module")
def identifier() -> LanguageIdentifier:
    return LanguageIdentifier(ignored=["Nordlys"])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order?", "en"),
        ("I want to return the jacket", "en"),
        ("refund please", "en"),
        ("thank you", "en"),
        ("var är min beställning?", "sv"),
        ("jag vill lämna tillbaka jackan", "sv"),
        ("pengarna tillbaka", "sv"),
        ("tack så mycket", "sv"),
        ("hvor er min ordre henne? den skulle være kommet i går", "da"),
        ("jeg vil gerne returnere jakken", "da"),
        ("hvor bliver pengene af", "da"),
        ("mange tak", "da"),
        ("hvor er bestillingen min?", "nb"),
        ("jeg vil gjerne sende tilbake jakka", "nb"),
        ("når får jeg pengene tilbake", "nb"),
        ("tusen takk", "nb"),
    ],
)
def test_a_first_message_is_told_without_any_hint(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.identify(text) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Holder I lukket i morgen", "da"),
        ("hvor ligger I henne", "da"),
        ("hvor er pakken min", "nb"),
        ("hvor er pengene mine", "nb"),
    ],
)
def test_danish_and_norwegian_are_told_apart_by_their_habits(
    identifier: LanguageIdentifier, text: str, language: str
) -> None:
    assert identifier.identify(text) == language


@pytest.mark.parametrize("text", ["ok", "OK!", "super", "NL-104823", "123456", "👍", "", "?!"])
@pytest.mark.parametrize("current", LANGUAGES)
def test_what_every_language_says_keeps_the_conversations(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == current


@pytest.mark.parametrize("text", ["Nordlys", "nordlys?", "NORDLYS"])
@pytest.mark.parametrize("current", LANGUAGES)
def test_the_shops_name_says_nothing(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == current
    assert set(identifier.scores(text).values()) == {0.0}


@pytest.mark.parametrize("text", ["tracking?", "unsubscribe", "sorry", "password", "support"])
@pytest.mark.parametrize("current", ["sv", "da", "nb"])
def test_one_borrowed_word_does_not_flip_a_conversation(
    identifier: LanguageIdentifier, text: str, current: str
) -> None:
    assert identifier.identify(text, current=current) == current


@pytest.mark.parametrize("current", ["sv", "da", "nb"])
def test_a_sentence_in_another_language_does(identifier: LanguageIdentifier, current: str) -> None:
    assert identifier.identify("can we speak English instead?", current=current) == "en"


def test_the_page_speaks_first_but_not_loudly(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("ok", hint="da") == "da"
    assert identifier.identify("where is my parcel", hint="da") == "en"


def test_an_unknown_language_as_the_current_one_counts_for_nothing(
    identifier: LanguageIdentifier,
) -> None:
    assert identifier.identify("var är mitt paket", current="fi") == "sv"
    assert identifier.identify("", current="fi") == "en"


def test_only_the_languages_asked_for_are_chosen_from() -> None:
    assert LanguageIdentifier(["da", "nb"]).identify("where is my order") in {"da", "nb"}
