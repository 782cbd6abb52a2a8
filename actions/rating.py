"""The rating after a handoff."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from bot.handoff import lifecycle
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
            wanted = lifecycle.unrated(connection, tracker.sender_id) is not None
        if score is None or not wanted:
            dispatcher.utter_message(response="utter_rated_already")
            return []
        response = "utter_rated_well" if score >= GOOD_FROM else "utter_rated_badly"
        dispatcher.utter_message(response=response, json_message={"rating": score})
        return []
