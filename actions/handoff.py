"""To a person. The handoff itself is made by `bot.handoff`, where the turn's outcome is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.engine import Connection

from actions import turn
from actions.private_numbers import ask_to_keep
from actions.verdicts import record
from bot.handoff import lifecycle
from bot.handoff.context import heard_intent
from bot.handoff.desks.opening import DeskEntry
from bot.handoff.desks.plan import desk_plan
from bot.handoff.waiting import CONTACTS, Outlook, outlook
from bot.storage.database import open_database, reading
from kb_connector.feedback import ASKED_FOR_A_PERSON

SUGGESTED = 3


class ActionHandOff(Action):
    """Hands the conversation to a person: empathy in one sentence, and what happens next."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_hand_off"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Finds out why, and hands over."""
        ask_to_keep(dispatcher, tracker)  # the upset and the sensitive come here at once
        reason, evidence = _why(tracker)
        return hand_off(dispatcher, tracker, reason, evidence)


def hand_off(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    reason: str,
    evidence: Mapping[str, Any],
    *,
    say: str | None = "",
    timed: bool = False,
) -> list[Any]:
    """Says that a person takes over and asks for the handoff.

    The request travels with the reply; `bot.channels.turn` opens the handoff in the transaction
    that stores this turn.

    Args:
        reason: one of `bot.handoff.lifecycle.REASONS`.
        evidence: why, for the agent.
        say: response to say; default the one for the reason, None for silence.
        timed: the customer has a time at which they are called, whatever the wait.
    """
    # a rejection has been kept already, and a rule brings a person whatever the article said
    if reason not in ("answer_rejected", "rule"):
        record(dispatcher, tracker, ASKED_FOR_A_PERSON)
    if say is not None:
        dispatcher.utter_message(response=say or _response(reason, evidence))
    wait = _outlook(tracker, reason)
    reachable = any(evidence.get(name) for name in CONTACTS)
    dispatcher.utter_message(
        response=wait.response(reachable=reachable, timed=timed),
        **wait.values,
        json_message={
            "handoff": {
                "wait": wait.seconds,
                "contact_asked": not (wait.open or reachable),
                "reason": reason,
                "evidence": dict(evidence),
                "suggested_articles": _suggested(tracker),
            }
        },
    )
    return [
        ActiveLoop(None),
        SlotSet("requested_slot", None),
        SlotSet("misunderstood", 0),
        SlotSet("questions_left", None),  # the person has the whole message
    ]


def _why(tracker: Tracker) -> tuple[str, dict[str, Any]]:
    topic, tone = turn.entity(tracker, "sensitive_topic"), turn.entity(tracker, "tone")
    intent, text = turn.intent(tracker), turn.said(tracker)
    if topic:
        return "sensitive_topic", {"topic": topic, "text": text}
    if intent == "data_request":
        return "sensitive_topic", {"topic": "data_request", "text": text}
    if tone == "upset" or intent == "complaint":
        return "upset", {"text": text}
    misunderstood = int(tracker.get_slot("misunderstood") or 0)
    if misunderstood and _pressed(tracker):  # the button is under what we did not understand
        return "not_understood", {"times": misunderstood, "text": tracker.get_slot("last_question")}
    last = tracker.get_slot("last_answer")
    evidence = {"text": text} | ({"last_article": last["title"]} if last else {})
    return "customer_asked", evidence | ({"times": misunderstood} if misunderstood else {})


def _pressed(tracker: Tracker) -> bool:
    return str(tracker.latest_message.get("text") or "").startswith("/")


def _response(reason: str, evidence: Mapping[str, Any]) -> str:
    if reason == "sensitive_topic":
        return f"utter_handoff_{evidence['topic']}"
    return f"utter_handoff_{reason}"


def desk_of(tracker: Tracker, reason: str) -> DeskEntry:
    """The desk that a handoff would go to now."""
    settings = turn.settings()
    plan = desk_plan(settings)
    with reading(open_database(settings.database)) as connection:
        return plan.desks[_chosen(connection, tracker, reason)]


def _outlook(tracker: Tracker, reason: str) -> Outlook:
    """What can be said of the wait at the desk that this handoff will go to."""
    settings = turn.settings()
    with reading(open_database(settings.database)) as connection:
        desk = _chosen(connection, tracker, reason)
        return outlook(connection, settings, desk, turn.language(tracker))


def _chosen(connection: Connection, tracker: Tracker, reason: str) -> str:
    tone = turn.entity(tracker, "tone") or "neutral"
    return desk_plan(turn.settings()).choose(
        {
            "language": turn.language(tracker),
            "reason": reason,
            "intent": heard_intent(connection, tracker.sender_id) or turn.intent(tracker),
            "priority": lifecycle.priority_of(reason, tone),
            "tone": tone,
            "channel": tracker.get_latest_input_channel(),
        }
    )


def _suggested(tracker: Tracker) -> list[dict[str, str | None]]:
    """Articles for the agent: what staff may see, for the customer's last real question.

    What the customer was shown for it is told by itself, and did not help enough; what is as
    unlikely as what no customer is offered helps no agent.
    """
    last = tracker.get_slot("last_answer") or {}
    shown = [article["id"] for article in (*last.get("rejected", ()), last) if "id" in article]
    query = last.get("query") or tracker.get_slot("last_question") or turn.said(tracker)
    if not query:
        return []
    hits = turn.knowledge_base().search(
        query,
        turn.language(tracker),
        topics=[turn.intent(tracker)],
        audience="staff",
        limit=SUGGESTED,
        exclude=shown,
    )
    return [
        {"title": h.article.title, "url": h.passage.url, "audience": h.article.audience}
        for h in hits
        if h.confidence >= turn.settings().kb_offer_at
    ]
