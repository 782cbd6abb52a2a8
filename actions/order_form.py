"""The order form: finds out what to do with which order, and that the customer may ask for it.

Rasa runs `validate_order_form` at each message while the form is active. It reads the message,
looks the order up as soon as number and proof are known, refuses what the order's state does not
allow, and asks for what is missing. It asks by itself (the form has no `utter_ask_...`), because
what to ask depends on the order. When everything is known, `action_order_task` does it.

A message about something else is rejected: Rasa's rules answer it and run the form again.
"""

from __future__ import annotations

from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import last_turns_answer, reject, take_back
from actions.claims import claimed
from actions.order_reading import Reading, has_words, leans_to, task_of
from actions.order_step import HELP, MAX_TRIES, WITHOUT, Step
from actions.order_wish import ADDRESS, CONFIRMED, FORM, ITEMS, NUMBER, PROOF, REASON
from bot.calling_off import calls_off
from bot.orders import normalise_order_number, returning
from bot.orders.asides import (
    asks_for_it,
    did_not_help,
    lacks_number,
    wants_exchange,
    wants_instead,
)
from bot.orders.replies import (
    is_no,
    is_yes,
    lacks_it,
    means_other_order,
    parse_address,
    parse_reason,
    says_wrong,
)
from bot.orders.task import Say, Task

_LEAVING: Final = {
    "talk_to_human",
    "complaint",
    "data_request",
    "request_callback",
    "book_visit",
}
_CHANGED_ELSEWHERE: Final = {
    "update_account_details",
    "delete_account",
    "reset_password",
    "login_problem",
    "payment_problem",
    "refund_status",
    "change_subscription",
    "cancel_subscription",
    "change_delivery_address",
}
"""Intents of who says in a word for an exchange that they change no goods: "jag har bytt bank"."""
_NOT_UNDERSTOOD: Final = {"", "nlu_fallback", "out_of_scope", "affirm", returning.CHOICE_INTENT}
_ENOUGH: Final = {"thank", "article_helpful"}


class ValidateOrderForm(Action):
    """Reads a message in the order form, and asks for what is still missing."""

    def name(self) -> str:
        """Name in the domain."""
        return f"validate_{FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Takes one step."""
        step = _Hearing(dispatcher, tracker)
        happened = turn.happened(tracker)
        if any(e.get("event") == "active_loop" and e.get("name") == FORM for e in happened):
            return await step.begin()
        if any(e.get("event") == "action_execution_rejected" for e in happened):
            return await step.go_on()  # the rules have answered: ask again
        return await step.hear()


