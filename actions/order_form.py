"""The order form: finds out what to do with which order, and that the customer may ask for it.

Rasa runs `validate_order_form` at each message while the form is active. It reads the message,
looks the order up as soon as number and proof are known, refuses what the order's state does not
allow, and asks for what is missing. It asks by itself (the form has no `utter_ask_...`), because
what to ask depends on the order. When everything is known, `action_order_task` does it.

A message about something else is rejected: Rasa's rules answer it and run the form again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import find, show, take_back
from actions.handoff import hand_off
from actions.order_reading import Reading, has_words, task_of, text_of
from actions.order_wish import ADDRESS, CONFIRMED, FORM, ITEMS, NUMBER, PROOF, REASON, Wish
from actions.orders import order_system, say, today
from bot import texts
from bot.calling_off import calls_off
from bot.errors import OrderSystemError
from bot.orders import (
    Order,
    Refusal,
    RefusalReason,
    answers,
    is_proof,
    normalise_order_number,
    returning,
    wording,
)
from bot.orders.replies import (
    is_no,
    is_yes,
    lacks_it,
    means_other_order,
    parse_address,
    says_wrong,
)
from bot.orders.task import Say, Task

logger = logging.getLogger(__name__)

MAX_TRIES: Final = 2
"""Of number and proof, and of making oneself understood; then a person is offered."""

_LEAVING: Final = {
    "talk_to_human",
    "complaint",
    "data_request",
    "request_callback",
    "book_visit",
}
_NOT_UNDERSTOOD: Final = {"", "nlu_fallback", "out_of_scope", "affirm", returning.CHOICE_INTENT}
_ENOUGH: Final = {"thank", "article_helpful"}
_HELP: Final = {
    NUMBER: "utter_order_help_number",
    PROOF: "utter_order_help_proof",
    ADDRESS: "utter_order_help_address",
}


class ValidateOrderForm(Action):
    """Reads a message in the order form, and asks for what is still missing."""

    def name(self) -> str:
        """Name in the domain."""
        return f"validate_{FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Takes one step."""
        step = _Step(dispatcher, tracker)
        happened = turn.happened(tracker)
        if any(e.get("event") == "active_loop" and e.get("name") == FORM for e in happened):
            return await step.begin()
        if any(e.get("event") == "action_execution_rejected" for e in happened):
            return await step.go_on()  # the rules have answered: ask again
        return await step.hear()


