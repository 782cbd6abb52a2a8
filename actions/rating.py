"""The rating after a handoff, and in a word why."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from bot.handoff import lifecycle, lookup
from bot.storage.database import open_database, reading

GOOD_FROM = 4


class ActionRate(Action):
    """Takes the customer's rating, once; it is stored with the turn, and the helpdesk told."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_rate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Thanks for it."""
        given = str(turn.entity(tracker, "rating") or "")
        score = int(given) if given in {"1", "2", "3", "4", "5"} else None
        with reading(open_database(turn.settings().database)) as connection:
            wanted = lookup.unrated(connection, tracker.sender_id) is not None
        if score is None or not wanted:
            dispatcher.utter_message(response="utter_rated_already")
            return []
        response = "utter_rated_well" if score >= GOOD_FROM else "utter_rated_badly"
        dispatcher.utter_message(response=response, json_message={"rating": score})
        return []


class ActionRateWord(Action):
    """Takes the word that says why, once; it is stored with the turn, and the helpdesk told."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_rate_word"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Thanks for it."""
        word = str(turn.entity(tracker, "rating_word") or "")
        with reading(open_database(turn.settings().database)) as connection:
            wanted = lookup.without_word(connection, tracker.sender_id) is not None
        if word not in lifecycle.RATING_WORDS or not wanted:
            dispatcher.utter_message(response="utter_rated_already")
            return []
        dispatcher.utter_message(response="utter_rated_word", json_message={"rating_word": word})
        return []
