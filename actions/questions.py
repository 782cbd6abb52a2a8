"""Several questions in one message, one after the other; and "no, I meant ..." for the last one.

A part of the customer's message is put to the rules as if they had just said it: the action ends
with a message of the customer's, which Rasa goes on from. `bot.policies.questions` calls them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import find, last_turns_answer, rejected_with, show, take_back
from actions.appointments import VISIT_FORM
from actions.order_reading import NUMBERS, has_words, task_of
from actions.order_wish import FORM, Wish
from bot.orders.replies import means_other_order
from bot.orders.task import Task
from kb_connector.sentences import Sentence, sentences

Part = Mapping[str, Any]

LEFT: Final = "questions_left"
_FOR_A_PERSON: Final = {
    "talk_to_human",
    "request_callback",
    "book_visit",
    "complaint",
    "data_request",
}
_FORMS: Final = {"callback_form": "request_callback", VISIT_FORM: "book_visit"}
_NOT_UNDERSTOOD: Final = {"nlu_fallback", "out_of_scope"}
_EXPLAINED: Final = (Task.REFUND, Task.RETURN)
"""Tasks that the help centre can tell about when a customer only asks, likeliest first."""
_QUOTED_CHARS: Final = 120
_CALL: Final = re.compile(
    r"\b(?:call|phone me|ring\w*|\w+ring[dt]|telefoner\w*"
    r"|talk|speak|tala|prata|snacka|tale|snakke)\b",
    re.I,
)
"""Who asks to be called says so; a number alone is only where they can be reached."""


class ActionNextQuestion(Action):
    """Puts the first question of a message to the rules, or the one that is left."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_next_question"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Puts a question, and keeps the other for when it is answered."""
        asked = tracker.latest_message.get("questions")
        if asked:
            parts = [_alone(dispatcher, tracker, part) for part in _without_mere_numbers(asked)]
            parts = _in_order(dispatcher, tracker, parts)
            if len(asked) > 2 and len(parts) > 1:
                parts[-1] = {**parts[-1], "last": True}
            return _put(tracker, parts)
        left = tracker.get_slot(LEFT) or []
        if left:
            _introduce(dispatcher, tracker, left[0])
        return _put(tracker, left)


class ActionCorrected(Action):
    """The customer says what they meant: the last answer was wrong, and this is the question."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_corrected"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Apologises, leaves a form that was a mistake, and puts the question to the rules."""
        latest = tracker.latest_message
        # the message's intent is that of what was meant, unless it is not sure enough to act on
        meant = {**latest["correction"], "intent": latest["intent"]}
        if _is_for_form(tracker, meant):
            return []
        events: list[Any] = []
        if tracker.active_loop_name:
            wish = Wish.of(tracker)
            wish.begin(None)
            events = [*wish.changes(tracker), ActiveLoop(None), SlotSet("requested_slot", None)]
        last = last_turns_answer(tracker)
        if last is not None:
            meant = {**meant, "rejected": rejected_with(last)}
            events += take_back(dispatcher, tracker)
        spoken = any(event.get("event") == "bot" for event in tracker.events)
        if spoken and _intent(meant) not in _NOT_UNDERSTOOD:
            dispatcher.utter_message(response="utter_corrected")
        return [*events, *_say(tracker, meant)]


def _in_order(
    dispatcher: CollectingDispatcher, tracker: Tracker, asked: Sequence[Part]
) -> list[Part]:
    """The questions in the order in which they are answered.

    What is only told comes first, then what the assistant has to ask back about, then a person. A
    person sees the whole message, so nothing is asked back before.
    """
    people = [part for part in asked if _intent(part) in _FOR_A_PERSON][:1]
    tasks = [part for part in asked if task_of(_intent(part))]
    told = [part for part in asked if _intent(part) not in _FOR_A_PERSON and part not in tasks]
    if people:
        whole = tracker.latest_message
        parts = [*told, {**people[0], "text": whole["text"], "entities": whole["entities"]}]
    else:
        parts = [*told, *tasks]
    # Told here: of two tasks the one that is only asked about; and in a form, which asks its own
    # question again after each message that is put to it.
    only_asked = told[:1] if tracker.active_loop_name else _only_asked(parts)
    if len(parts) > 1 and only_asked and _explain(dispatcher, tracker, only_asked[0]):
        dispatcher.utter_message(response="utter_other_question")
        parts = [part for part in parts if part is not only_asked[0]]
    return parts


def _without_mere_numbers(asked: Sequence[Part]) -> Sequence[Part]:
    """Leaves out "my number is ..." beside questions: it asks for no call."""
    wanted = [
        part
        for part in asked
        if _intent(part) != "request_callback"
        or "phone_number" not in _entities(part)
        or _CALL.search(part["text"])
    ]
    return wanted or asked


def _alone(dispatcher: CollectingDispatcher, tracker: Tracker, part: Part) -> Part:
    """Answers questions that stand in a part beside its own: a message is taken apart into three.

    What no article surely answers can be asked again. What is left of the part is returned.
    """
    inside = [
        each
        for each in sentences(part["text"], turn.language(tracker))
        if each.text.endswith("?") and len(each.text.split()) > 1
    ]
    if len(inside) < 2 or _intent(part) in _FOR_A_PERSON:
        return part
    own = find(tracker, topics=[_intent(part)], query=part["text"])
    told = own.article.id if own else ""
    found = {each: find(tracker, topics=(), query=each.text) for each in inside}
    others = [each for each in inside if (hit := found[each]) is None or hit.article.id != told]
    if len(others) == len(inside):  # none is told by its article: the first is the part's own
        part = _first(part, others.pop(0))
    for each in others:
        hit = found[each]
        if hit is not None:
            show(dispatcher, tracker, hit, query=each.text, ask=False)
        else:
            quoted = shorten(each.text, _QUOTED_CHARS, placeholder=" ...")
            dispatcher.utter_message(response="utter_ask_later", question=quoted)
    return part


def _first(part: Part, sentence: Sentence) -> Part:
    """A part up to the end of its first question."""
    end = sentence.start + len(sentence.text)
    entities = [e for e in part["entities"] if int(e.get("start", 0)) < end]
    return {**part, "text": part["text"][:end], "entities": entities}


def _only_asked(parts: Sequence[Part]) -> list[Part]:
    """Of two tasks, the one that is a question about no order in particular."""
    if not all(task_of(_intent(part)) for part in parts):
        return []
    return [
        part
        for task in _EXPLAINED
        for part in parts
        if task_of(_intent(part)) is task
        and part["inquires"]
        and "order_number" not in _entities(part)
    ][:1]


def _explain(dispatcher: CollectingDispatcher, tracker: Tracker, part: Part) -> bool:
    """Tells what the help centre knows of a part, if it does."""
    text, topic = part["text"], _intent(part)
    hit = find(tracker, topics=[topic], query=text)
    if hit is None:
        return False
    show(dispatcher, tracker, hit, query=text, ask=False)
    return True


def _introduce(dispatcher: CollectingDispatcher, tracker: Tracker, part: Part) -> None:
    """Says that another question follows; one of an earlier turn is quoted."""
    if part["message_id"] == tracker.latest_message.get("message_id"):
        last = part.get("last")
        dispatcher.utter_message(response="utter_last_question" if last else "utter_other_question")
    else:
        quoted = shorten(part["text"], _QUOTED_CHARS, placeholder=" ...")
        dispatcher.utter_message(response="utter_left_question", question=quoted)


def _put(tracker: Tracker, parts: Sequence[Part]) -> list[Any]:
    """Says the first part as the customer's words, and keeps the others."""
    if not parts:
        return [SlotSet(LEFT, None)]
    asked_in = {"message_id": tracker.latest_message.get("message_id")}
    left = [{**asked_in, **part} for part in parts[1:]]
    return [SlotSet(LEFT, left or None), *_say(tracker, parts[0])]


