"""Being called, and coming by: a person gets the time and the number with the handoff."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import turn
from actions.handoff import desk_of, hand_off
from actions.order_reading import has_words
from bot import texts
from bot.calling_off import calls_off
from bot.handoff.hours import moment
from bot.handoff.waiting import CONTACTS
from bot.handoff.windows import Unfit, Window, read_window
from bot.orders.replies import is_no, lacks_it

VISIT_FORM: Final = "visit_form"
TIME, CONTACT, WINDOW, TRIES = "visit_time", "visit_contact", "visit_window", "visit_tries"
CALL, VISIT = "call_requested", "visit_requested"
"""Reasons of the handoffs."""
MAX_TRIES: Final = 2
"""Of one question; then a person sorts it out from the customer's own words."""

_BARE_NO: Final = {
    *("no", "nope", "no thanks", "no thank you", "nej", "nej tack", "nej tak", "nei", "nei takk")
}
_NEVER_MIND: Final = "/deny"
"""What the button sends that is under the questions."""
_NO_OTHER_WISH: Final = {"", "nlu_fallback", "out_of_scope", "affirm", "deny", "book_visit"}


class ValidateCallbackForm(FormValidationAction):
    """Ends the form when the call is called off before there is a number."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_callback_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Takes one step."""
        said = turn.said(tracker)
        if tracker.get_slot("requested_slot") == "phone_number" and _called_off(said):
            # `action_callback`, which comes next, reads it and says that nobody calls
            return [SlotSet("callback_time", said), SlotSet("requested_slot", None)]
        return list(await super().run(dispatcher, tracker, domain))


class ActionCallback(Action):
    """Hands over with the telephone number that the customer wants to be called on."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_callback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Hands over. Nothing is done when the call was called off."""
        number = tracker.get_slot("phone_number")
        said = str(tracker.get_slot("callback_time") or "")
        if _called_off(said) or said.lower().strip(" .!,") in _BARE_NO:  # "no preference" is a time
            dispatcher.utter_message(response="utter_callback_stopped")
            return [SlotSet("callback_time", None)]
        when = str(tracker.get_slot("callback_time") or "").strip()
        if texts.exists(f"utter_time_{when}"):  # a button
            when = texts.say(f"utter_time_{when}", turn.language(tracker))
        window = _read(tracker, when, CALL)
        evidence = {"phone_number": number, "callback_time": when}
        if isinstance(window, Window):
            evidence["time_window"] = window.evidence()
        dispatcher.utter_message(
            response="utter_handoff_callback", phone_number=number, callback_time=when
        )
        handed = hand_off(dispatcher, tracker, CALL, evidence, say=None)
        return [*handed, SlotSet("callback_time", None)]  # the next call is another one


class ValidateVisitForm(Action):
    """Finds out when a customer wants to come by, and where to confirm it.

    Like the order form, it asks by itself, and leaves messages about something else to the rules.
    """

    def name(self) -> str:
        """Name in the domain."""
        return f"validate_{VISIT_FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Takes one step."""
        happened = turn.happened(tracker)
        if any(e.get("event") == "active_loop" and e.get("name") == VISIT_FORM for e in happened):
            return _begin(dispatcher, tracker)
        if any(e.get("event") == "action_execution_rejected" for e in happened):
            return _ask(dispatcher, tracker, tracker.get_slot(TIME))  # the rules have answered
        if _is_no(tracker):
            dispatcher.utter_message(response="utter_visit_stopped")
            return [SlotSet(TIME, None), *_settled(None)]
        if tracker.get_slot("requested_slot") == CONTACT:
            return _hear_contact(dispatcher, tracker)
        return _hear_time(dispatcher, tracker)


class ActionBookVisit(Action):
    """Hands over with the time at which the customer wants to come by."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_book_visit"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Hands over; a person confirms the visit. Nothing is done when it was called off."""
        if not tracker.get_slot(TIME):
            return []
        when, window = tracker.get_slot(TIME), tracker.get_slot(WINDOW)
        contact = {name: tracker.get_slot(name) for name in CONTACTS if tracker.get_slot(name)}
        evidence = {TIME: when, **contact}
        if window:
            evidence["time_window"] = window
        response = "utter_handoff_visit" if contact else "utter_handoff_visit_here"
        dispatcher.utter_message(
            response=response, visit_time=when, contact=" / ".join(contact.values())
        )
        handed = hand_off(dispatcher, tracker, VISIT, evidence, say=None)
        return [*handed, *(SlotSet(name, None) for name in (TIME, WINDOW, TRIES))]


def _called_off(said: str) -> bool:
    return said.strip() == _NEVER_MIND or calls_off(said)


