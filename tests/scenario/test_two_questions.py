"""Two questions in one message, and "no, I meant ...", in the running system, in each language."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from own_helpdesk import Helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara

pytestmark = pytest.mark.scenario


@dataclass(frozen=True)
class Words:
    """What a customer writes, and some of what they must be shown.

    Attributes:
        told_and_asked: about delivery, and where an order is; `order_number` is asked back.
        task_and_question: a return, and how long the money takes; `days` is the answer's.
        task_and_telling: to cancel an order, and to be told when the money comes.
        three: where an order is, what delivery costs, and when we are open; `hours` is that.
        corrected: that the money was meant.
        corrected_in_form: that delivery was meant.
    """

    delivery: str
    told_and_asked: str
    task_and_question: str
    task_and_telling: str
    hours: str
    three: str
    corrected: str
    corrected_in_form: str
    other: str
    last: str
    order_number: str
    days: str
    sorry: str


WORDS = {
    "en": Words(
        "How much is delivery?",
        "Where is my order? And how much is delivery?",
        "I want to return a jacket, and how long until I get my refund?",
        "cancel NL-104838 and tell me when I get my money back",
        "When are you open?",
        "Where is my order? How much is delivery? And when are you open?",
        "no, I meant when do I get my refund?",
        "no, I meant how much is delivery?",
        "And about your other question:",
        "And about your last question:",
        "order number",
        "5 working days",
        "Sorry, I misunderstood you.",
    ),
    "sv": Words(
        "Vad kostar frakten?",
        "Var är mitt paket? Och vad kostar frakten?",
        "Jag vill returnera en jacka, och när får jag min återbetalning?",
        "avbeställ NL-104838 och säg när jag får tillbaka pengarna",
        "När har ni öppet?",
        "Var är mitt paket? Vad kostar frakten? Och när har ni öppet?",
        "nej, jag menade när jag får min återbetalning",
        "nej, jag menade vad frakten kostar",
        "Och så din andra fråga:",
        "Och så din sista fråga:",
        "ordernummer",
        "5 arbetsdagar",
        "Förlåt, då missförstod jag dig.",
    ),
    "da": Words(
        "Hvad koster fragten?",
        "Hvor er min ordre? Og hvad koster fragten?",
        "Jeg vil gerne returnere en jakke, og hvornår får jeg pengene tilbage?",
        "annuller NL-104838 og sig hvornår jeg får pengene tilbage",
        "Hvornår har I åbent?",
        "Hvor er min ordre? Hvad koster fragten? Og hvornår har I åbent?",
        "nej, jeg mente hvornår jeg får pengene tilbage",
        "nej, jeg mente hvad fragten koster",
        "Og så til dit andet spørgsmål:",
        "Og så til dit sidste spørgsmål:",
        "ordrenummer",
        "5 hverdage",
        "Undskyld, så misforstod jeg dig.",
    ),
    "nb": Words(
        "Hva koster frakten?",
        "Hvor er bestillingen min? Og hva koster frakten?",
        "Jeg vil returnere en jakke, og når får jeg pengene tilbake?",
        "kanseller NL-104838 og si når jeg får pengene tilbake",
        "Når har dere åpent?",
        "Hvor er bestillingen min? Hva koster frakten? Og når har dere åpent?",
        "nei, jeg mente når jeg får pengene tilbake",
        "nei, jeg mente hva frakten koster",
        "Og så til det andre spørsmålet ditt:",
        "Og så til det siste spørsmålet ditt:",
        "ordrenummer",
        "fem virkedager",
        "Beklager, da misforsto jeg deg.",
    ),
}


@pytest.fixture(params=WORDS)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def customer(svara: RunningSvara, language: str) -> RestCustomer:
    return RestCustomer(svara, language=language)


def test_what_is_told_comes_first_and_what_is_asked_back_last(
    customer: RestCustomer, language: str
) -> None:
    words = WORDS[language]
    replies = customer.say(words.told_and_asked)
    alone = RestCustomer(customer.svara, language=language).say(words.delivery)
    assert replies[0] == alone[0]  # the answer, without the question whether it helped
    assert replies[1] == words.other
    assert words.order_number in replies[2]
    assert len(replies) == 3
    assert "NL-104823" in customer.say("NL-104823")[0]


def test_a_return_is_begun_and_the_question_about_the_money_answered(
    customer: RestCustomer, language: str
) -> None:
    words = WORDS[language]
    replies = customer.say(words.task_and_question)
    assert words.other in replies[1:]
    assert words.days in replies[0]
    assert words.order_number in replies[-1]


def test_a_third_question_is_answered_too(customer: RestCustomer, language: str) -> None:
    words = WORDS[language]
    replies = customer.say(words.three)
    alone = RestCustomer(customer.svara, language=language)
    delivery, hours = (alone.say(asked)[0] for asked in (words.delivery, words.hours))
    assert replies[:4] == [delivery, words.other, hours, words.last]
    assert words.order_number in replies[4]


def test_who_cancels_and_asks_to_be_told_when_the_money_comes_is_told(
    customer: RestCustomer, language: str
) -> None:
    words = WORDS[language]
    replies = customer.say(words.task_and_telling)
    assert words.days in replies[0]
    assert "NL-104838" in replies[-1]  # and now the proof is asked for
    confirm = customer.say("anna.lindqvist@mail.example")
    assert "NL-104838" in confirm[-1]


def test_what_was_meant_is_answered(customer: RestCustomer, language: str) -> None:
    words = WORDS[language]
    customer.say(words.delivery)
    replies = customer.say(words.corrected)
    assert replies[0] == words.sorry
    assert words.days in " ".join(replies[1:])


def test_a_form_that_was_a_mistake_is_left(customer: RestCustomer, language: str) -> None:
    words = WORDS[language]
    asked = customer.say(words.told_and_asked.partition("?")[0] + "?")
    assert words.order_number in asked[-1]
    replies = customer.say(words.corrected_in_form)
    assert replies[0] == words.sorry
    assert len(replies) > 1
    assert all(words.order_number not in reply for reply in replies)


def test_the_second_task_follows_when_the_first_is_done(svara: RunningSvara) -> None:
    customer = RestCustomer(svara, language="en")
    customer.say("Where is order NL-104823, and please cancel order NL-104838")
    replies = customer.say("anna.lindqvist@mail.example")
    assert "PostNord" in replies[0]
    assert "please cancel order NL-104838" in " ".join(replies)
    assert "NL-104838" in replies[-1]


def test_a_person_gets_the_whole_message_once(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk
) -> None:
    customer = RestCustomer(with_helpdesk, language="en")
    both = "How much is delivery to Norway? And I would like to talk to a person."
    replies = customer.say(both)
    assert WORDS["en"].other in replies
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    said = [m["text"] for m in event.data["transcript"]["messages"] if m["speaker"] == "customer"]
    assert said == [both]
    assert event.data["reason"]["code"] == "customer_asked"
    assert event.data["reason"]["evidence"]["text"] == both
