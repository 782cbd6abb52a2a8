"""What an order form's step ends with: a question for what is missing, an answer, a person."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import find, show
from actions.handoff import hand_off
from actions.order_reading import task_of, text_of
from actions.order_wish import ADDRESS, CONFIRMED, FORM, ITEMS, NUMBER, PROOF, REASON, Wish
from actions.orders import order_system, say, today
from bot import texts
from bot.errors import OrderSystemError
from bot.orders import Order, Refusal, RefusalReason, answers, is_proof, returning, wording
from bot.orders.asides import lacks_number
from bot.orders.replies import is_no
from bot.orders.task import Say, Task

logger = logging.getLogger(__name__)

MAX_TRIES: Final = 2
"""Of number and proof, and of making oneself understood; then a person is offered."""
HELP: Final = {
    NUMBER: "utter_order_help_number",
    PROOF: "utter_order_help_proof",
    ADDRESS: "utter_order_help_address",
}
WITHOUT: Final = {
    NUMBER: "utter_order_without_number",
    PROOF: "utter_order_without_proof",
}
"""After the help: what a customer can do who still does not have it."""


class Step:
    """One message's step through the form, once it is known what the message says.

    Attributes:
        asked: the slot that the form has asked for; empty for the first message.
        events: what the turn has come to so far, besides the wish.
        explained: the intent that the help centre has answered in this step.
        told: title of the article that it has answered with.
        refused: its answer begins with a no.
        order: the order, when number and proof are known to fit.
    """

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.wish = Wish.of(tracker)
        self.text = text_of(tracker)
        self.intent = str((tracker.latest_message.get("intent") or {}).get("name") or "")
        self.asked = str(tracker.get_slot("requested_slot") or "")
        self.language = turn.language(tracker)
        self.events: list[Any] = []
        self.explained: str = ""
        self.told: str = ""
        self.refused = False
        self.order: Order | None = None

    async def go_on(self) -> list[Any]:
        """Asks for what is missing, or ends the form when nothing is."""
        wish = self.wish
        if wish.number is None:
            return self._ask_number()
        borrowed = wish.proof is None and wish.attempts == 0 and self.asked != PROOF
        if borrowed:
            wish.proof = is_proof(str(self.tracker.get_slot("email") or ""))
        if wish.proof is None:
            return self.ask(PROOF, Say("utter_order_ask_proof", {"order": wish.number}))
        if not await self.look_up(borrowed=borrowed):
            return self.events
        return self._with_order()

    async def look_up(self, *, borrowed: bool = False) -> bool:
        """Fetches the order; else says why not, with the turn's outcome in `events`.

        Args:
            borrowed: the proof was not given for this order: when it is wrong, we only ask.
        """
        wish = self.wish
        if self.order is not None:
            return True
        try:
            found = await asyncio.to_thread(
                order_system().lookup, wish.number or "", wish.proof or ""
            )
        except OrderSystemError as error:
            logger.error("An order cannot be looked up: %s", error)
            self.events = self.to_person("technical_error", self.evidence())
            return False
        if isinstance(found, Order):
            self.order = found
            wish.proved, wish.attempts = wish.number, 0
            return True
        self.events = self._not_found(found, borrowed or wish.guessed or wish.proved is not None)
        return False

    def _not_found(self, why: Refusal, borrowed: bool) -> list[Any]:
        """One answer for an unknown number and a wrong proof: it does not tell which."""
        wish = self.wish
        if why.reason is RefusalReason.TOO_MANY_ATTEMPTS:
            return self.to_person("rule", self.evidence(), say="utter_order_too_many")
        wish.proof = wish.proved = None
        if borrowed:
            noted = self.asked == PROOF and wish.address is not None
            name = "utter_order_address_noted" if noted else "utter_order_ask_proof"
            return self.ask(PROOF, Say(name, {"order": wish.number}))
        wish.number, wish.attempts = None, wish.attempts + 1
        again = wish.attempts >= MAX_TRIES
        return self.ask(
            NUMBER, Say("utter_order_not_found_again" if again else "utter_order_not_found")
        )

    def _with_order(self) -> list[Any]:
        wish, order = self.wish, self.order
        assert order is not None and wish.task is not None  # noqa: S101 (for the type checker)
        no = answers.refused(wish.task, order, self.language, today())
        if no:
            self._say_all(no)
            return self.leave()
        if wish.task is Task.CANCEL:
            return self.ask(CONFIRMED, answers.confirm_cancelling(order, self.language, today()))
        if wish.task is Task.READDRESS:
            return self._ask_address(order)
        if wish.task is Task.RETURN:
            return self._ask_return(order)
        if wish.claim and answers.has_come(order):
            self._say_all([Say("utter_order_claim", {"order": order.number})])
            self.events.append(SlotSet("last_answer", None))  # reported: not to be so again
            return self.to_person("rule", self.evidence(), say=None)
        return self.end()

    def _ask_address(self, order: Order) -> list[Any]:
        wish = self.wish
        if wish.guessed and wish.address is not None and answers.is_same(wish.address, order):
            wish.address = None  # it was where the order goes now
        if wish.address is None:
            return self.ask(ADDRESS, Say("utter_order_ask_address", {"order": order.number}))
        if answers.is_abroad(wish.address, order):
            wish.address = None
            return self.ask(ADDRESS, Say("utter_order_address_abroad"))
        return self.ask(
            CONFIRMED, answers.confirm_address(order, wish.address, self.language, today())
        )

    def _ask_return(self, order: Order) -> list[Any]:
        wish = self.wish
        late = answers.too_late(order, wish.reason, self.language, today())
        if late is not None and wish.reason is not None:
            self._say_all([late])
            return self.leave()
        if late is not None:
            return self.ask(REASON, late)
        if not wish.items or not returning.can_go_back(wish.items, order):
            wish.items = returning.named(self.tracker.get_slot("product"), order)
        if not wish.items:
            offered = returning.buttons(order, self.language)
            return self.ask(ITEMS, Say("utter_order_ask_items", {"order": order.number}, offered))
        if wish.reason is None:
            items = wording.items(order.lines, self.language, wish.items)
            return self.ask(REASON, Say("utter_order_ask_reason", {"items": items}))
        confirm = answers.confirm_return(order, wish.items, wish.reason, self.language, today())
        return self.ask(CONFIRMED, confirm)

    def _ask_number(self) -> list[Any]:
        """The first question; after an answer from the help centre it is an offer."""
        if not self.asked and lacks_number(self.text):
            return self.ask(NUMBER, Say(HELP[NUMBER]))
        if task_of(self.explained) is not self.wish.task:
            return self.ask(NUMBER, Say("utter_order_ask_number"))
        refund = self.wish.task is Task.REFUND
        return self.ask(NUMBER, Say("utter_order_offer_refund" if refund else "utter_order_offer"))

    def lacks_it(self) -> list[Any]:
        """Where it stands; who has heard that is offered a person."""
        told = turn.asked(self.tracker) in (HELP[self.asked], WITHOUT[self.asked])
        return self.ask(self.asked, Say((WITHOUT if told else HELP)[self.asked]))

    async def not_understood(self) -> list[Any]:
        """Help first; the next time, the offer of a person."""
        wish = self.wish
        wish.unclear += 1
        if wish.unclear >= MAX_TRIES:
            return self.ask(self.asked, Say("utter_offer_person"))
        if self.asked in HELP:
            return self.ask(self.asked, Say(HELP[self.asked]))
        self.say("utter_order_say_again")
        return await self.go_on()

    def explain(self) -> bool:
        """Answers from the help centre, if it knows."""
        topic = self.intent
        hit = find(self.tracker, topics=[topic])
        if hit is None:
            return False
        self.events += show(self.dispatcher, self.tracker, hit, ask=False)
        self.explained, self.told = topic, hit.article.title
        self.refused = is_no(hit.passage.text)
        return True

    # --- how a step ends

    def ask(self, slot: str, question: Say) -> list[Any]:
        """Asks, and waits for the answer."""
        other = task_of(self.explained)
        if other is not None and other is not self.wish.task:
            title = texts.say(f"utter_title_{other.value}", self.language)
            switch = {"title": title, "payload": f"/{other.value}"}
            question = Say(question.response, question.fields, (*question.buttons, switch))
        self._say_all([question])
        # the task is set even when it has not changed: without a slot set, Rasa takes the step
        # for a message that the form could not use
        task = SlotSet("order_task", self.wish.task.value if self.wish.task else None)
        return [*self.changes(), task, SlotSet("requested_slot", slot)]

    def end(self) -> list[Any]:
        """All is known."""
        return [*self.changes(), SlotSet("requested_slot", None)]

    def leave(self, *more: Any) -> list[Any]:
        """Ends the form with nothing to do; the order stays known."""
        self.forget()
        return [*self.changes(), *more, SlotSet("requested_slot", None)]

    def no_exchange(self) -> list[Any]:
        """Ends the form: an exchange is for a person, who is told what the customer wrote."""
        self.say("utter_order_exchange")
        return self.leave(SlotSet("last_question", turn.said(self.tracker)))

    def forget(self) -> None:
        """Nothing is to be done any more; the order stays known."""
        self.wish.begin(None)
        self.wish.unclear = self.wish.attempts = 0

    def reject(self) -> list[Any]:
        """Leaves the message to the rules."""
        return [*self.changes(), ActionExecutionRejected(FORM)]

    def to_person(self, reason: str, evidence: dict[str, Any], say: str | None = "") -> list[Any]:
        """Hands over; arguments as of `actions.handoff.hand_off`."""
        handed = hand_off(self.dispatcher, self.tracker, reason, evidence, say=say)
        self.forget()
        return [*self.changes(), *handed]

    def changes(self) -> list[Any]:
        return [*self.events, *self.wish.changes(self.tracker)]

    def evidence(self) -> dict[str, Any]:
        """What a person needs to know of it."""
        task, claim = self.wish.task, self.wish.claim
        known = {"text": claim} if claim else {"task": task.value if task else None}
        return {**known, "order_number": self.wish.number}

    def say(self, response: str) -> None:
        """Says a response that needs no values."""
        self.dispatcher.utter_message(response=response)

    def _say_all(self, says: list[Say]) -> None:
        say(self.dispatcher, says)
