"""What customers say of articles. A verdict travels with the reply: `bot.channels.turn` writes it
with the turn's outcome, so that a turn that is run again gives none twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from bot.insight.asking import asks
from kb_connector.feedback import NO_ANSWER


def record(dispatcher: CollectingDispatcher, tracker: Tracker, verdict: str) -> None:
    """Keeps what the customer says of the last article, with the question; nothing without one.

    Args:
        verdict: one of `kb_connector.feedback.VERDICTS`.
    """
    last = tracker.get_slot("last_answer") or {}
    if asked_for(last):
        _keep(dispatcher, tracker, asked_for(last), last["id"], verdict)


def asked_for(answer: Mapping[str, Any]) -> str:
    """What an article was shown for, in the customer's own words.

    Args:
        answer: the slot `last_answer`; one of an earlier version has the words that were searched.
    """
    return str(answer.get("asked") or answer.get("query") or "")


def record_no_answer(dispatcher: CollectingDispatcher, tracker: Tracker, question: str) -> None:
    """Keeps a question that no article answers, for those who write them.

    What asks nothing is none: a command, a greeting, an answer that a form did not take.
    """
    heard = tracker.latest_message
    nlu = {"intent": heard.get("intent"), "ranking": heard.get("intent_ranking")}
    waits = bool(tracker.active_loop.get("name") and tracker.get_slot("requested_slot"))
    if question != heard.get("text"):  # what was said before, or a part of a message
        nlu, waits = {}, False
    if question and asks(question, nlu, form_waits=waits):
        _keep(dispatcher, tracker, question, "", NO_ANSWER)


def _keep(
    dispatcher: CollectingDispatcher, tracker: Tracker, query: str, article_id: str, verdict: str
) -> None:
    kept = {"query": query, "article_id": article_id, "lang": turn.language(tracker)}
    dispatcher.utter_message(json_message={"verdict": {**kept, "verdict": verdict}})