class _Hearing(Step):
    """What a message says, and where that leads."""

    async def begin(self) -> list[Any]:
        """The first message: takes what it says; a question is answered before we ask."""
        wish, unsure, claim = self.wish, self.wish.unclear, claimed(self.tracker)
        asked_for = task_of(self.intent) or self._leaning(words=1)
        wish.begin(Task.STATUS if claim or asked_for is None else asked_for)
        wish.claim = claim
        wish.attempts = wish.unclear = 0
        self.asked = ""
        reading = self._read()
        asked = "?" in self.text or self.tracker.latest_message.get("inquires")
        exchange = self._wants_exchange()
        general = wish.task is Task.RETURN and asked and NUMBER not in reading.found
        # a button of the menu asks nothing, one of "Did you mean" repeats a question
        asks = bool(self.text) or unsure
        unknown = wish.number is None or general or exchange
        if asks and wish.task is not Task.STATUS and unknown:
            self.explain()
        # whose article tells of exchanges is offered none as a return
        if exchange or (wish.task is Task.RETURN and wants_exchange(self.told)):
            return self.no_exchange()
        if self.refused:  # nothing is offered that the help centre has just refused
            self.say("utter_did_this_help")
            return self.leave()
        return await self.go_on()

    async def hear(self) -> list[Any]:
        """A message while the form is active."""
        wish = self.wish
        if self.intent in _LEAVING and has_words(self.tracker.latest_message):
            return self.reject()
        aside = await self._hear_aside()
        if aside is not None:
            return aside
        early = self.asked in (NUMBER, PROOF)
        corrects = "correction" in self.tracker.latest_message and wish.task is Task.RETURN
        if corrects and not early:
            self.asked = ITEMS  # "no, I meant the lamp", whatever we asked about the order
        # "yes, cancel NL-104831" is no yes to a question about another order
        if self.asked == CONFIRMED and wish.number == wish.proved:
            done = await self._hear_confirmation()
            if done is not None:
                return done
        if self.asked == ITEMS and not await self.look_up():
            return self.events
        reading = self._read()
        task = self._task()
        if self.asked not in reading.found and task is not None and task is not wish.task:
            return await self._other_task(task)
        # before the order is known they cannot be found in it: a slot of Rasa's keeps them
        goods = corrects and early and turn.entity(self.tracker, "product") is not None
        if reading.found or goods:
            return await self._take()
        return await self._hear_other(task)

    async def _hear_aside(self) -> list[Any] | None:
        """What is said of the wish as a whole, whatever was asked; None when it is not so."""
        if self._says_no_help():
            return await self._not_helped()
        if self._wants_exchange():
            self._read()
            return self.no_exchange()
        # of goods, "I changed my mind" is why they go back
        why = self.asked in (ITEMS, REASON) and parse_reason(self.text) is not None
        if calls_off(self.text) and not why:
            at_the_end = self.asked == CONFIRMED
            self.say("utter_order_unchanged" if at_the_end else "utter_okay_then")
            return self.leave(*([SlotSet("product", None)] if at_the_end else []))
        if self._corrects_number():
            return await self._other_number()
        instead = self._instead()
        if instead is not None:
            return await self._other_task(instead)
        if self._refuses_other():
            return await self.go_on()
        return None

    async def _take(self) -> list[Any]:
        """Something that was asked for is known now; an e-mail address may do for a person."""
        wish = self.wish
        wish.unclear = 0
        numberless = wish.number is None and turn.asked(self.tracker) == WITHOUT[NUMBER]
        if numberless and "@" in (wish.proof or ""):
            return self.to_person("customer_asked", {**self.evidence(), "email": wish.proof})
        return await self.go_on()

    def _says_no_help(self) -> bool:
        """An article was shown before the form's question, and was no help."""
        if self.asked == CONFIRMED or last_turns_answer(self.tracker) is None:
            return False
        return self.intent == "article_not_helpful" or did_not_help(self.text)

    def _wants_exchange(self) -> bool:
        """Other goods of the kind, which no label for a return brings, and which are free."""
        task, said = self.wish.task, task_of(self.intent)
        returns = task is Task.RETURN or (said is Task.RETURN and task is not Task.READDRESS)
        goods = self.intent not in _CHANGED_ELSEWHERE
        return returns and goods and wants_exchange(self.text)

    async def _not_helped(self) -> list[Any]:
        """The next best article, or a person; the question for a number was only an offer."""
        offered = self.asked == NUMBER
        rejected = reject(self.dispatcher, self.tracker, ask=offered)
        if any(event.get("event") == "active_loop" for event in rejected):  # a person comes
            self.forget()
            return [*self.changes(), *rejected]
        if offered:
            return [*self.leave(), *rejected]
        self.events += rejected
        return await self.go_on()

    async def _hear_confirmation(self) -> list[Any] | None:
        """The answer to "Shall I?"; None when it is neither yes nor no."""
        if self._says_yes():
            self.wish.confirmed, self.wish.unclear = True, 0
            return self.end()
        if self.intent != "deny" and not is_no(self.text):
            return None
        if self.wish.task is Task.READDRESS and self._corrects_address():
            return await self.go_on()
        self.say("utter_order_unchanged")
        return self.leave(SlotSet("product", None))

    def _corrects_number(self) -> bool:
        """The order was wrong, the task stays: "no, NL-104832", "no, the other order"."""
        if not (is_no(self.text) or "correction" in self.tracker.latest_message):
            return False
        number = normalise_order_number(str(turn.entity(self.tracker, "order_number") or ""))
        named = number is not None and number != self.wish.proved
        same_task = task_of(self.intent) in (None, Task.STATUS, self.wish.task)
        return means_other_order(self.text) or (named and same_task)

    def _corrects_address(self) -> bool:
        """The address was wrong, and perhaps the right one is given: "no, it's number 7, ..."."""
        right = parse_address(self.text)
        if right is None and not says_wrong(self.text):
            return False
        self.wish.address, self.wish.unclear = right, 0
        return True

    async def _other_number(self) -> list[Any]:
        """Goes on with the order that is named, or asks for it."""
        self.wish.number, self.wish.items, self.wish.unclear = None, (), 0
        self._read()
        return await self.go_on()

    def _task(self) -> Task | None:
        """What the message asks for, if it asks for something to be done with an order."""
        task = task_of(self.intent) if has_words(self.tracker.latest_message) else None
        if task is None and (wants_instead(self.text) or asks_for_it(self.text)):
            return self._leaning()
        return task

    def _leaning(self, words: int = 2) -> Task | None:
        message = self.tracker.latest_message
        return leans_to(message) if self.text and has_words(message, words) else None

    def _instead(self) -> Task | None:
        """Another task in the place of this one: "no, don't cancel it, just ..."."""
        task = self._task()
        plainly = bool(turn.wanted(self.tracker)) or (
            self.asked == CONFIRMED and wants_instead(self.text)
        )
        return task if plainly and task is not self.wish.task else None

    def _refuses_other(self) -> bool:
        """The customer says only that they do not want something else than the form does."""
        negated, task = turn.not_wanted(self.tracker), self.wish.task
        own = task is not None and task.value in negated
        no = self.asked == CONFIRMED and is_no(self.text)
        return bool(negated) and self.intent == "deny" and not own and not no

    async def _other_task(self, task: Task) -> list[Any]:
        """A question about another task is answered; anything else changes over to it."""
        only_asks = task is not Task.STATUS and "?" in self.text and not self._wishes(task)
        if only_asks and self.explain():
            return await self.go_on()
        self.wish.begin(task)
        self.wish.unclear, self.asked, self.order = 0, "", None
        self._read()
        return await self.go_on()

    def _wishes(self, task: Task) -> bool:
        """A question that asks for another task, rather than how it is done."""
        changes = task in (Task.CANCEL, Task.READDRESS)
        return wants_instead(self.text) or (changes and asks_for_it(self.text))

    async def _hear_other(self, task: Task | None) -> list[Any]:
        """A message that is no answer to what was asked."""
        wish, intent = self.wish, self.intent
        yes = self._says_yes()
        if turn.entity(self.tracker, "choice") == "help" and self.asked in HELP:
            return self.ask(self.asked, Say(HELP[self.asked]))
        if self.asked in WITHOUT and (lacks_it(self.text) or lacks_number(self.text)):
            return self.lacks_it()
        if self.asked != CONFIRMED and lacks_it(self.text):
            return await self.not_understood()
        if intent == "rephrase":
            self.say("utter_ask_rephrase")
            return self.leave(*take_back(self.dispatcher, self.tracker))
        farewell = self._farewell()
        if farewell:
            self.say(farewell)
            return self.leave()
        if yes and turn.asked(self.tracker) in WITHOUT.values():
            return self.to_person("customer_asked", self.evidence())
        if yes and self.asked in WITHOUT and turn.asked(self.tracker) == HELP[self.asked]:
            return self.lacks_it()  # a yes to where it stands is not what stands there
        if yes and max(wish.unclear, wish.attempts) >= MAX_TRIES:
            if wish.unclear:
                return self.to_person("not_understood", {"times": wish.unclear})
            return self.to_person("customer_asked", self.evidence())
        if yes:
            return await self.go_on()
        if task is not None and "?" in self.text and self.explain():
            return await self.go_on()
        if intent in _NOT_UNDERSTOOD or task_of(intent) or self._seems_an_answer():
            return await self.not_understood()
        return self.reject()

    def _farewell(self) -> str:
        """What to say to who wants nothing done; empty when it is not so."""
        if self.intent == "deny" or is_no(self.text):
            return "utter_okay_then"
        if self.intent == "goodbye":
            return "utter_goodbye"
        # the help centre's answer was all that was wanted
        enough = self.asked == NUMBER and self.wish.task is not Task.STATUS
        return "utter_article_helped" if enough and self.intent in _ENOUGH else ""

    def _says_yes(self) -> bool:
        return is_yes(self.text) if self.text else self.intent == "affirm"

    def _seems_an_answer(self) -> bool:
        """The message looks like an answer to what was asked, though we cannot use it."""
        digits = any(character.isdigit() for character in self.text)
        return "?" not in self.text and (
            (self.asked in (NUMBER, PROOF, ADDRESS) and digits)
            or (self.asked == PROOF and "@" in self.text)
            or (self.asked in (ITEMS, REASON) and 0 < len(self.text.split()) <= 3)
        )

    def _read(self) -> Reading:
        return Reading(self.tracker, self.wish, self.asked, self.order)
