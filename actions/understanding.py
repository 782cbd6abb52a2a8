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
from actions.titles import title
from actions.verdicts import record, record_no_answer
from bot.orders.asides import asks_when, did_not_help, lacks_number, takes_too_long
from bot.orders.replies import is_no
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
        if lacks_number(text_of(tracker)):
            dispatcher.utter_message(response="utter_order_help_number")
            return [SlotSet("misunderstood", 0)]
        hit = find(tracker, topics=())
        if hit is not None:
            return show(dispatcher, tracker, hit)
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
        asked = turn.asked(tracker)
        if asked in turn.OFFERS_OF_A_PERSON:
            times = int(tracker.get_slot("misunderstood") or 0)
            reason = "not_understood" if times else "no_answer"
            evidence = {"times": times, "text": tracker.get_slot("last_question")}
            return hand_off(dispatcher, tracker, reason, evidence)
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
        if order_was_told(tracker) and text and not is_no(text):
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
