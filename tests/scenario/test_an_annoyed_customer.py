"""Customers who are annoyed, in a hurry or without the number, as they write, in each language."""

from __future__ import annotations

import pytest
from own_helpdesk import Helpdesk
from rest_customer import RestCustomer
from running_svara import RunningSvara

from bot import texts

pytestmark = pytest.mark.scenario

ORDER = "NL-104838 anna.lindqvist@mail.example"
LATE = "NL-104819 411 19"
WORN = "NL-104827 9008"

# what is said, one message after the other, and the response that comes last
TALKS = [
    # no help after an answer that ended with an offer
    ("sv", ["hur lång tid tar en återbetalning?", "nej det hjälpte inte"], "utter_next_article"),
    ("da", ["hvor lang tid tager en tilbagebetaling?", "nej det hjalp ikke"], "utter_next_article"),
    ("nb", ["hvordan returnerer jeg ei jakke?", "nei det hjalp ikke"], "utter_next_article"),
    ("en", ["how do I send something back?", "no, not one bit helpful"], "utter_next_article"),
    # another thing instead, at the confirmation
    ("sv", [f"avbeställ {ORDER}", "kan jag byta adress istället?"], "utter_order_ask_address"),
    ("da", [f"annuller {ORDER}", "kan jeg ændre adressen i stedet?"], "utter_order_ask_address"),
    ("nb", [f"kanseller {ORDER}", "kan vi heller endre adressen?"], "utter_order_ask_address"),
    ("en", [f"please cancel {ORDER}", "can I change the address?"], "utter_order_ask_address"),
    # the number is known
    ("sv", [f"var är {ORDER}", "avbeställ istället"], "utter_order_confirm_cancel"),
    ("da", [f"hvor er {ORDER}", "annuller den i stedet"], "utter_order_confirm_cancel"),
    ("nb", [f"hvor er {ORDER}", "da vil jeg heller avbestille"], "utter_order_confirm_cancel"),
    ("en", [f"where is {ORDER}", "then I'd rather cancel it"], "utter_order_confirm_cancel"),
    # number and postcode in one message, and a new address that is no proof
    (
        "sv",
        ["jag behöver ändra leveransadress på en beställning", "NL-104838 831 30"],
        "utter_order_ask_address",
    ),
    (
        "da",
        ["jeg skal have ændret adressen på en ordre", "104838, postnr. 83130"],
        "utter_order_ask_address",
    ),
    (
        "nb",
        ["jeg må endre adressen på en bestilling", "NL-104838", "Nygatan 1, 831 35 Östersund"],
        "utter_order_address_noted",
    ),
    # no number
    ("sv", ["var är mitt paket?", "jag har inget ordernummer"], "utter_order_help_number"),
    ("da", ["hvor er min pakke?", "jeg finder ikke ordrenummeret"], "utter_order_help_number"),
    ("nb", ["hvor er pakken min?", "jeg har ikke ordrenummeret"], "utter_order_help_number"),
    (
        "en",
        ["where is my parcel?", "I don't have the order number", "no idea"],
        "utter_order_without_number",
    ),
    # not content with what is said of the order
    (
        "sv",
        [f"var är {ORDER}", "nej men det hjälper ju inte, när kommer den??"],
        "utter_order_no_more",
    ),
    ("da", [f"hvor er {ORDER}", "ok men det er for lang tid"], "utter_order_no_more"),
    ("nb", [f"hvor er {ORDER}", "men når kommer den egentlig??"], "utter_order_no_more"),
    ("en", [f"where is {ORDER}", "that's way too late"], "utter_order_no_more"),
    # a yes and a no to the colleague who can ask where a late parcel is
    ("sv", [f"var är {LATE}", "ja tack gärna"], "utter_handoff_customer_asked"),
    ("da", [f"hvor er {LATE}", "ja tak"], "utter_handoff_customer_asked"),
    ("nb", [f"hvor er {LATE}", "ja"], "utter_handoff_customer_asked"),
    ("en", [f"where is {LATE}", "yes"], "utter_handoff_customer_asked"),
    ("sv", [f"var är {LATE}", "nej tack"], "utter_okay_then"),
    ("en", [f"where is {LATE}", "no thanks"], "utter_okay_then"),
    # an exchange is no return
    ("sv", ["Jackan var för liten, vill byta till L"], "utter_order_exchange"),
    ("da", ["buksen strammer, kan I bytte den til en 40?"], "utter_order_exchange"),
    ("nb", ["buksa sitter altfor trangt, kan dere bytte til 40?"], "utter_order_exchange"),
    ("en", ["the trousers are too tight, can you swap them for a 40?"], "utter_order_exchange"),
    (
        "sv",
        [f"returnera {WORN}", "fel storlek", "nej jag vill ju byta till L inte skicka tillbaka!!"],
        "utter_order_exchange",
    ),
    ("da", [f"jeg vil returnere {WORN}", "jeg vil ombytte til en L"], "utter_order_exchange"),
    ("nb", [f"returnere {WORN}", "kan dere heller bytte til en L?"], "utter_order_exchange"),
    ("en", [f"I want to return {WORN}", "swap for a larger one"], "utter_order_exchange"),
    ("nb", ["vil bytte til en L", "ja takk"], "utter_handoff_customer_asked"),
    # what was missing, wrong or broken is reported with the number, after the article or at once
    ("sv", ["mössan saknades i paketet", WORN], "utter_order_claim"),
    ("da", ["huen manglede i pakken", "NL-104827", "9008"], "utter_order_claim"),
    ("nb", [f"lua manglet i pakken, ordre {WORN}"], "utter_order_claim"),
    ("en", ["the parcel was crushed and the lamp is broken", WORN], "utter_order_claim"),
    ("en", [f"The hat was missing from my order {WORN}"], "utter_order_claim"),
]

