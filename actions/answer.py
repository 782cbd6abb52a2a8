"""Answers from the knowledge base, and what the customer says of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.claims import claimed
from actions.countries import is_elsewhere
from actions.handoff import hand_off
from actions.order_wish import FORM
from actions.prices import price_question
from actions.verdicts import asked_for, record, record_no_answer
from bot import texts
from kb_connector.answer import answer
from kb_connector.feedback import HELPED, NOT_HELPED
from kb_connector.search.index import Hit

OFFERED = 3
_ORDER_TOLD = ("utter_order_state_", "utter_order_tracking", "utter_order_refund_")
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
        """Shows the best article, offers some, or says that there is none.

        What is wrong with an order whose number is given is for the order form.
        """
        if claimed(tracker) and tracker.active_loop_name is None:
            return [FollowupAction(FORM)]
        return answer_or_offer(dispatcher, tracker)


class ActionShowArticle(Action):
    """Shows the article that a customer has chosen among those that were offered."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_show_article"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Shows it, with the passage that fits the question."""
        question = str(tracker.get_slot("last_question") or "")
        hit = turn.knowledge_base().hit(
            str(turn.entity(tracker, "article") or ""), question, turn.language(tracker)
        )
        if hit is None:
            dispatcher.utter_message(response="utter_no_answer")
            return []
        return show(dispatcher, tracker, hit, query=question or hit.article.title)


class ActionArticleHelped(Action):
    """The customer says that an article helped."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_article_helped"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Keeps the verdict."""
        record(dispatcher, tracker, HELPED)
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


def answer_or_offer(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """What the help centre has for the customer's message: an answer, a choice, or the admission
    that it has nothing."""
    settings = turn.settings()
    hits = search(tracker)
    if hits and hits[0].confidence >= settings.kb_answer_at:
        return show(dispatcher, tracker, hits[0])
    offered = [hit for hit in hits if hit.confidence >= settings.kb_offer_at]
    events = [
        SlotSet("last_answer", None),
        SlotSet("last_question", turn.said(tracker)),
        SlotSet("misunderstood", 0),
    ]
    if offered:
        dispatcher.utter_message(
            response="utter_offer_articles", buttons=_choices(offered, turn.language(tracker))
        )
        return events
    record_no_answer(dispatcher, tracker, turn.said(tracker))
    dispatcher.utter_message(response="utter_no_answer")
    return events


def reject(
    dispatcher: CollectingDispatcher, tracker: Tracker, *, ask: bool | None = None
) -> list[Any]:
    """Takes the last article as no help: shows the next best, or hands over.

    Args:
        ask: as of `show`.
    """
    last = tracker.get_slot("last_answer") or {}
    if order_was_told(tracker):  # an article of before is not what they speak of
        return offer_more_on_order(dispatcher, tracker)
    if not last:
        return _reject_all(dispatcher, tracker)
    record(dispatcher, tracker, NOT_HELPED)
    wrong = rejected_with(last)
    asked = asked_for(last)
    hit = None
    if len(wrong) < MAX_REJECTED:
        hits = turn.knowledge_base().search(
            last["query"],
            turn.language(tracker),
            topics=last.get("intents", []),
            limit=OFFERED,
            exclude=[article["id"] for article in wrong],
        )
        hit = next((each for each in hits if _may_be_next(each, last["query"], tracker)), None)
    if hit is None:
        evidence = {"question": asked, "rejected_articles": wrong}
        return [
            *hand_off(dispatcher, tracker, "answer_rejected", evidence),
            SlotSet("last_answer", None),
        ]
    dispatcher.utter_message(response="utter_next_article")
    query = last["query"]
    return show(dispatcher, tracker, hit, query=query, asked=asked, rejected=wrong, ask=ask)


def _may_be_next(hit: Hit, question: str, tracker: Tracker) -> bool:
    elsewhere = is_elsewhere(hit.article.title, question, turn.language(tracker))
    return hit.confidence >= turn.settings().kb_offer_at and not elsewhere


def ask_again(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """Apologises and asks for other words; the second time, hands over."""
    times = int(tracker.get_slot("misunderstood") or 0) + 1
    if times > 1:
        evidence = {"times": times, "text": tracker.get_slot("last_question")}
        return hand_off(dispatcher, tracker, "not_understood", evidence)
    dispatcher.utter_message(response="utter_ask_rephrase")
    return [SlotSet("misunderstood", times)]


def order_was_told(tracker: Tracker) -> bool:
    """The last thing that was said is how it stands with an order."""
    return tracker.active_loop_name is None and turn.asked(tracker).startswith(_ORDER_TOLD)


def offer_more_on_order(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """What the order says is not enough for the customer: a person may find out more."""
    dispatcher.utter_message(response="utter_order_no_more")
    return [SlotSet("last_question", turn.said(tracker)), SlotSet("misunderstood", 0)]


def _reject_all(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """Nothing that was said helped, and no article was shown."""
    asked, question = turn.asked(tracker), str(tracker.get_slot("last_question") or "")
    if asked in turn.OFFERS_OF_A_PERSON:
        return hand_off(dispatcher, tracker, "answer_rejected", {"question": question})
    if asked == "utter_offer_articles":
        record_no_answer(dispatcher, tracker, question)
        dispatcher.utter_message(response="utter_no_answer")
        return [SlotSet("misunderstood", 0)]
    return ask_again(dispatcher, tracker)


def rejected_with(answer: Mapping[str, Any]) -> list[dict[str, str]]:
    """The articles that did not help, this answer's with them.

    Args:
        answer: the slot `last_answer`.
    """
    return [*answer.get("rejected", []), {"id": answer["id"], "title": answer["title"]}]


def find(
    tracker: Tracker, *, topics: Sequence[str] | None = None, query: str | None = None
) -> Hit | None:
    """The best article for what the customer said, if it is sure enough to be the answer.

    Args:
        topics: intents that the articles are about; default the message's.
        query: what to look for; default the message's text.
    """
    hits = search(tracker, topics=topics, query=query)
    return hits[0] if hits and hits[0].confidence >= turn.settings().kb_answer_at else None


def search(
    tracker: Tracker, *, topics: Sequence[str] | None = None, query: str | None = None
) -> tuple[Hit, ...]:
    """The likeliest articles for what the customer said, without those that were wrong.

    Args:
        topics: as of `find`.
        query: as of `find`.
    """
    lang = turn.language(tracker)
    last = tracker.get_slot("last_answer") or {}
    query = query or price_question(tracker)
    return turn.knowledge_base().search(
        query or turn.said(tracker) or _title(turn.intent(tracker), lang),
        lang,
        topics=[turn.intent(tracker)] if topics is None else topics,
        limit=OFFERED,
        exclude=[article["id"] for article in _corrected(tracker)],
        before=str(last.get("query") or ""),
    )


def show(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    hit: Hit,
    *,
    query: str | None = None,
    asked: str | None = None,
    rejected: Sequence[dict[str, str]] = (),
    ask: bool | None = None,
) -> list[Any]:
    """Says an article's answer with its source, and asks whether it helped.

    Args:
        query: what the article is to answer; default what it was found by.
        asked: the customer's question in their own words; default the query, or what was said
            where another question was looked for instead.
        ask: whether it helped; default not in a form, which goes on with its own question, nor
            before the customer's next one.
    """
    question = query or hit.query
    found = answer(hit.passage, question)
    if hit.lang != turn.language(tracker):
        dispatcher.utter_message(response="utter_other_language")
    card = {"id": found.article_id, "title": found.title, "url": found.url}
    dispatcher.utter_message(text=found.text, json_message={"article": card})
    goes_on = tracker.active_loop_name or tracker.get_slot("questions_left")
    if ask or (ask is None and not goes_on):
        dispatcher.utter_message(response="utter_did_this_help")
    last = card | {
        "query": question,
        "asked": asked
        or (not query and price_question(tracker) and turn.said(tracker))
        or question,
        "intents": list(hit.article.intents),
        "rejected": list(rejected or _corrected(tracker)),
    }
    return [SlotSet("last_answer", last), SlotSet("misunderstood", 0)]


def take_back(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Any]:
    """Records the last turn's article as wrong, if there was one: the question was another."""
    if last_turns_answer(tracker) is None:
        return []
    record(dispatcher, tracker, NOT_HELPED)
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


def _choices(hits: Sequence[Hit], lang: str) -> list[dict[str, str]]:
    """A button for each article, and one for none of them."""
    chosen = [
        {
            "title": hit.article.title,
            "payload": "/article_choice" + json.dumps({"article": hit.article.id}),
        }
        for hit in hits
    ]
    return [*chosen, {"title": texts.say("utter_title_none", lang), "payload": "/rephrase"}]


def _title(intent: str, lang: str) -> str:
    """The intent in words, for a button pressed without a question before it."""
    name = f"utter_title_{intent}"
    return texts.say(name, lang) if texts.exists(name) else intent