def _say(tracker: Tracker, part: Part) -> list[Any]:
    """The customer says a part, in the message that they have written."""
    latest = tracker.latest_message
    said = {**part, "part": True, "message_id": latest.get("message_id")}
    uttered = UserUttered(part["text"], said, input_channel=tracker.get_latest_input_channel())
    same = {key: latest.get(key) for key in ("message_id", "metadata")}
    return [ActionExecuted("action_listen"), uttered | same]


def _is_for_form(tracker: Tracker, meant: Part) -> bool:
    """Whether a correction is of a value that the open form has asked for."""
    form, intent = tracker.active_loop_name, _intent(meant)
    if not form:
        return False
    if intent in _NOT_UNDERSTOOD:
        return True
    own = tracker.get_slot("order_task") if form == FORM else _FORMS.get(form)
    if intent == own or means_other_order(meant["text"]):
        return True
    if own == Task.RETURN and intent == "product_availability" and not meant["inquires"]:
        return True  # the goods that are to go back
    if form == VISIT_FORM and "date" in _entities(meant):
        return True  # another day
    other_task = task_of(intent) is not None and has_words(meant)
    return bool(NUMBERS & _entities(meant)) and not other_task


def _intent(part: Part) -> str:
    return str(part["intent"]["name"])


def _entities(part: Part) -> set[str]:
    return {str(entity["entity"]) for entity in part["entities"]}
