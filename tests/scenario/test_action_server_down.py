"""The action server is away: the customer is told so, and a person takes over."""

from __future__ import annotations

import pytest
import requests
from own_helpdesk import Helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara
from words import WORDS

pytestmark = pytest.mark.scenario


@pytest.fixture(params=list(WORDS))
def language(request: pytest.FixtureRequest) -> str:
    """Each language."""
    return str(request.param)


def apologised(customer: RestCustomer, helpdesk: Helpdesk, language: str) -> None:
    """The customer has read an apology, and the helpdesk has the whole conversation."""
    apology = customer.lines[-1]
    assert apology.speaker == "bot"
    assert apology.text.startswith(WORDS[language].technical_error)
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    assert event.data["reason"]["code"] == "technical_error"
    assert event.data["priority"] == "high"
    assert event.data["customer"]["language"] == language
    said = [(m["speaker"], m["text"]) for m in event.data["transcript"]["messages"]]
    assert said == [(line.speaker, line.text) for line in customer.lines]


def test_that_hangs_in_mid_conversation(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk, language: str
) -> None:
    words = WORDS[language]
    customer = RestCustomer(with_helpdesk)
    assert words.helped in customer.say(words.question)
    with with_helpdesk.hanging("actions"):
        customer.say(words.another)
    apologised(customer, helpdesk, language)


def test_that_was_killed_at_the_first_word(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk, language: str
) -> None:
    customer = RestCustomer(with_helpdesk)
    with with_helpdesk.killed("actions"):
        customer.say(WORDS[language].question)
    apologised(customer, helpdesk, language)


def test_a_customer_who_hung_up_meanwhile_is_answered_all_the_same(
    with_helpdesk: RunningSvara,
) -> None:
    words = WORDS["sv"]
    customer = RestCustomer(with_helpdesk)
    customer.say(words.question)
    with with_helpdesk.hanging("actions"), pytest.raises(requests.ReadTimeout):
        customer.post(words.another, message_id="hung-up", timeout=0.3)
    again = customer.post(words.another, message_id="hung-up").json()
    assert [reply["text"] for reply in again][-1] == words.helped
    assert customer.fetch(customer.last_id) == again
