"""Numbers of cards and persons, which nobody needs in a chat: the customer is asked to keep them.

`bot.policies.questions` calls this before a message with a long number is acted on. What was
written stays in the conversation, for the person who may have to read it.
"""

from __future__ import annotations

from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, UserUttered
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from bot.trainer.redaction import redact

SAID: Final = "utter_keep_numbers_out"
_PRIVATE: Final = {"card", "personal number"}


class ActionKeepNumbersOut(Action):
    """Asks once for no such numbers, and lets the message be acted on."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_keep_numbers_out"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Says so where there is one; the rules hear the message again unless a form has it."""
        ask_to_keep(dispatcher, tracker)
        if tracker.active_loop_name:
            return []  # the form has taken values from the message already
        latest = tracker.latest_message
        # neither what is searched for nor what is kept of a question needs them
        text = without_private_numbers(str(latest.get("text") or ""), turn.language(tracker))
        said = {**latest, "text": text, "looked_through": True}
        channel = tracker.get_latest_input_channel()
        uttered = UserUttered(text, said, input_channel=channel)
        same = {key: latest.get(key) for key in ("message_id", "metadata")}
        return [ActionExecuted("action_listen"), uttered | same]


def ask_to_keep(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Says that such numbers are not needed, if the message has one and it has not been said."""
    said = any(
        (event.get("metadata") or {}).get("utter_action") == SAID
        for event in turn.happened(tracker)
    )
    looked = tracker.latest_message.get("looked_through") or said
    if not looked and has_private_number(turn.said(tracker), turn.language(tracker)):
        dispatcher.utter_message(response=SAID)


def has_private_number(text: str, language: str) -> bool:
    """The text has the number of a card or of a person in it.

    >>> has_private_number("my card is 4242 4242 4242 4242", "en")
    True
    >>> has_private_number("NL-104838 831 30, call 070-174 06 12", "sv")
    False
    """
    return any(found.kind in _PRIVATE for found in redact(text, language).found)


def without_private_numbers(text: str, language: str) -> str:
    """The text with such numbers blanked out, as long as before.

    >>> without_private_numbers("card 4242 4242 4242 4242, why?", "en").split()
    ['card', ',', 'why?']
    """
    for found in redact(text, language).found:
        if found.kind in _PRIVATE:
            text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    return text
