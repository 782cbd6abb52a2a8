"""When the bot has not understood: say so, offer the likeliest, then a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import (
    ask_again,
    find,
    offer_more_on_order,
    order_was_told,
    reject,
    show,
    take_back,
)
from actions.handoff import hand_off
from actions.order_reading import task_of, text_of
from actions.order_wish import Wish
from actions.titles import title
from actions.verdicts import record, record_no_answer
from bot.calling_off import calls_person_off
from bot.orders.asides import (
    asks_when,
    did_not_help,
    lacks_number,
    takes_too_long,
    wants_exchange,
)
from bot.orders.replies import is_no, is_nod, is_yes
from bot.orders.task import Task
from kb_connector.feedback import HELPED

OFFERED = 2
OFFERED_FROM = 0.15
"""Least confidence of an intent that is worth a button."""
_UNHAPPY = (
    *("article_not_helpful", "complaint", "rephrase", "deny", "affirm", "goodbye"),
    *("order_status", "refund_status", "missing_item", "shipping_info"),
)
"""What is likeliest meant by who is not content with what was said of an order."""
_WITHOUT_AN_ANSWER = (
    "utter_offer_person",
    "utter_no_answer",
    "utter_language_not_spoken",
    "utter_order_no_more",
)
"""Offers that say that we know no answer."""
_OF_GOODS, _OF_GOODS_FROM = ("return_item", "product_availability"), 0.5
_CHANGES = (Task.CANCEL, Task.READDRESS, Task.RETURN)
"""What a customer may fear that we do with their order."""


class ActionNotUnderstood(Action):
    """An article if one surely fits; else "Did you mean"; the next time, an offer of a person."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_not_understood"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Answers, asks or offers."""
        if is_yes(text_of(tracker)) and _offered(tracker):
            return _take_offer(dispatcher, tracker)
        if lacks_number(text_of(tracker)):
            dispatcher.utter_message(response="utter_order_help_number")
            return [SlotSet("misunderstood", 0)]
        hit = find(tracker, topics=())
        if hit is not None:
            return show(dispatcher, tracker, hit)
        if wants_exchange(text_of(tracker)) and _is_of_goods(tracker):
            dispatcher.utter_message(response="utter_order_exchange")
            return [SlotSet("last_question", turn.said(tracker)), SlotSet("misunderstood", 0)]
        if order_was_told(tracker) and _is_unhappy(tracker):
            return offer_more_on_order(dispatcher, tracker)
        if turn.intent(tracker) != "out_of_scope":
            record_no_answer(dispatcher, tracker, turn.said(tracker))
        times = int(tracker.get_slot("misunderstood") or 0) + 1
        events = [SlotSet("misunderstood", times), SlotSet("last_question", turn.said(tracker))]
        offers = [] if turn.intent(tracker) == "out_of_scope" else _offers(tracker, domain)
        if turn.entity(tracker, "other_language"):
            dispatcher.utter_message(response="utter_language_not_spoken")
        elif times > 1:
            dispatcher.utter_message(response="utter_offer_person")
        elif offers:
            dispatcher.utter_message(response="utter_did_you_mean", buttons=offers)
        elif turn.intent(tracker) == "out_of_scope":
            dispatcher.utter_message(response="utter_out_of_scope")
        else:
            dispatcher.utter_message(response="utter_ask_rephrase")
        return events


class ActionRephrase(Action):
    """The customer says that we misunderstood: apologise; the second time, a person."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_rephrase"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Asks for other words, or hands over; an answer in the last turn was wrong."""
        wrong = take_back(dispatcher, tracker)
        if turn.asked(tracker) == "utter_offer_articles":
            record_no_answer(dispatcher, tracker, str(tracker.get_slot("last_question") or ""))
        return [*ask_again(dispatcher, tracker), *wrong]


class ActionAffirmed(Action):
    """A yes outside a form: to the offer of a person, to an article, or to nothing."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_affirmed"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Takes it as the answer to what was asked last."""
        asked, nods = turn.asked(tracker), is_nod(text_of(tracker))
        if _offered(tracker):
            return _take_offer(dispatcher, tracker)
        if turn.offered_a_person(tracker) and order_was_told(tracker):
            return _ask_about_order(dispatcher)  # "ok", to what was told or to what was offered?
        if asked == "utter_order_state_delivered" and not nods:
            return _ask_about_order(dispatcher)  # yes, it has come; or yes, look into it?
        if asked == "utter_did_this_help":
            record(dispatcher, tracker, HELPED)
            dispatcher.utter_message(response="utter_article_helped")
            return [SlotSet("last_answer", None)]
        dispatcher.utter_message(response="utter_okay")
        return []


class ActionDenied(Action):
    """A no outside a form, also "I don't want to cancel"."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_denied"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Lets it rest."""
        negated = turn.not_wanted(tracker)
        if negated:
            order = task_of(negated[0]) in _CHANGES
            response = "utter_not_wanted_order" if order else "utter_not_wanted"
            dispatcher.utter_message(response=response)
            return [SlotSet("misunderstood", 0)]
        if lacks_number(text_of(tracker)):
            dispatcher.utter_message(response="utter_order_help_number")
            return [SlotSet("misunderstood", 0)]
        text = text_of(tracker)
        declines = is_no(text) or calls_person_off(text)
        if order_was_told(tracker) and text and not declines:
            return offer_more_on_order(dispatcher, tracker)  # "that's way too late"
        no_help = did_not_help(text_of(tracker))
        if turn.asked(tracker) == "utter_did_this_help" or no_help:
            return reject(dispatcher, tracker)
        response = (
            "utter_ask_rephrase"
            if turn.asked(tracker) == "utter_did_you_mean"
            else "utter_okay_then"
        )
        dispatcher.utter_message(response=response)
        return [SlotSet("misunderstood", 0)]


def _offered(tracker: Tracker) -> bool:
    """A person was offered, and an affirmation takes the offer: a mere "ok" only if it was asked
    whether one should come."""
    asks = turn.asked(tracker) in turn.OFFERS_OF_A_PERSON
    return asks or (turn.offered_a_person(tracker) and not is_nod(text_of(tracker)))


def _take_offer(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """A person, who is told what the offer was for."""
    times = int(tracker.get_slot("misunderstood") or 0)
    evidence = {"times": times, "text": tracker.get_slot("last_question")}
    if times:
        return hand_off(dispatcher, tracker, "not_understood", evidence)
    if turn.asked(tracker) in _WITHOUT_AN_ANSWER:
        return hand_off(dispatcher, tracker, "no_answer", evidence)
    told, number = order_was_told(tracker), Wish.of(tracker).number
    # of an order that was told, what was asked before it is no matter of the person's
    asked = {} if told else {"text": tracker.get_slot("last_question")}
    return hand_off(
        dispatcher, tracker, "customer_asked", asked | ({"order_number": number} if number else {})
    )


def _ask_about_order(dispatcher: CollectingDispatcher) -> list[Any]:
    """Whether a person should look into the order."""
    dispatcher.utter_message(response="utter_order_no_more")
    return [SlotSet("misunderstood", 0)]


def _is_of_goods(tracker: Tracker) -> bool:
    """Goods are likeliest meant, sent back or not: a word for an exchange is said of much else."""
    ranking = tracker.latest_message.get("intent_ranking") or []
    shares = {each["name"]: float(each.get("confidence") or 0.0) for each in ranking}
    return sum(shares.get(name, 0.0) for name in _OF_GOODS) >= _OF_GOODS_FROM


def _is_unhappy(tracker: Tracker) -> bool:
    text = text_of(tracker)
    return turn.intent(tracker) in _UNHAPPY or takes_too_long(text) or asks_when(text)


def _offers(tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, str]]:
    """Buttons for the likeliest intents that a customer can recognise by a title."""
    lang = turn.language(tracker)
    ranking = tracker.latest_message.get("intent_ranking") or []
    likely = [r["name"] for r in ranking if r.get("confidence", 0.0) >= OFFERED_FROM]
    titles = {name: title(domain, name, lang) for name in likely}
    named = [name for name in likely if titles[name]][:OFFERED]
    offers = [{"title": titles[name], "payload": f"/{name}"} for name in named]
    none = {"title": title(domain, "none", lang), "payload": "/rephrase"}
    return [*offers, none] if offers else []
