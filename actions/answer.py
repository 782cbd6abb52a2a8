"""Answers from the knowledge base, and what the customer says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.handoff import hand_off
from bot import texts
from kb_connector.answer import answer
from kb_connector.index import Hit

MAX_REJECTED = 2
"""An answer and the next best one; then a person."""


class ActionAnswer(Action):
    """Answers from the help centre, with the source, and asks whether it helped."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Shows the best article, or says that there is none."""
        hit = find(tracker, threshold=turn.settings().kb_answer_at)
        if hit is None:
            dispatcher.utter_message(response="utter_no_answer")
            return [
                SlotSet("last_answer", None),
                SlotSet("last_question", turn.said(tracker)),
                SlotSet("misunderstood", 0),
            ]
        return show(dispatcher, tracker, hit)


class ActionArticleHelped(Action):
    """The customer says that an article helped."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_article_helped"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Keeps the verdict."""
        record(tracker, "helped")
        dispatcher.utter_message(response="utter_article_helped")
        return [SlotSet("last_answer", None)]


class ActionArticleRejected(Action):
    """The customer says that an article did not help: the next best once, then a person."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_article_rejected"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Shows another article, or hands over."""
        return reject(dispatcher, tracker)


def reject(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """Takes the last article as no help: shows the next best, or hands over."""
    last = tracker.get_slot("last_answer") or {}
    if not last:
        dispatcher.utter_message(response="utter_ask_rephrase")
        return []
    record(tracker, "not_helped")
    wrong = rejected_with(last)
    hit = None
    if len(wrong) < MAX_REJECTED:
        hit = _best(
            last["query"],
            turn.language(tracker),
            last.get("intents", []),
            threshold=turn.settings().kb_answer_at,
            exclude=[article["id"] for article in wrong],
        )
    if hit is None:
        evidence = {"question": last["query"], "rejected_articles": wrong}
        return [
            *hand_off(dispatcher, tracker, "answer_rejected", evidence),
            SlotSet("last_answer", None),
        ]
    dispatcher.utter_message(response="utter_next_article")
    return show(dispatcher, tracker, hit, query=last["query"], rejected=wrong)


def rejected_with(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """The articles that did not help, this answer's with them.

    Args:
        answer: the slot `last_answer`.
    """
    return [*answer.get("rejected", []), {"id": answer["id"], "title": answer["title"]}]


def find(
    tracker: Tracker,
    *,
    threshold: float,
    topics: Sequence[str] | None = None,
    query: str | None = None,
) -> Hit | None:
    """The best article for what the customer said, if it is good enough.

    Args:
        threshold: least confidence, 0 to 1.
        topics: intents that the articles are about; default the message's.
        query: what to look for; default the message's text.
    """
    about = [turn.intent(tracker)] if topics is None else topics
    words = query or turn.said(tracker) or _title(turn.intent(tracker), turn.language(tracker))
    wrong = [article["id"] for article in _corrected(tracker)]
    return _best(words, turn.language(tracker), about, threshold=threshold, exclude=wrong)


def show(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    hit: Hit,
    *,
    query: str | None = None,
    rejected: Sequence[dict[str, str]] = (),
    ask: bool = True,
) -> list[Any]:
    """Says an article's answer with its source, and asks whether it helped.

    Not asked in a form, which goes on with its own question, nor before the customer's next one.
    """
    question = query or turn.said(tracker) or hit.article.title
    found = answer(hit.passage, question)
    if hit.lang != turn.language(tracker):
        dispatcher.utter_message(response="utter_other_language")
    card = {"id": found.article_id, "title": found.title, "url": found.url}
    dispatcher.utter_message(text=found.text, json_message={"article": card})
    if ask and not tracker.active_loop_name and not tracker.get_slot("questions_left"):
        dispatcher.utter_message(response="utter_did_this_help")
    last = card | {
        "query": question,
        "intents": list(hit.article.intents),
        "rejected": list(rejected or _corrected(tracker)),
    }
    return [SlotSet("last_answer", last), SlotSet("misunderstood", 0)]


def record(tracker: Tracker, verdict: str) -> None:
    """Keeps what the customer says of the last article, with the question."""
    last = tracker.get_slot("last_answer") or {}
    if last:
        turn.knowledge_base().record_feedback(
            last["query"],
            last["id"],
            turn.language(tracker),
            verdict,
            conversation_id=tracker.sender_id,
        )


def take_back(tracker: Tracker) -> list[Any]:
    """Records the last turn's article as wrong, if there was one: the question was another."""
    if last_turns_answer(tracker) is None:
        return []
    record(tracker, "not_helped")
    return [SlotSet("last_answer", None)]


def last_turns_answer(tracker: Tracker) -> dict[str, Any] | None:
    """The article that was shown when the customer wrote last before now, if one was."""
    turns: list[Any] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user" and event.get("message_id") not in turns:
            turns.append(event.get("message_id"))
        shown = event.get("event") == "slot" and event.get("name") == "last_answer"
        if shown and len(turns) == 1:
            answer: dict[str, Any] | None = event.get("value")
            return answer
        if len(turns) > 2:
            break
    return None


def _corrected(tracker: Tracker) -> list[dict[str, str]]:
    """The articles that the customer's message says were wrong."""
    return list(tracker.latest_message.get("rejected") or [])


def _best(
    query: str,
    lang: str,
    topics: Sequence[str],
    *,
    threshold: float,
    exclude: Sequence[str] = (),
) -> Hit | None:
    hits = turn.knowledge_base().search(query, lang, topics=topics, limit=1, exclude=exclude)
    return hits[0] if hits and hits[0].confidence >= threshold else None


def _title(intent: str, lang: str) -> str:
    """The intent in words, for a button pressed without a question before it."""
    name = f"utter_title_{intent}"
    return texts.say(name, lang) if texts.exists(name) else intent
