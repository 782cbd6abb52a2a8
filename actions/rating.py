"""The rating after a handoff."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from bot.handoff import lifecycle
from bot.storage.database import open_database, transaction

GOOD_FROM = 4


class ActionRate(Action):
    """Stores the customer's rating, once, and tells the helpdesk."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_rate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Thanks for it."""
        given = str(turn.entity(tracker, "rating") or "")
        score = int(given) if given in {"1", "2", "3", "4", "5"} else None
        rated = None
        if score is not None:
            with transaction(open_database(turn.settings().database)) as connection:
                rated = lifecycle.rate(connection, tracker.sender_id, score)
        if rated is None or score is None:
            dispatcher.utter_message(response="utter_rated_already")
        else:
            good = score >= GOOD_FROM
            dispatcher.utter_message(response="utter_rated_well" if good else "utter_rated_badly")
        return []
