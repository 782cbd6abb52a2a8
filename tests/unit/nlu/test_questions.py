"""Two questions in one message, and corrections, with the real classifier on part of our data."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.classifier import IntentClassifier
from bot.nlu.phrases import load_phrases
from bot.nlu.questions import MAX_CHARS, Limits, Pair, Question, QuestionFinder, chosen
from bot.settings import LANGUAGES
from bot.trainer.examples import read_examples

INTENTS = {
    "return_item",
    "refund_status",
    "order_status",
    "contact_info",
    "shipping_info",
    "invoice_request",
    "greet",
    "thank",
    "deny",
    "rephrase",
}
WORDS = load_phrases(Path("data/lookups/questions.yml"))


@pytest.fixture(scope="module")
def finder() -> QuestionFinder:
    examples = [example for example in read_examples() if example.intent in INTENTS]
    model = IntentClassifier().fit([e.text for e in examples], [e.intent for e in examples])
    return QuestionFinder(model, WORDS)


def intents(found: list[Question]) -> list[str]:
    return [question.intent for question in found]


@pytest.mark.parametrize(
    ("text", "first", "second", "language"),
    [
        (
            "I want to return this, and how long until I get my refund?",
            "return_item",
            "refund_status",
            "en",
        ),
        ("Where is my parcel? And can I have a receipt?", "order_status", "invoice_request", "en"),
        ("Var är mitt paket? Och har ni öppet på lördag?", "order_status", "contact_info", "sv"),
        (
            "Jag vill returnera skorna och när får jag min återbetalning",
            "return_item",
            "refund_status",
            "sv",
        ),
        (
            "Hvor er min pakke, og hvad er jeres telefonnummer?",
            "order_status",
            "contact_info",
            "da",
        ),
        (
            "Jeg trenger kvittering. Dessuten lurer jeg på når pakken min kommer.",
            "invoice_request",
            "order_status",
            "nb",
        ),
    ],
)
def test_two_questions_are_found_in_their_order(
    finder: QuestionFinder, text: str, first: str, second: str, language: str
) -> None:
    two = finder.several(text, language)
    assert intents(two) == [first, second]
    for question in two:
        assert text[question.start : question.end] == question.text
    assert two[0].end <= two[1].start
    # the language is a help, not a condition
    assert intents(finder.several(text)) == [first, second]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel? And can I have a receipt? Also, when are you open?",
        "Var är mitt paket? Sen behöver jag ett kvitto. Och när har ni öppet på lördag?",
        "Hvor er min pakke? Må jeg få en kvittering? Og hvornår har I åbent?",
        "Når kommer pakken min? Jeg trenger også kvittering. Og når har dere åpent på lørdag?",
    ],
)
def test_a_third_question_is_not_lost(finder: QuestionFinder, text: str) -> None:
    three = finder.several(text)
    assert intents(three) == ["order_status", "invoice_request", "contact_info"]
    assert [text[part.start : part.end] for part in three] == [part.text for part in three]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my parcel?",
        "Hi there! Where is my parcel? Thanks!",
        "Where is my parcel, and when will my parcel be here?",
        "I ordered two weeks ago, I paid, I got a mail, and since then nothing. Where is it?",
        "Hej! Var är mitt paket? Tack på förhand!",
        "Jeg sendte skoene retur for tre uger siden, og I har fået dem. Hvor er mine penge?",
        "",
        " \n ",
        "?",
        "and, and and",
    ],
)
def test_a_message_about_one_thing_stays_whole(finder: QuestionFinder, text: str) -> None:
    assert not finder.several(text)


def test_a_story_is_not_taken_apart(finder: QuestionFinder) -> None:
    two = "Where is my parcel? And can I have a receipt? "
    assert finder.several(two)
    assert not finder.several(two + "x" * MAX_CHARS)


def test_the_joining_words_belong_to_no_question(finder: QuestionFinder) -> None:
    two = finder.several("Where is my parcel? By the way, can I have a receipt for it?")
    assert [question.text for question in two] == [
        "Where is my parcel?",
        "can I have a receipt for it?",
    ]


def test_a_question_is_told_from_a_request(finder: QuestionFinder) -> None:
    two = finder.several("I want to return this, and how long until I get my refund")
    assert [question.inquires for question in two] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "I want to return this, and tell me when I get my refund",
        "I want to return this, and let me know how long until I get my refund",
        "Jag vill returnera jackan, och säg när jag får tillbaka pengarna",
        "Jag vill returnera jackan, och berätta hur jag får tillbaka pengarna",
        "Jeg vil returnere jakken, og sig lige hvornår jeg får pengene tilbage",
        "Jeg vil returnere jakken, og fortæl mig hvornår jeg får pengene tilbage",
        "Jeg vil returnere jakken, og si når jeg får pengene tilbake",
        "Jeg vil returnere jakken, og gi meg beskjed om når jeg får pengene tilbake",
    ],
)
def test_who_asks_to_be_told_asks(finder: QuestionFinder, text: str) -> None:
    two = finder.several(text)
    assert [question.inquires for question in two] == [False, True]


def pair(confidence: float, *, clear: bool) -> Pair:
    made = [Question(name, 0, 1, False, ((name, confidence),)) for name in ("one", "other")]
    return Pair(made[0], made[1], clear)


def test_less_is_needed_where_the_words_show_two_matters() -> None:
    limits = Limits(clear=0.4, unclear=0.8)
    assert chosen([pair(0.39, clear=True), pair(0.79, clear=False)], limits) is None
    assert chosen([pair(0.4, clear=True)], limits) is not None
    assert chosen([pair(0.8, clear=False)], limits) is not None
    surest = pair(0.7, clear=True)
    assert chosen([pair(0.85, clear=False), surest], limits) is surest
    assert chosen([], limits) is None


@pytest.mark.parametrize(
    ("text", "meant", "intent"),
    [
        ("no, I meant the refund", "the refund", "refund_status"),
        ("No I meant: where is my parcel?", "where is my parcel?", "order_status"),
        ("sorry, not the return, I meant the refund", "the refund", "refund_status"),
        ("I meant the delivery price, not the refund", "the delivery price", "shipping_info"),
        ("nej, jag menade fraktkostnaden", "fraktkostnaden", "shipping_info"),
        ("Nej jag undrade när paketet kommer", "när paketet kommer", "order_status"),
        ("nej, jeg mente hvor min pakke er", "hvor min pakke er", "order_status"),
        ("nei, jeg mente åpningstidene deres", "åpningstidene deres", "contact_info"),
        ("Nei, ikke frakten! Jeg spurte om retur", "retur", "return_item"),
    ],
)
def test_what_was_meant_is_found(
    finder: QuestionFinder, text: str, meant: str, intent: str
) -> None:
    found = finder.correction(text)
    assert found is not None
    assert (found.text, found.intent) == (meant, intent)
    assert text[found.start : found.end] == meant


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nej",
        "nej tack",
        "nei, takk",
        "no, the other order",
        "no, I meant",
        "no, I meant !",
        "no, I meant something else",
        "nej, jag menade något annat",
        "I mean, where is my parcel?",
        "where is my parcel?",
        "/deny",
        "",
    ],
)
def test_a_no_alone_corrects_nothing(finder: QuestionFinder, text: str) -> None:
    assert finder.correction(text) is None


@pytest.mark.parametrize("piece", ["nej nej, ", "not that, ", "and, ", "also also ", "? ", "no - "])
def test_rows_of_the_same_words_take_no_time(finder: QuestionFinder, piece: str) -> None:
    text = (piece * MAX_CHARS)[: MAX_CHARS - 20] + " I meant"
    started = time.monotonic()
    assert not finder.several(text)
    assert finder.correction(text) is None
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("group", WORDS)
def test_each_group_of_words_has_every_language(group: str) -> None:
    assert set(WORDS[group]) == set(LANGUAGES)
    assert all(isinstance(word, str) for words in WORDS[group].values() for word in words)


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(
                [
                    "no, I meant ",
                    "where is my parcel",
                    ", and ",
                    "? ",
                    "och",
                    " - ",
                    "jag menade",
                    "!",
                ]
            ),
        ),
        max_size=12,
    ),
    language=st.sampled_from([*LANGUAGES, None, "xx"]),
)
def test_any_text_gives_parts_of_itself_or_nothing(
    finder: QuestionFinder, pieces: list[str], language: Any
) -> None:
    text = "".join(pieces)
    found = [*(finder.several(text, language) or ()), finder.correction(text)]
    for question in found:
        if question is not None:
            assert question.text == text[question.start : question.end]
            assert question.text.strip()
