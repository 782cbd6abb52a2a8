"""Words are stemmed, folded and freed of what says nothing."""

from __future__ import annotations

import pytest

from kb_connector.text import stems


@pytest.mark.parametrize(
    ("lang", "one", "other"),
    [
        ("sv", "beställningen", "beställningar"),
        ("da", "pakken", "pakker"),
        ("nb", "pakkene", "pakken"),
        ("no", "pakkene", "pakken"),
        ("en", "returned", "returns"),
        ("sv", "ÅTERBETALNING", "aterbetalning"),
        ("da", "ændring", "aendring"),
    ],
)
def test_forms_of_a_word_are_one(lang: str, one: str, other: str) -> None:
    assert stems(one, lang) == stems(other, lang) != []


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Hi, can you please help me with this?"),
        ("sv", "Hej! Kan ni hjälpa mig med det här?"),
        ("da", "Hej, kan I hjælpe mig med det her?"),
        ("nb", "Hei! Kan dere hjelpe meg med dette?"),
        ("en", "NL-104823 104823 anna@x.example https://x.example/a"),
        ("sv", "?!  …"),
    ],
)
def test_what_says_nothing_about_the_topic_is_left_out(lang: str, text: str) -> None:
    assert stems(text, lang) == []


def test_a_language_without_a_stemmer_is_read_as_it_stands() -> None:
    assert stems("Żółta kurtka", "pl") == ["zołta".replace("ł", "l"), "kurtka"]
