"""What messages say is not wanted, by their words; the cases are sentences of our own."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.negation import NegationFinder, without
from bot.nlu.phrases import load_phrases
from bot.nlu.questions import MAX_CHARS
from bot.settings import LANGUAGES

WORDS = load_phrases(Path("data/lookups/negation.yml"))
with Path(__file__).with_name("negation_cases.csv").open(encoding="utf-8", newline="") as stream:
    CASES = list(csv.DictReader(stream))
REFUSED = [case["text"] for case in CASES if case["not"]]
KEPT = [case["text"] for case in CASES if not case["not"]]


@pytest.fixture(scope="module")
def finder() -> NegationFinder:
    return NegationFinder(WORDS)


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_wanted_is_found(finder: NegationFinder, text: str) -> None:
    assert finder.find(text)


@pytest.mark.parametrize("text", KEPT)
def test_another_not_is_left_alone(finder: NegationFinder, text: str) -> None:
    assert not finder.find(text)


@pytest.mark.parametrize(
    ("text", "scopes", "rest"),
    [
        ("I don't want to cancel, just change the address", ["cancel"], "just change the address"),
        ("i dont want to cancel i want to skip one", ["cancel"], "i want to skip one"),
        ("ring mig inte, men vad har ni för mejl?", ["ring mig"], "men vad har ni för mejl?"),
        ("Jag har inte avbeställt. Var är paketet?", ["avbeställt"], "Var är paketet?"),
        ("kan jeg bytte uten å si opp?", ["si opp"], "kan jeg bytte"),
        ("Jeg sender den ikke retur", ["sender den  retur"], ""),
        ("no refund and don't call me please", ["call me please"], "no refund and"),
        ("My order must not be stopped!", ["be stopped"], ""),
    ],
)
def test_the_scope_is_what_is_not_wanted_and_the_rest_stays(
    finder: NegationFinder, text: str, scopes: list[str], rest: str
) -> None:
    found = finder.find(text)
    assert [one.scope for one in found] == scopes
    assert without(text, found).strip(" ,.!?") == rest.strip(" ,.!?")
    assert all(one.named for one in found)


def test_a_scope_that_names_no_act_says_so(finder: NegationFinder) -> None:
    (shipped,) = finder.find("I don't want to bore you")
    assert not shipped.named


def test_any_apostrophe_will_do(finder: NegationFinder) -> None:
    assert finder.find("don’t cancel it") and finder.find("don`t cancel it")


def test_a_story_is_not_taken_apart(finder: NegationFinder) -> None:
    assert finder.find("I don't want to cancel. " + "a" * (MAX_CHARS - 30))
    assert not finder.find("I don't want to cancel. " + "a" * MAX_CHARS)


@pytest.mark.parametrize(
    "piece",
    ["not ", "I do not want to ", "don't, ", "jag vill inte ", "ikke å ", "och inte ", "jeg har "],
)
def test_rows_of_the_same_words_take_no_time(finder: NegationFinder, piece: str) -> None:
    text = (piece * MAX_CHARS)[:MAX_CHARS]
    started = time.monotonic()
    finder.find(text)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("group", WORDS)
def test_each_group_of_words_has_every_language(group: str) -> None:
    assert set(WORDS[group]) == set(LANGUAGES)
    assert all(isinstance(word, str) for words in WORDS[group].values() for word in words)
    assert not {"True", "False", "None"} & {w for words in WORDS[group].values() for w in words}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                [
                    "I don't want to ",
                    "cancel",
                    " but ",
                    "jag vill inte ",
                    "ring mig inte",
                    ", ",
                    "?",
                ]
            ),
        ),
        max_size=10,
    )
)
def test_any_text_gives_clauses_of_it_in_order(finder: NegationFinder, pieces: list[str]) -> None:
    text = "".join(pieces)
    end = 0
    found = finder.find(text)
    for one in found:
        assert end <= one.start < one.end <= len(text)
        assert one.scope.strip()
        end = one.end
    assert len(without(text, found)) == len(text)