class _Step:
    """One message's step through the form."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._wish = Wish.of(tracker)
        self._text = text_of(tracker)
        self._intent = str((tracker.latest_message.get("intent") or {}).get("name") or "")
        self._asked = str(tracker.get_slot("requested_slot") or "")
        self._language = turn.language(tracker)
        self._events: list[Any] = []
        self._explained: str = ""
        self._order: Order | None = None

    async def begin(self) -> list[Any]:
        """The first message: takes what it says; a question is answered before we ask."""
        wish, unsure = self._wish, self._wish.unclear
        wish.begin(task_of(self._intent) or Task.STATUS)
        wish.attempts = wish.unclear = 0
        self._asked = ""
        reading = self._read()
        asked = "?" in self._text or self._tracker.latest_message.get("inquires")
        general = wish.task is Task.RETURN and asked and NUMBER not in reading.found
        # a button of the menu asks nothing, one of "Did you mean" repeats a question
        asks = bool(self._text) or unsure
        if asks and wish.task is not Task.STATUS and (wish.number is None or general):
            self._explain()
        return await self.go_on()

    async def hear(self) -> list[Any]:
        """A message while the form is active."""
        wish = self._wish
        if self._intent in _LEAVING and has_words(self._tracker.latest_message):
            return self._reject()
        # of goods, "I changed my mind" is why they go back
        if self._asked not in (ITEMS, REASON) and calls_off(self._text):
            at_the_end = self._asked == CONFIRMED
            self._say("utter_order_unchanged" if at_the_end else "utter_okay_then")
            return self._leave(*([SlotSet("product", None)] if at_the_end else []))
        if self._corrects_number():
            return await self._other_number()
        if turn.wanted(self._tracker) and self._is_other_task():
            return await self._other_task(Task(self._intent))  # "no, don't cancel it, just ..."
        if self._refuses_other():
            return await self.go_on()
        if "correction" in self._tracker.latest_message and wish.task is Task.RETURN:
            self._asked = ITEMS  # "no, I meant the lamp", whatever we asked
        # "yes, cancel NL-104831" is no yes to a question about another order
        if self._asked == CONFIRMED and wish.number == wish.proved:
            done = await self._hear_confirmation()
            if done is not None:
                return done
        if self._asked == ITEMS and not await self._look_up():
            return self._events
        reading = self._read()
        task = task_of(self._intent) if has_words(self._tracker.latest_message) else None
        if self._asked not in reading.found and task is not None and task is not wish.task:
            return await self._other_task(task)
        if reading.found:
            wish.unclear = 0
            return await self.go_on()
        return await self._hear_other(task)

    async def _hear_confirmation(self) -> list[Any] | None:
        """The answer to "Shall I?"; None when it is neither yes nor no."""
        if self._says_yes():
            self._wish.confirmed, self._wish.unclear = True, 0
            return self._end()
        if self._intent != "deny" and not is_no(self._text):
            return None
        if self._wish.task is Task.READDRESS and self._corrects_address():
            return await self.go_on()
        self._say("utter_order_unchanged")
        return self._leave(SlotSet("product", None))

    def _corrects_number(self) -> bool:
        """The order was wrong, the task stays: "no, NL-104832", "no, the other order"."""
        if not (is_no(self._text) or "correction" in self._tracker.latest_message):
            return False
        number = normalise_order_number(str(turn.entity(self._tracker, "order_number") or ""))
        named = number is not None and number != self._wish.proved
        same_task = task_of(self._intent) in (None, Task.STATUS, self._wish.task)
        return means_other_order(self._text) or (named and same_task)

    def _corrects_address(self) -> bool:
        """The address was wrong, and perhaps the right one is given: "no, it's number 7, ..."."""
        right = parse_address(self._text)
        if right is None and not says_wrong(self._text):
            return False
        self._wish.address, self._wish.unclear = right, 0
        return True

    async def _other_number(self) -> list[Any]:
        """Goes on with the order that is named, or asks for it."""
        self._wish.number, self._wish.items, self._wish.unclear = None, (), 0
        self._read()
        return await self.go_on()

    def _is_other_task(self) -> bool:
        task = task_of(self._intent) if has_words(self._tracker.latest_message) else None
        return task is not None and task is not self._wish.task

    def _refuses_other(self) -> bool:
        """The customer says only that they do not want something else than the form does."""
        negated, task = turn.not_wanted(self._tracker), self._wish.task
        own = task is not None and task.value in negated
        no = self._asked == CONFIRMED and is_no(self._text)
        return bool(negated) and self._intent == "deny" and not own and not no

    async def _other_task(self, task: Task) -> list[Any]:
        """A question about another task is answered; anything else changes over to it."""
        if task is not Task.STATUS and "?" in self._text and self._explain():
            return await self.go_on()
        self._wish.begin(task)
        self._wish.unclear, self._asked, self._order = 0, "", None
        self._read()
        return await self.go_on()

    async def _hear_other(self, task: Task | None) -> list[Any]:
        """A message that is no answer to what was asked."""
        wish, intent = self._wish, self._intent
        yes = self._says_yes()
        if turn.entity(self._tracker, "choice") == "help" and self._asked in _HELP:
            return self._ask(self._asked, Say(_HELP[self._asked]))
        if self._asked != CONFIRMED and lacks_it(self._text):
            return await self._not_understood()
        if intent == "rephrase":
            self._say("utter_ask_rephrase")
            return self._leave(*take_back(self._dispatcher, self._tracker))
        if intent == "deny" or is_no(self._text):
            self._say("utter_okay_then")
            return self._leave()
        if intent == "goodbye":
            self._say("utter_goodbye")
            return self._leave()
        if intent in _ENOUGH and self._asked == NUMBER and wish.task is not Task.STATUS:
            self._say("utter_article_helped")  # the help centre's answer was all that was wanted
            return self._leave()
        if yes and max(wish.unclear, wish.attempts) >= MAX_TRIES:
            if wish.unclear:
                return self._to_person("not_understood", {"times": wish.unclear})
            return self._to_person("customer_asked", self._evidence())
        if yes:
            return await self.go_on()
        if task is not None and "?" in self._text and self._explain():
            return await self.go_on()
        if intent in _NOT_UNDERSTOOD or task_of(intent) or self._seems_an_answer():
            return await self._not_understood()
        return self._reject()

    def _says_yes(self) -> bool:
        return is_yes(self._text) if self._text else self._intent == "affirm"

    def _seems_an_answer(self) -> bool:
        """The message looks like an answer to what was asked, though we cannot use it."""
        digits = any(character.isdigit() for character in self._text)
        return "?" not in self._text and (
            (self._asked in (NUMBER, PROOF, ADDRESS) and digits)
            or (self._asked == PROOF and "@" in self._text)
            or (self._asked in (ITEMS, REASON) and 0 < len(self._text.split()) <= 3)
        )

    def _read(self) -> Reading:
        return Reading(self._tracker, self._wish, self._asked, self._order)

    # --- what follows

    async def go_on(self) -> list[Any]:
        """Asks for what is missing, or ends the form when nothing is."""
        wish = self._wish
        if wish.number is None:
            return self._ask_number()
        borrowed = wish.proof is None and wish.attempts == 0 and self._asked != PROOF
        if borrowed:
            wish.proof = is_proof(str(self._tracker.get_slot("email") or ""))
        if wish.proof is None:
            return self._ask(PROOF, Say("utter_order_ask_proof", {"order": wish.number}))
        if not await self._look_up(borrowed=borrowed):
            return self._events
        return self._with_order()

    async def _look_up(self, *, borrowed: bool = False) -> bool:
        """Fetches the order; else says why not, with the turn's outcome in `_events`.

        Args:
            borrowed: the proof was not given for this order: when it is wrong, we only ask.
        """
        wish = self._wish
        if self._order is not None:
            return True
        try:
            found = await asyncio.to_thread(
                order_system().lookup, wish.number or "", wish.proof or ""
            )
        except OrderSystemError as error:
            logger.error("An order cannot be looked up: %s", error)
            self._events = self._to_person("technical_error", self._evidence())
            return False
        if isinstance(found, Order):
            self._order = found
            wish.proved, wish.attempts = wish.number, 0
            return True
        self._events = self._not_found(found, borrowed or wish.guessed or wish.proved is not None)
        return False

    def _not_found(self, why: Refusal, borrowed: bool) -> list[Any]:
        """One answer for an unknown number and a wrong proof: it does not tell which."""
        wish = self._wish
        if why.reason is RefusalReason.TOO_MANY_ATTEMPTS:
            return self._to_person("rule", self._evidence(), say="utter_order_too_many")
        wish.proof = wish.proved = None
        if borrowed:
            return self._ask(PROOF, Say("utter_order_ask_proof", {"order": wish.number}))
        wish.number, wish.attempts = None, wish.attempts + 1
        again = wish.attempts >= MAX_TRIES
        return self._ask(
            NUMBER, Say("utter_order_not_found_again" if again else "utter_order_not_found")
        )

    def _with_order(self) -> list[Any]:
        wish, order = self._wish, self._order
        assert order is not None and wish.task is not None  # noqa: S101 (for the type checker)
        no = answers.refused(wish.task, order, self._language, today())
        if no:
            self._say_all(no)
            return self._leave()
        if wish.task is Task.CANCEL:
            return self._ask(CONFIRMED, answers.confirm_cancelling(order, self._language, today()))
        if wish.task is Task.READDRESS:
            return self._ask_address(order)
        if wish.task is Task.RETURN:
            return self._ask_return(order)
        return self._end()

    def _ask_address(self, order: Order) -> list[Any]:
        wish = self._wish
        if wish.address is None:
            return self._ask(ADDRESS, Say("utter_order_ask_address", {"order": order.number}))
        if answers.is_abroad(wish.address, order):
            wish.address = None
            return self._ask(ADDRESS, Say("utter_order_address_abroad"))
        return self._ask(
            CONFIRMED, answers.confirm_address(order, wish.address, self._language, today())
        )

    def _ask_return(self, order: Order) -> list[Any]:
        wish = self._wish
        late = answers.too_late(order, wish.reason, self._language, today())
        if late is not None and wish.reason is not None:
            self._say_all([late])
            return self._leave()
        if late is not None:
            return self._ask(REASON, late)
        if not wish.items or not returning.can_go_back(wish.items, order):
            wish.items = returning.named(self._tracker.get_slot("product"), order)
        if not wish.items:
            offered = returning.buttons(order, self._language)
            return self._ask(ITEMS, Say("utter_order_ask_items", {"order": order.number}, offered))
        if wish.reason is None:
            items = wording.items(order.lines, self._language, wish.items)
            return self._ask(REASON, Say("utter_order_ask_reason", {"items": items}))
        confirm = answers.confirm_return(order, wish.items, wish.reason, self._language, today())
        return self._ask(CONFIRMED, confirm)

    def _ask_number(self) -> list[Any]:
        """The first question; after an answer from the help centre it is an offer."""
        if task_of(self._explained) is not self._wish.task:
            return self._ask(NUMBER, Say("utter_order_ask_number"))
        refund = self._wish.task is Task.REFUND
        return self._ask(NUMBER, Say("utter_order_offer_refund" if refund else "utter_order_offer"))

    async def _not_understood(self) -> list[Any]:
        """Help first; the next time, the offer of a person."""
        wish = self._wish
        wish.unclear += 1
        if wish.unclear >= MAX_TRIES:
            return self._ask(self._asked, Say("utter_offer_person"))
        if self._asked in _HELP:
            return self._ask(self._asked, Say(_HELP[self._asked]))
        self._say("utter_order_say_again")
        return await self.go_on()

    def _explain(self) -> bool:
        """Answers from the help centre, if it knows."""
        topic = self._intent
        hit = find(self._tracker, topics=[topic])
        if hit is None:
            return False
        self._events += show(self._dispatcher, self._tracker, hit, ask=False)
        self._explained = topic
        return True

    # --- how a step ends

    def _ask(self, slot: str, question: Say) -> list[Any]:
        """Asks, and waits for the answer."""
        other = task_of(self._explained)
        if other is not None and other is not self._wish.task:
            title = texts.say(f"utter_title_{other.value}", self._language)
            switch = {"title": title, "payload": f"/{other.value}"}
            question = Say(question.response, question.fields, (*question.buttons, switch))
        self._say_all([question])
        # the task is set even when it has not changed: without a slot set, Rasa takes the step
        # for a message that the form could not use
        task = SlotSet("order_task", self._wish.task.value if self._wish.task else None)
        return [*self._changes(), task, SlotSet("requested_slot", slot)]

    def _end(self) -> list[Any]:
        """All is known."""
        return [*self._changes(), SlotSet("requested_slot", None)]

    def _leave(self, *more: Any) -> list[Any]:
        """Ends the form with nothing to do; the order stays known."""
        self._wish.begin(None)
        self._wish.unclear = self._wish.attempts = 0
        return [*self._changes(), *more, SlotSet("requested_slot", None)]

    def _reject(self) -> list[Any]:
        """Leaves the message to the rules."""
        return [*self._changes(), ActionExecutionRejected(FORM)]

    def _to_person(self, reason: str, evidence: dict[str, Any], say: str | None = "") -> list[Any]:
        handed = hand_off(self._dispatcher, self._tracker, reason, evidence, say=say)
        self._wish.begin(None)
        self._wish.unclear = self._wish.attempts = 0
        return [*self._changes(), *handed]

    def _changes(self) -> list[Any]:
        return [*self._events, *self._wish.changes(self._tracker)]

    def _evidence(self) -> dict[str, Any]:
        task = self._wish.task
        return {"task": task.value if task else None, "order_number": self._wish.number}

    def _say(self, response: str) -> None:
        self._dispatcher.utter_message(response=response)

    def _say_all(self, says: list[Say]) -> None:
        say(self._dispatcher, says)
