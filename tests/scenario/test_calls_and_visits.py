"""Being called and coming by, with second thoughts, in the running system and in each language."""

from __future__ import annotations

import pytest
from own_helpdesk import Helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara

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
