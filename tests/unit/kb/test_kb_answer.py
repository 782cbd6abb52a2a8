"""Answers are the article's own words, whole sentences and whole lists."""

from __future__ import annotations

import pytest
from kb_articles import article

from kb_connector.answer import answer, paragraph_sentences
from kb_connector.passages import passages

STEPS = "Gör så här:\n\n1. Öppna sidan.\n2. Tryck på Returnera.\n3. Skriv ut sedeln."
LONG = (
    "Returen kostar 39 kr. Avgiften dras från återbetalningen. " + "Utfyllnad om annat. " * 20
).strip()


def test_a_short_passage_is_shown_whole() -> None:
    (passage,) = passages(article(STEPS))
    shown = answer(passage, "retur")
    assert (shown.text, shown.shortened) == (STEPS, False)


def test_a_long_passage_is_shortened_to_sentences_about_the_question() -> None:
    body = LONG + "\n\nPackar du upp tältet gäller andra regler. Gas kan inte returneras alls."
    (passage,) = passages(article(body))
    shown = answer(passage, "kan jag skicka gas", limit=120)
    assert "Gas kan inte returneras alls." in shown.text
    assert len(shown.text) <= 120
    assert shown.shortened


def test_the_beginning_is_shown_when_nothing_fits_better() -> None:
    (passage,) = passages(article(LONG))
    shown = answer(passage, "xyzzy", limit=60)
    assert shown.text == "Returen kostar 39 kr. Avgiften dras från återbetalningen."


def test_steps_are_never_cut_and_keep_their_introduction() -> None:
    (passage,) = passages(article(LONG + "\n\n" + STEPS))
    shown = answer(passage, "skriva ut sedeln och trycka på sidan", limit=50)
    assert shown.text == STEPS


@pytest.mark.parametrize(
    ("heading", "lead"),
    [("What you cannot return", "What you cannot return:"), ("What is it?", "What is it?")],
)
def test_a_list_that_only_its_heading_introduces_has_it_above(heading: str, lead: str) -> None:
    (passage,) = passages(article(f"## {heading}\n\n- gas\n- gift cards\n"))
    assert answer(passage, "gift cards").text == f"{lead}\n\n- gas\n- gift cards"


def test_a_list_with_a_line_that_introduces_it_needs_no_heading() -> None:
    (passage,) = passages(article("## Returns\n\nYou cannot return:\n\n- gas\n"))
    assert answer(passage, "gas").text == "You cannot return:\n\n- gas"


def test_sentences_of_an_answer_stand_together_in_the_article() -> None:
    body = "Frakten är gratis. Det gäller inte gas. " + "Annat om tält. " * 30 + "Frakten tar tid."
    (passage,) = passages(article(body))
    text = answer(passage, "frakt", limit=100).text
    assert text in body


def test_what_leads_to_the_next_heading_is_left_out() -> None:
    first, _ = passages(article("Titta på lappen. Så här gör du med ull:\n\n## Ull\n30 grader."))
    assert answer(first, "ull").text == "Titta på lappen."
    alone, _ = passages(article("Så här gör du med ull:\n\n## Ull\n30 grader."))
    assert answer(alone, "ull").text == "Så här gör du med ull:"


def test_a_table_becomes_a_list() -> None:
    table = "| Till | Tid | Pris |\n|---|---|---|\n| Sverige | 1-3 | **49** kr |\n| Norge | 3-5 | |"
    (passage,) = passages(article(table))
    assert answer(passage, "frakt").text == (
        "- **Sverige**: Tid: 1-3 · Pris: 49 kr\n- **Norge**: Tid: 3-5"
    )


def test_the_link_leads_to_the_heading() -> None:
    passage = passages(article("Hej.\n\n## Vad kostar det?\nInget."))[1]
    shown = answer(passage, "kostar")
    assert shown.url == "https://shop.example/help/sv/x#vad-kostar-det"
    assert (shown.title, shown.heading) == ("Titel", "Vad kostar det?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Det tar t.ex. Postnord 2 dagar. Sen mejlar vi.", 2),
        ("Ring kl. 8. Vi svarar!  Hej?", 3),
        ("Det koster f.eks. Norge mer. Den 1. januar er lukket.", 2),
        ("Læs **vigtigt. Meget vigtigt** her. Og her.", 2),
        ("See [the page. Really](https://x.example/a) now. Thanks.", 2),
        ("Kostar 3.5 kr", 1),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: int) -> None:
    found = paragraph_sentences(text, "sv")
    assert len(found) == expected
    assert " ".join(found) == " ".join(text.split())


def test_no_part_of_a_long_paragraph_is_left_uncut() -> None:
    text = " ".join(f"Mening nummer {n} är slut." for n in range(1000))
    assert len(paragraph_sentences(text, "sv")) == 1000
