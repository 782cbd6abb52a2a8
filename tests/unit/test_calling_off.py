"""Words that call off what was asked for, and those that only sound so."""

from __future__ import annotations

import time

import pytest

from bot.calling_off import calls_off, calls_person_off
from bot.orders.replies import is_yes


@pytest.mark.parametrize(
    "text",
    [
        *("forget it", "sorry, forget it", "Never mind", "actually no, I changed my mind"),
        *("jag har ändrat mig", "nej jag har ångrat mig", "skit i det", "strunt i det"),
        *("jeg har fortrudt", "nej, glem det", "drop det", "jeg har ombestemt mig"),
        *("jeg har ombestemt meg", "dropp det", "beklager, glem det"),
        *("glem det igen", "pyt med det", "pyt", "jeg fortryder det", "glem hele greia"),
        *("glöm alltihop", "äh glöm det", "avbryt", "avbryt det nu"),
        *("äh strunt i det", "nej vänta, glöm det", "nej vent, glem det", "nei vent, glem det"),
        *("never mind, forget it", "no wait, forget it", "never mind, it's fine", "pyt, glem det"),
        *("glem det, det går bra", "glöm det, det är lugnt", "glem det, det er fint"),
    ],
)
def test_who_wants_nothing_any_more_calls_it_off(text: str) -> None:
    assert calls_off(text) and not is_yes(text)
    assert calls_person_off(text)


@pytest.mark.parametrize(
    "text", ["not now I think", "Norwegian wool", "nothing", "I changed my mind about the hat"]
)
def test_who_says_something_else_calls_nothing_off(text: str) -> None:
    assert not calls_off(text) and not calls_person_off(text)


@pytest.mark.parametrize(
    "text",
    [
        *("never mind, I found it", "no need anymore, thanks", "ok I don’t need anyone any more"),
        *("I figured it out myself!", "sorry it's solved", "found it, never mind"),
        *("forget it, I found the answer", "jeg fandt svaret selv, glem det"),
        *("det behövs inte längre tack", "Jag löste det själv", "det löste sig, tack ändå"),
        *("glöm det, jag hittade den själv", "jag behöver ingen hjälp längre"),
        *("det er lige meget", "behøves ikke alligevel", "jeg fandt ud af det selv, tak"),
        *("det trengs ikke lenger", "glem det, det ordnet seg", "jeg trenger ikke hjelp lenger"),
    ],
)
def test_who_waits_for_a_person_calls_them_off_in_words_of_every_kind(text: str) -> None:
    assert calls_person_off(text)


@pytest.mark.parametrize(
    "text",
    [
        *("I found it", "jag hittade den", "no need to hurry", "I don't need the jacket any more"),
        *("it's not solved", "det löste sig inte", "never mind the jacket, where is the hat?"),
        *("jeg behøver hjælp", "jeg trenger hjelp", "det är lugnt", "no", "stop", "thanks", "1042"),
        *("I don't need it, I want my money back", "glem det, jeg vil snakke med en leder"),
        *("vänta", "nej vent", "it's fine", "det går bra", "glem det, det går bra å ringe meg"),
    ],
)
def test_who_waits_for_a_person_and_says_more_goes_on_waiting(text: str) -> None:
    assert not calls_person_off(text)


def test_words_said_over_and_over_are_read_at_once() -> None:
    began = time.perf_counter()
    for text in ("glöm det tack " * 40 + "x", "ok " * 200, "tack, " * 100 + "!", " ." * 250 + "x"):
        assert not calls_person_off(text)
    assert time.perf_counter() - began < 0.5