# a question, and the article that answers it
ASKED = [
    ("sv", "när stänger ni i dag", "contact-hours"),
    ("da", "hvornår lukker I om lørdagen?", "contact-hours"),
    ("nb", "når stenger dere i dag", "contact-hours"),
    ("en", "what time do you shut today", "contact-hours"),
    ("sv", "vad kostar sarek jackan", "range-prices"),
    ("da", "hvad er prisen på Rondane fleece?", "range-prices"),
    ("nb", "hva koster Abisko-jakka", "range-prices"),
    ("en", "how expensive is the Jotun tent?", "range-prices"),
    ("sv", "säljer ni begagnade skidor", "range-prices"),
    ("en", "do you sell used skis", "range-prices"),
    ("sv", "är era tält pfas-fria", "materials-pfas"),
    ("da", "er jeres telte pfas-frie", "materials-pfas"),
    ("nb", "bruker dere pfas", "materials-pfas"),
    ("en", "are your tents pfas free", "materials-pfas"),
]

# a number that nobody needs, and what is asked beside it
NUMBERS = [
    ("sv", "811218-9876 vad kostar frakten", "49 kr"),
    ("da", "mit kort er 4242 4242 4242 4242, hvad koster fragten?", "39 kr."),
    ("nb", "fødselsnr 13116900216, hva koster frakten?", "59 kr"),
    ("en", "my card 5555 5555 5555 4444 was charged twice", "reserv"),
]


def beginning(response: str, language: str) -> str:
    """The words of a response up to its first value."""
    return texts.say(response, language).partition("{")[0]


@pytest.mark.parametrize(("language", "messages", "response"), TALKS)
def test_the_customer_is_understood(
    svara: RunningSvara, language: str, messages: list[str], response: str
) -> None:
    customer = RestCustomer(svara, language=language)
    replies = [customer.say(message) for message in messages][-1]
    assert any(reply.startswith(beginning(response, language)) for reply in replies), replies


@pytest.mark.parametrize(("language", "question", "article"), ASKED)
def test_the_article_is_the_right_one(
    svara: RunningSvara, language: str, question: str, article: str
) -> None:
    customer = RestCustomer(svara, language=language)
    answer = customer.post(question).json()
    shown = [reply["article"]["id"] for reply in answer if reply.get("article")]
    assert shown == [f"markdown:{language}/{article}"]
    assert not answer[0]["text"].endswith(":")


@pytest.mark.parametrize(("language", "message", "answered"), NUMBERS)
def test_a_private_number_is_not_wanted_and_the_question_is_answered(
    svara: RunningSvara, language: str, message: str, answered: str
) -> None:
    replies = RestCustomer(svara, language=language).say(message)
    assert replies[0] == texts.say("utter_keep_numbers_out", language)
    assert answered in replies[1]


def test_a_fourth_question_is_not_dropped(svara: RunningSvara) -> None:
    replies = RestCustomer(svara, language="sv").say(
        "Vad kostar frakten? När har ni öppet? Hur returnerar jag? Hur byter jag lösenord?"
    )
    told = " ".join(replies)
    for words in ("49 kr", "08–18", "lösenord", "ordernummer"):
        assert words in told, words


def test_a_number_beside_questions_starts_no_call(svara: RunningSvara) -> None:
    replies = RestCustomer(svara, language="da").say(
        "Hvad koster fragten? Hvordan skifter jeg adgangskode? Jeg kan træffes på 20 55 51 10"
    )
    told = " ".join(replies)
    assert "39 kr." in told and "adgangskode" in told
    assert beginning("utter_ask_callback_time", "da") not in told


def test_who_asks_for_a_person_after_a_misunderstanding_has_asked_for_one(
    with_helpdesk: RunningSvara, helpdesk: Helpdesk
) -> None:
    customer = RestCustomer(with_helpdesk, language="sv")
    customer.say("blå grej flum hurra sjutton")
    customer.say("jag vill prata med en riktig människa NU")
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    assert event.data["reason"]["code"] == "customer_asked"
