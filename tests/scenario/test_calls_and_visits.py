"""Being called and coming by, with second thoughts, in the running system and in each language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from own_helpdesk import Helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara

from bot import texts

pytestmark = pytest.mark.scenario

WORDS = {
    "en": ("I'd like to visit you on Monday at 10", "make it Thursday at 14 instead", "Thursday"),
    "sv": ("Jag vill boka ett besök på måndag kl 10", "ta torsdag kl 14 i stället", "torsdag"),
    "da": ("Jeg vil gerne booke et besøg på mandag kl. 10", "hellere torsdag kl. 14", "torsdag"),
    "nb": ("Jeg vil bestille et besøk på mandag kl. 10", "heller torsdag kl. 14", "torsdag"),
}


@pytest.mark.parametrize("language", WORDS)
def test_the_time_of_a_visit_is_changed_while_its_address_is_asked_for(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk, language: str
) -> None:
    asks, changes, day = WORDS[language]
    customer = RestCustomer(with_helpdesk, language=language)
    (asked,) = customer.say(asks)
    assert "?" in asked
    (moved,) = customer.say(changes)
    assert day in moved and "14:00" in moved
    noted = customer.say("anna@example.org")[0]
    assert day in noted and "14:00" in noted
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    evidence = event.data["reason"]["evidence"]
    assert evidence["email"] == "anna@example.org"
    assert "T14:00" in evidence["time_window"]["from"]


CALLS = {
    "en": ("can you call me", "I changed my mind", "no call"),
    "sv": ("kan ni ringa mig", "jag har ändrat mig", "ringer vi inte"),
    "da": ("kan I ringe til mig", "jeg har fortrudt", "ringer vi ikke"),
    "nb": ("kan dere ringe meg", "jeg har ombestemt meg", "ringer vi ikke"),
}


@pytest.mark.parametrize("language", CALLS)
def test_a_call_is_called_off_instead_of_a_number_and_asked_for_again(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk, language: str
) -> None:
    asks, calls_off, stopped = CALLS[language]
    customer = RestCustomer(with_helpdesk, language=language)
    (asked,) = customer.say(asks)
    assert customer.say(calls_off)[0].count(stopped) == 1
    assert customer.say(asks) == [asked]
    customer.say("+46 70 174 06 05")
    assert "+46701740605" in customer.say("10-12")[0].replace(" ", "").replace("-", "")
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    assert event.data["reason"]["code"] == "call_requested"


TIMED = {
    "en": ("call me on Monday at 10 on +46701740605", "on Monday at 10", "never mind, forget it"),
    "sv": ("ring mig på 0701740605 på måndag kl 10", "på måndag kl 10", "äh strunt i det"),
    "da": ("ring til mig på 20123456 på mandag kl. 10", "på mandag kl. 10", "nej vent, glem det"),
    "nb": ("ring meg på 40000118 på mandag kl. 10", "på mandag kl. 10", "glem det, det går bra"),
}


@pytest.mark.parametrize("language", TIMED)
def test_a_call_takes_its_time_from_the_first_message_and_is_called_off_in_words(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk, language: str
) -> None:
    asks, time, calls_off = TIMED[language]
    customer = RestCustomer(with_helpdesk, language=language)
    noted, meanwhile = customer.say(asks)
    assert f"({time})" in noted
    assert meanwhile == texts.say("utter_wait_call", language)
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    assert "T10:00" in event.data["reason"]["evidence"]["time_window"]["from"]
    assert customer.say(calls_off) == [texts.say("utter_handoff_cancelled", language)]


CLOSED = {
    "en": ("call me on +46701740605", "tomorrow at 10, as i said", "the day after tomorrow at 10"),
    "sv": ("ring mig på 0701740605", "imorgon förmiddag", "i övermorgon kl 10"),
    "da": ("ring til mig på 20123456", "i morgen kl. 10", "i overmorgen kl. 10"),
    "nb": ("ring meg på 40000118", "i morgen kveld kl 22", "i overmorgen kl. 10"),
}


@pytest.fixture
def tomorrow_off(with_helpdesk: RunningSvara) -> Iterator[str]:
    """Nobody is there before the day after tomorrow, whose name in English it gives."""
    day = dt.datetime.now(ZoneInfo("Europe/Stockholm")) + dt.timedelta(days=2)
    desks = Path(with_helpdesk.environment["SVARA_DESKS_FILE"])
    desks.write_text(
        "desks: {helpdesk: {kind: webhook, time_zone: Europe/Stockholm, "
        f"hours: {{{day:%a}: 8-18}}}}}}"
    )
    yield f"{day:%A}"
    desks.unlink()


@pytest.mark.parametrize("language", CLOSED)
def test_a_call_is_promised_for_no_time_at_which_all_are_away(
    with_helpdesk: RunningSvara, tomorrow_off: str, language: str
) -> None:
    asks, closed, then = CLOSED[language]
    customer = RestCustomer(with_helpdesk, language=language)
    (asked,) = customer.say(asks)
    refused, again = customer.say(closed)
    told = texts.say("utter_callback_closed", language, opens="")
    assert refused.startswith(told.rstrip(" .")) and again == asked
    if language == "en":
        assert tomorrow_off in refused
    noted, away = customer.say(then)
    assert then in noted
    assert away.startswith(texts.say("utter_closed_call", language).partition("{")[0])
