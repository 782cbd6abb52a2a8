"""Sentences of what customers write, and of articles."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import settings as bot_settings
from kb_connector.sentences import LANGUAGES, MAX_CHARS, pipeline, sentences, tokens


def split(text: str, language: str | None = None) -> list[str]:
    return [sentence.text for sentence in sentences(text, language)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Kan ni leverera kl. 12, t.ex. på fredag? Jag bor i Malmö.", 2),
        ("Det gäller bl.a. order nr. 5, ca. 3 st. Var är den?", 2),
        ("pakken kommer d. 3. marts kl. 12", 1),
        ("Den kommer 3. Marts. Hvornår?", 2),
        ("I paid 1.299,50 kr. Where is my money? It is no. 4.", 3),
        ("hvor er pakken min. når kommer den", 2),
        ("I said 5. Then I left.", 2),
        ("Write to Anna@mail.example or see www.nordlys.example/a.b, e.g. today", 1),
        ("I want to return this!! how long does it take??", 2),
        ("He said (really!) that it comes", 1),
        ("ok", 1),
    ],
)
def test_a_dot_in_a_number_or_an_abbreviation_ends_nothing(
    text: str, count: int, language: str
) -> None:
    assert len(split(text, language)) == count


def test_a_new_line_ends_a_sentence_unless_it_wraps_a_long_one() -> None:
    assert split("hej jag vill ha pengarna\nsen undrar jag om frakten", "sv") == [
        "hej jag vill ha pengarna",
        "sen undrar jag om frakten",
    ]
    long = "this line was broken by the mail program after so many\ncharacters"
    assert split(long) == [long]
    assert len(split(long.replace("\n", "\n\n"))) == 2


def test_the_places_are_those_of_the_text() -> None:
    text = "  Hej!  Var är paketet? "
    assert [(s.start, s.end, text[s.start : s.end] == s.text) for s in sentences(text, "sv")] == [
        (2, 6, True),
        (8, 23, True),
    ]


def test_every_language_of_svara_has_rules() -> None:
    assert set(LANGUAGES) == set(bot_settings.LANGUAGES)


def test_an_unknown_language_is_taken_as_english_and_a_pipeline_is_loaded_once() -> None:
    assert split("Hi. Bye.", "xx") == split("Hi. Bye.", None) == ["Hi.", "Bye."]
    assert pipeline("da") is pipeline("da")


def test_tokens_have_their_place_in_the_text() -> None:
    text = "Hej (((((( du, kl. 12"
    words = [(token.text, token.idx) for token in tokens(text, "sv") if token.text[0].isalnum()]
    assert words == [(w, text.index(w)) for w in ("Hej", "du", "kl.", "12")]


@given(st.text(max_size=300) | st.text(alphabet="aB1.!? \n(\"'é😊\u200b", max_size=300))
@settings(max_examples=150, deadline=None)
def test_sentences_hold_all_of_any_text_in_order(text: str) -> None:
    found = sentences(text, "nb")
    assert "".join("".join(s.text for s in found).split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(text[s.start : s.end] == s.text != "" for s in found)


@pytest.mark.parametrize(
    "piece",
    ["(", "?!.", "a", "1", " ", "\n", "😊", "a\u200b", "(a)", "kr. A", "''a ", "<b>", "a.b/"],
)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    sentences("", "sv")
    began = time.perf_counter()
    found = sentences(text, "sv")
    assert time.perf_counter() - began < 0.5
    assert all(s.start <= MAX_CHARS for s in found)
