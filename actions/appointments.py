"""Being called, and coming by: a person gets the time and the number with the handoff."""

from __future__ import annotations

import datetime as dt
import re
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
from bot.handoff.windows import Unfit, Window, is_soon, read_window, time_words
from bot.orders.replies import is_no, lacks_it

CALL_FORM, VISIT_FORM = "callback_form", "visit_form"
CALL_INTENT, VISIT_INTENT = "request_callback", "book_visit"
CALL_TIME: Final = "callback_time"
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
_SINCE: Final = "from|since|från|sedan|sen|fra|siden"
"""Before a day they tell of what happened: "my order from Monday"."""
_NO_OTHER_WISH: Final = {"", "nlu_fallback", "out_of_scope", "affirm", "deny", "callback_window"}


class ValidateCallbackForm(FormValidationAction):
    """Takes the time of a call from whichever message has it, and none while all are away.

    It ends the form when the call is called off before everything is known.
    """

    def name(self) -> str:
        """Name in the domain."""
        return f"validate_{CALL_FORM}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Takes one step."""
        happened, asked = turn.happened(tracker), tracker.get_slot("requested_slot")
        if any(e.get("event") == "active_loop" and e.get("name") == CALL_FORM for e in happened):
            # a time of a call that was called off is none of this one
            reset = [SlotSet(CALL_TIME, None), SlotSet(TRIES, 0)]
            return [*reset, *_volunteered(dispatcher, tracker)]
        if any(e.get("event") == "action_execution_rejected" for e in happened):
            return []  # the rules have answered
        said = str(tracker.get_slot(CALL_TIME) or "") if asked == CALL_TIME else turn.said(tracker)
        if asked and _wants_no_call(said, asked):
            # `action_callback`, which comes next, reads it and says that nobody calls
            return [SlotSet(CALL_TIME, said), SlotSet("requested_slot", None)]
        if asked == CALL_TIME and said:
            return _hear_call_time(dispatcher, tracker, said)
        events = list(await super().run(dispatcher, tracker, domain))
        aside = _is_about_something_else(tracker, CALL_INTENT)
        if tracker.get_slot(CALL_TIME) or (aside and not turn.entity(tracker, "phone_number")):
            return events
        return [*events, *_volunteered(dispatcher, tracker)]


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
        said = str(tracker.get_slot(CALL_TIME) or "").strip()
        if _wants_no_call(said, CALL_TIME):
            dispatcher.utter_message(response="utter_callback_stopped")
            return [SlotSet(CALL_TIME, None)]
        when = _in_words(tracker, said)
        window = _read(tracker, when, CALL)
        if not isinstance(window, Window):  # it goes along as it is, and is no promise
            evidence: dict[str, Any] = {"phone_number": number, CALL_TIME: when}
            response, timed = "utter_handoff_callback_unclear", False
        else:
            when = time_words(when, turn.language(tracker))
            evidence = {"phone_number": number, CALL_TIME: when, "time_window": window.evidence()}
            response, timed = "utter_handoff_callback", not is_soon(when)
            if timed and window != _read_at_any_hour(tracker, when):
                when = window.said(turn.language(tracker))  # the part with somebody there
        dispatcher.utter_message(response=response, phone_number=number, callback_time=when)
        handed = hand_off(dispatcher, tracker, CALL, evidence, say=None, timed=timed)
        return [*handed, SlotSet(CALL_TIME, None), SlotSet(TRIES, None)]  # the next is another one


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


def _wants_no_call(said: str, asked: str) -> bool:
    # "no" to the question for a number is what the rules make of it; "no preference" is a time
    bare_no = asked == CALL_TIME and said.lower().strip(" .!,") in _BARE_NO
    return bare_no or _called_off(said)