def _begin(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """The first message, which may have the time already."""
    window = _read(tracker, turn.said(tracker))
    if isinstance(window, Window):
        return [*_keep(tracker, window), *_ask(dispatcher, tracker, window)]
    reset = [SlotSet(name, None) for name in (TIME, WINDOW, TRIES)]
    return [*reset, *_ask(dispatcher, tracker, None)]


def _hear_time(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    text = turn.said(tracker)
    window = _read(tracker, text)
    if isinstance(window, Window):
        return [*_keep(tracker, window), *_ask(dispatcher, tracker, window)]
    if _is_about_something_else(tracker):
        return [ActionExecutionRejected(VISIT_FORM)]
    tries = int(tracker.get_slot(TRIES) or 0) + 1
    if tries >= MAX_TRIES:  # a person reads the customer's own words
        return [SlotSet(TIME, text), *_ask(dispatcher, tracker, text)]
    return _refuse(dispatcher, tracker, window, tries)


def _refuse(
    dispatcher: CollectingDispatcher, tracker: Tracker, unfit: Unfit, tries: int = 0
) -> list[Any]:
    """Says why that is no time to come by, and asks for another."""
    opens = _next_opening(tracker) if unfit is Unfit.CLOSED else None
    if opens:
        dispatcher.utter_message(response="utter_visit_closed_until", opens=opens)
    else:
        dispatcher.utter_message(response=f"utter_visit_{unfit.value}")
    return _settled(TIME, tries)


def _hear_contact(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    if any(turn.entity(tracker, name) for name in CONTACTS):
        return _settled(None)
    if _is_about_something_else(tracker):
        return [ActionExecutionRejected(VISIT_FORM)]
    window = _read(tracker, turn.said(tracker))
    if isinstance(window, Window):  # another one than before
        said = window.said(turn.language(tracker))
        dispatcher.utter_message(response="utter_visit_moved", visit_time=said)
        return [*_keep(tracker, window), *_settled(CONTACT)]
    if window is not Unfit.UNCLEAR:
        return [SlotSet(TIME, None), SlotSet(WINDOW, None), *_refuse(dispatcher, tracker, window)]
    tries = int(tracker.get_slot(TRIES) or 0) + 1
    if tries >= MAX_TRIES:  # the answer comes here, in the chat
        return _settled(None)
    dispatcher.utter_message(response="utter_visit_contact_unclear")
    return _settled(CONTACT, tries)


def _ask(dispatcher: CollectingDispatcher, tracker: Tracker, when: object) -> list[Any]:
    """Asks for what is missing; nothing is when there is a time and somewhere to confirm it."""
    if not when:
        dispatcher.utter_message(response="utter_visit_ask_time")
        return _settled(TIME)
    if not any(tracker.get_slot(name) for name in CONTACTS):
        dispatcher.utter_message(response="utter_visit_ask_contact")
        return _settled(CONTACT)
    return _settled(None)


def _settled(asked: str | None, tries: int = 0) -> list[Any]:
    """What is asked next, after so many answers in vain; None for nothing.

    Rasa takes a step that sets no slot of ours for one that could not use the message.
    """
    return [SlotSet(TRIES, tries), SlotSet("requested_slot", asked)]


def _keep(tracker: Tracker, window: Window) -> list[Any]:
    said = window.said(turn.language(tracker))
    return [SlotSet(TIME, said), SlotSet(WINDOW, window.evidence())]


def _is_no(tracker: Tracker) -> bool:
    text, refused = turn.said(tracker), turn.not_wanted(tracker)
    # "I don't want to cancel my order" is no no to the visit
    denied = _intent(tracker) == "deny" and (not refused or "book_visit" in refused)
    return not lacks_it(text) and (denied or is_no(text) or calls_off(text))


def _is_about_something_else(tracker: Tracker) -> bool:
    return _intent(tracker) not in _NO_OTHER_WISH and has_words(tracker.latest_message)


def _intent(tracker: Tracker) -> str:
    """As understood; of a message that was not, the likeliest is no wish."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def _read(tracker: Tracker, text: str, reason: str = VISIT) -> Window | Unfit:
    """A window in the hours of the desk that the customer would be handed to."""
    desk = desk_of(tracker, reason)
    now = dt.datetime.now(desk.zone)
    return read_window(text, turn.language(tracker), now, desk.hours)


def _next_opening(tracker: Tracker) -> str | None:
    desk = desk_of(tracker, VISIT)
    now = dt.datetime.now(desk.zone)
    opening = desk.hours.next_opening(now) if desk.hours else None
    return moment(opening, now, turn.language(tracker)) if opening else None
