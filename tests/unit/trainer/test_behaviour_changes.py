"""Changes of sentences for behavioural tests."""

from __future__ import annotations

import random

import pytest

from bot.trainer.behaviour.changes import KINDS, changed
from bot.trainer.labelled import Labelled

BY_NAME = {kind.name: kind for kind in KINDS}


def change(name: str, text: str, language: str = "en", intent: str = "cancel_order") -> str | None:
    return changed(BY_NAME[name], Labelled(text, intent, language), random.Random(1))


@pytest.mark.parametrize("name", ["typo_neighbour", "typo_swap", "typo_missing"])
def test_a_typo_spoils_one_long_word_and_no_number(name: str) -> None:
    text = "where is NL-12345abcdef from anna.persson@firma.example delivery"
    for seed in range(30):
        said = changed(BY_NAME[name], Labelled(text, "order_status", "en"), random.Random(seed))
        assert said is not None
        before, after = text.split(), said.split()
        assert [b for b, a in zip(before, after, strict=True) if b != a] in (
            ["where"],
            ["delivery"],
        )


def test_short_words_have_no_typos() -> None:
    assert change("typo_swap", "hi you") is None


@pytest.mark.parametrize(
    ("name", "text", "language", "expected"),
    [
        ("no_diacritics", "Återbetalning på köp", "sv", "Aterbetalning pa kop"),
        ("no_diacritics", "købt i går, ærgerligt", "da", "kobt i gar, aergerligt"),
        ("no_diacritics", "nothing here", "en", None),
        ("upper_case", "var är den", "sv", "VAR ÄR DEN"),
        ("lower_case", "Var är den", "sv", "var är den"),
        ("lower_case", "var är den", "sv", None),
        ("no_punctuation", "Hello, where is it? NL-1.5 now!", "en", "Hello where is it NL-1.5 now"),
        ("sentence_order", "I ordered a jacket. Where is it now?", "en",
         "Where is it now? I ordered a jacket."),
        ("sentence_order", "Hi! Where is it now?", "en", None),
        ("language_mix", "var är min faktura", "sv", "var är min invoice"),
        ("language_mix", "var är den", "sv", None),
        ("negation", "I want to cancel my order", "en", "I do not want to cancel my order"),
        ("negation", "can you cancel my order", "en", "please do not cancel my order"),
        ("negation", "jag vill avboka", "sv", "jag vill inte avboka"),
        ("negation", "jeg vil gerne annullere", "da", "jeg vil ikke annullere"),
        ("negation", "jeg ønsker å avbestille", "nb", "jeg vil ikke avbestille"),
        ("negation", "I want to cancel, I do not need it", "en", None),
        ("negation", "jag vill inte ha den", "sv", None),
        ("negation", "where is it", "en", None),
    ],
)  # fmt: skip
def test_a_change_does_what_it_says(
    name: str, text: str, language: str, expected: str | None
) -> None:
    assert change(name, text, language) == expected


def test_greetings_are_not_made_polite() -> None:
    assert change("politeness", "hello", intent="greet") is None
    polite = change("politeness", "where is it")
    assert polite is not None
    assert "where is it" in polite


def test_a_language_without_words_of_its_own_is_left_alone() -> None:
    assert change("politeness", "où est mon colis", "fr") is None
    assert change("filler", "où est mon colis", "fr") is None
    assert change("negation", "où est mon colis", "fr") is None


def test_only_the_negation_is_expected_to_change_what_is_done() -> None:
    assert [kind.name for kind in KINDS if not kind.keeps] == ["negation"]