def _volunteered(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """The time in a message that did not have to have one; nothing when it has none.

    What has passed is not the time of the call, but of what happened.
    """
    text = turn.said(tracker)
    window = _read(tracker, text, CALL)
    words = time_words(text, turn.language(tracker))
    if words and re.search(rf"\b(?:{_SINCE}) {re.escape(words)}", text, re.I):
        return []
    if isinstance(window, Window):
        return [SlotSet(CALL_TIME, words)]
    return _refuse_call(dispatcher, tracker, text, window) if window is Unfit.CLOSED else []


def _hear_call_time(dispatcher: CollectingDispatcher, tracker: Tracker, said: str) -> list[Any]:
    """The answer to when; the form asks once more when nobody is there then."""
    text = _in_words(tracker, said)
    window = _read(tracker, text, CALL)
    if window is Unfit.UNCLEAR and _is_about_something_else(tracker, CALL_INTENT):
        return [SlotSet(CALL_TIME, None), ActionExecutionRejected(CALL_FORM)]
    tries = int(tracker.get_slot(TRIES) or 0) + 1
    if isinstance(window, Window) or window is Unfit.UNCLEAR or tries >= MAX_TRIES:
        return [SlotSet(CALL_TIME, said)]
    return [*_refuse_call(dispatcher, tracker, text, window), SlotSet(TRIES, tries)]


def _refuse_call(
    dispatcher: CollectingDispatcher, tracker: Tracker, text: str, unfit: Unfit
) -> list[Any]:
    """Says why nobody can call then; the form asks for another time."""
    opens = _next_opening(tracker, text, CALL) if unfit is Unfit.CLOSED else None
    if unfit is Unfit.CLOSED and not opens:  # there is no better time to name
        return [SlotSet(CALL_TIME, text)]
    dispatcher.utter_message(response=f"utter_callback_{unfit.value}", opens=opens)
    return [SlotSet(CALL_TIME, None)]


def _in_words(tracker: Tracker, when: str) -> str:
    """A time as it is written; a button stands for some words."""
    if texts.exists(f"utter_time_{when}"):
        return texts.say(f"utter_time_{when}", turn.language(tracker))
    return when


def _begin(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """The first message, which may have the time already."""
    window = _read(tracker, turn.said(tracker))
    if isinstance(window, Window):
        return [*_keep(tracker, window), *_ask(dispatcher, tracker, window)]
    reset = [SlotSet(name, None) for name in (TIME, WINDOW, TRIES)]
    if window is Unfit.CLOSED:
        return [*reset, *_refuse(dispatcher, tracker, window)]
    return [*reset, *_ask(dispatcher, tracker, None)]


def _hear_time(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    text = turn.said(tracker)
    window = _read(tracker, text)
    if isinstance(window, Window):
        return [*_keep(tracker, window), *_ask(dispatcher, tracker, window)]
    if _is_about_something_else(tracker, VISIT_INTENT):
        return [ActionExecutionRejected(VISIT_FORM)]
    tries = int(tracker.get_slot(TRIES) or 0) + 1
    if tries >= MAX_TRIES:  # a person reads the customer's own words
        return [SlotSet(TIME, text), *_ask(dispatcher, tracker, text)]
    return _refuse(dispatcher, tracker, window, tries)


def _refuse(
    dispatcher: CollectingDispatcher, tracker: Tracker, unfit: Unfit, tries: int = 0
) -> list[Any]:
    """Says why that is no time to come by, and asks for another."""
    opens = _next_opening(tracker, turn.said(tracker), VISIT) if unfit is Unfit.CLOSED else None
    if opens:
        dispatcher.utter_message(response="utter_visit_closed_until", opens=opens)
    else:
        dispatcher.utter_message(response=f"utter_visit_{unfit.value}")
    return _settled(TIME, tries)


def _hear_contact(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    if any(turn.entity(tracker, name) for name in CONTACTS):
        return _settled(None)
    if _is_about_something_else(tracker, VISIT_INTENT):
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


def _is_about_something_else(tracker: Tracker, wish: str) -> bool:
    """Whether a message in a form has another wish than the form's."""
    intent = _intent(tracker)
    return intent != wish and intent not in _NO_OTHER_WISH and has_words(tracker.latest_message)


def _intent(tracker: Tracker) -> str:
    """As understood; of a message that was not, the likeliest is no wish."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def _read(tracker: Tracker, text: str, reason: str = VISIT) -> Window | Unfit:
    """A window in the hours of the desk that the customer would be handed to."""
    desk = desk_of(tracker, reason)
    now = dt.datetime.now(desk.zone)
    return read_window(text, turn.language(tracker), now, desk.hours)


def _read_at_any_hour(tracker: Tracker, text: str) -> Window | Unfit:
    """As `_read`, whether somebody is there or not."""
    now = dt.datetime.now(desk_of(tracker, CALL).zone)
    return read_window(text, turn.language(tracker), now)


def _next_opening(tracker: Tracker, text: str, reason: str) -> str | None:
    """When somebody is there after a time that does not suit, as people say it."""
    desk = desk_of(tracker, reason)
    now = dt.datetime.now(desk.zone)
    wanted = read_window(text, turn.language(tracker), now)
    after = wanted.start if isinstance(wanted, Window) else now
    opening = desk.hours.next_opening(after) if desk.hours else None
    return moment(opening, now, turn.language(tracker)) if opening else None
