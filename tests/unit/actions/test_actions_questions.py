"""Two questions in one message, and corrections: what is put to the rules, and in which order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from order_chat import Chat
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import ActionAnswer
from actions.handoff import ActionHandOff
from actions.questions import LEFT, ActionCorrected, ActionNextQuestion
from actions.understanding import ActionRephrase
from kb_connector.sources.markdown import MarkdownSource

ARTICLE = {"id": "markdown:en/return-how", "title": "How do I return something?"}


@pytest.fixture(autouse=True)
def articles(shop: Any, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    for name in ("en/refund-time.md", "en/cancel-order.md", "en/return-how.md"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Path("data/kb", name).read_text(encoding="utf-8"), encoding="utf-8")
    turn.knowledge_base().sync(MarkdownSource(folder))


def part(text: str, intent: str, *entities: str, inquires: bool | None = None) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "entities": [{"entity": name, "value": "x", "start": 0, "end": 1} for name in entities],
        "inquires": text.endswith("?") if inquires is None else inquires,
    }


RETURN = part("I want to return this", "return_item")
REFUND = part("how long does a refund take?", "refund_status")
STATUS = part("where is my order?", "order_status")
DELIVERY = part("what does delivery cost?", "shipping_info")
PERSON = part("let me talk to someone", "talk_to_human")


class Turn:
    """One action in a conversation, and what came of it."""

    def __init__(
        self,
        action: Action,
        *,
        slots: dict[str, Any] | None = None,
        events: list[dict[str, Any]] | None = None,
        loop: str | None = None,
        **parsed: Any,
    ) -> None:
        latest = {
            "text": "the whole message",
            "intent": {"name": "return_item"},
            "entities": [{"entity": "language", "value": "en"}],
            "message_id": "7",
            "metadata": {"handoff": False},
            **parsed,
        }
        heard = {"event": "user", "input_channel": "rest", "message_id": "7", "parse_data": latest}
        tracker = Tracker(
            "anna",
            {"language": "en", **(slots or {})},
            latest,
            [*(events or []), heard],
            False,
            None,
            {"name": loop} if loop else {},
            "action_listen",
        )
        dispatcher = CollectingDispatcher()
        self.events = asyncio.run(action.run(dispatcher, tracker, {}))
        custom = [message.get("custom") or {} for message in dispatcher.messages]
        self.verdicts = [
            (each["verdict"]["article_id"], each["verdict"]["verdict"])
            for each in custom
            if "verdict" in each
        ]
        self.said = [
            message.get("response") or "article"
            for message, each in zip(dispatcher.messages, custom, strict=True)
            if "verdict" not in each
        ]
        self.slots = {e["name"]: e["value"] for e in self.events if e["event"] == "slot"}

    @property
    def put(self) -> str | None:
        """The part of the message that is put to the rules."""
        uttered = [event for event in self.events if event["event"] == "user"]
        if not uttered:
            return None
        (message,) = uttered
        assert self.events[-1] is message
        assert self.events[-2]["event"] == "action"
        assert self.events[-2]["name"] == "action_listen"
        # the same message of the same customer, for whoever stores the turn
        assert (message["message_id"], message["input_channel"]) == ("7", "rest")
        assert message["metadata"] == {"handoff": False}
        assert message["parse_data"]["part"] is True
        assert message["text"] == message["parse_data"]["text"]
        return str(message["text"])

    @property
    def left(self) -> list[str]:
        """What is left for later."""
        return [one["text"] for one in self.slots.get(LEFT) or []]


def ask(*parts: dict[str, Any], **more: Any) -> Turn:
    return Turn(ActionNextQuestion(), questions=list(parts), **more)


def test_what_is_only_told_comes_before_what_is_asked_back_about() -> None:
    for parts in ((DELIVERY, STATUS), (STATUS, DELIVERY)):
        asked = ask(*parts)
        assert (asked.put, asked.left, asked.said) == (DELIVERY["text"], [STATUS["text"]], [])


def test_two_answers_come_in_the_customers_order() -> None:
    other = part("when are you open?", "contact_info")
    asked = ask(DELIVERY, other)
    assert (asked.put, asked.left) == (DELIVERY["text"], [other["text"]])


def test_of_two_tasks_the_one_only_asked_about_is_answered_from_the_help_centre() -> None:
    for parts in ((RETURN, REFUND), (REFUND, RETURN)):
        asked = ask(*parts)
        assert asked.said == ["article", "utter_other_question"]
        assert (asked.put, asked.left) == (RETURN["text"], [])


@pytest.mark.parametrize(
    "parts",
    [
        (STATUS, part("cancel it", "cancel_order")),
        # about an order, which the help centre knows nothing of
        (RETURN, part("where is the money for NL-104821?", "refund_status", "order_number")),
        (RETURN, part("and give me the money", "refund_status")),
    ],
)
def test_of_two_tasks_the_second_waits(parts: tuple[dict[str, Any], dict[str, Any]]) -> None:
    asked = ask(*parts)
    assert asked.said == []
    assert (asked.put, asked.left) == (parts[0]["text"], [parts[1]["text"]])


def test_a_person_comes_last_and_gets_the_whole_message() -> None:
    asked = ask(PERSON, DELIVERY)
    assert asked.put == DELIVERY["text"]
    (left,) = asked.slots[LEFT]
    assert (left["text"], left["intent"]["name"]) == ("the whole message", "talk_to_human")


def test_nothing_is_asked_back_when_a_person_comes() -> None:
    asked = ask(STATUS, PERSON)
    assert (asked.put, asked.left) == ("the whole message", [])


def test_in_a_form_one_question_is_told_and_the_other_goes_to_the_form() -> None:
    told = part("how do I return something?", "shipping_info")
    asked = ask(told, STATUS, loop="order_form", slots={"order_task": "order_status"})
    assert asked.said == ["article", "utter_other_question"]
    assert (asked.put, asked.left) == (STATUS["text"], [])


def test_the_question_that_is_left_is_introduced() -> None:
    same = Turn(ActionNextQuestion(), slots={LEFT: [{**STATUS, "message_id": "7"}]})
    assert (same.said, same.put) == (["utter_other_question"], STATUS["text"])
    earlier = Turn(ActionNextQuestion(), slots={LEFT: [{**STATUS, "message_id": "5"}]})
    assert (earlier.said, earlier.put) == (["utter_left_question"], STATUS["text"])
    assert earlier.slots[LEFT] is None


def test_of_three_questions_none_is_lost_and_the_last_is_said_to_be_the_last() -> None:
    other = part("when are you open?", "contact_info")
    asked = ask(STATUS, DELIVERY, other)
    assert (asked.put, asked.left) == (DELIVERY["text"], [other["text"], STATUS["text"]])
    second = Turn(ActionNextQuestion(), slots={LEFT: asked.slots[LEFT]})
    assert (second.said, second.put) == (["utter_other_question"], other["text"])
    third = Turn(ActionNextQuestion(), slots={LEFT: second.slots[LEFT]})
    assert (third.said, third.put) == (["utter_last_question"], STATUS["text"])


@pytest.mark.parametrize(
    "words",
    ["my number is 0701740605", "mitt nummer är 0701740605", "mit nummer er 40000100", "40000100"],
)
def test_a_number_beside_questions_asks_for_no_call(words: str) -> None:
    number = part(words, "request_callback", "phone_number")
    asked = ask(DELIVERY, STATUS, number)
    assert (asked.put, asked.left) == (DELIVERY["text"], [STATUS["text"]])


@pytest.mark.parametrize(
    "words", ["call me on 0701740605", "ring mig på 0701740605", "kan jeg bli oppringt 40000100"]
)
def test_who_asks_to_be_called_beside_questions_is(words: str) -> None:
    number = part(words, "request_callback", "phone_number")
    assert ask(DELIVERY, number).left == ["the whole message"]


def test_a_question_too_many_is_answered_too_when_an_article_surely_does() -> None:
    both = part("how do I return something? how long does a refund take?", "shipping_info")
    asked = ask(both, STATUS)
    assert asked.said == ["article"]
    assert (asked.put, asked.left) == ("how do I return something?", [STATUS["text"]])


def test_a_question_too_many_that_nothing_answers_can_be_asked_again() -> None:
    both = part("how long does a refund take? do you have a cat in the office?", "refund_status")
    asked = ask(both, DELIVERY)
    assert asked.said == ["utter_ask_later"]


def test_with_nothing_left_nothing_is_put() -> None:
    assert Turn(ActionNextQuestion()).put is None


def test_whether_it_helped_is_asked_once_at_the_end() -> None:
    asked: dict[str, Any] = {
        "text": "how do I return something?",
        "intent": {"name": "return_item"},
    }
    between = Turn(ActionAnswer(), slots={LEFT: [STATUS]}, **asked)
    assert between.said == ["article"]
    assert Turn(ActionAnswer(), **asked).said == ["article", "utter_did_this_help"]


def test_a_handoff_leaves_nothing_for_later() -> None:
    assert Turn(ActionHandOff(), slots={LEFT: [STATUS]}).slots[LEFT] is None


# --- corrections


ANSWERED: list[dict[str, Any]] = [
    {"event": "user", "message_id": "6"},
    {"event": "slot", "name": "last_answer", "value": {**ARTICLE, "query": "return"}},
    {"event": "bot", "text": "You return things ..."},
]


def correct(meant: dict[str, Any], *, understood: bool = True, **more: Any) -> Turn:
    intent = meant["intent"] if understood else {"name": "nlu_fallback", "confidence": 0.75}
    return Turn(ActionCorrected(), correction=meant, intent=intent, **more)


def test_the_wrong_answer_is_recorded_and_not_shown_again() -> None:
    last = ANSWERED[1]["value"]
    corrected = correct(REFUND, events=ANSWERED, slots={"last_answer": last})
    assert corrected.said == ["utter_corrected"]
    assert corrected.verdicts == [(ARTICLE["id"], "not_helped")]
    assert corrected.put == REFUND["text"]
    assert corrected.slots["last_answer"] is None
    put = corrected.events[-1]["parse_data"]
    assert put["rejected"] == [ARTICLE]
    # the same question again does not find the same article
    again: dict[str, Any] = {
        "text": "how do I return something?",
        "intent": {"name": "return_item"},
    }
    shown = Turn(ActionAnswer(), **again).slots["last_answer"]
    assert shown["id"] == ARTICLE["id"]
    other = Turn(ActionAnswer(), **again, rejected=put["rejected"]).slots["last_answer"]
    assert other is None or (other["id"] != ARTICLE["id"] and other["rejected"] == [ARTICLE])


def test_an_answer_of_an_earlier_turn_was_not_the_wrong_one() -> None:
    last = ANSWERED[1]["value"]
    since = [*ANSWERED, {"event": "user", "message_id": "6b"}, {"event": "bot", "text": "Hi!"}]
    corrected = correct(REFUND, events=since, slots={"last_answer": last})
    assert "last_answer" not in corrected.slots
    assert "rejected" not in corrected.events[-1]["parse_data"]


def test_nobody_apologises_before_anything_was_said() -> None:
    corrected = correct(REFUND)
    assert (corrected.said, corrected.put) == ([], REFUND["text"])


def test_what_was_meant_is_asked_back_about_when_it_is_not_clear() -> None:
    last = ANSWERED[1]["value"]
    corrected = correct(REFUND, understood=False, events=ANSWERED, slots={"last_answer": last})
    assert corrected.said == []  # "Did you mean" follows
    assert corrected.put == REFUND["text"]
    put = corrected.events[-1]["parse_data"]
    assert put["intent"]["name"] == "nlu_fallback"
    assert put["intent_ranking"] == REFUND["intent_ranking"]
    in_form = correct(
        REFUND, understood=False, loop="order_form", slots={"order_task": "order_status"}
    )
    assert in_form.events == []


@pytest.mark.parametrize("meant", [DELIVERY, REFUND, part("cancel NL-104838", "cancel_order")])
def test_a_form_that_was_a_mistake_is_left(meant: dict[str, Any]) -> None:
    corrected = correct(
        meant, loop="order_form", slots={"order_task": "order_status", "order_number": "NL-104823"}
    )
    assert {"event": "active_loop", "timestamp": None, "name": None} in corrected.events
    assert corrected.slots["order_task"] is corrected.slots["requested_slot"] is None
    assert "order_number" not in corrected.slots
    assert corrected.put == meant["text"]


@pytest.mark.parametrize(
    ("task", "meant"),
    [
        ("order_status", STATUS),
        ("cancel_order", part("NL-104838", "order_status", "order_number")),
        ("cancel_order", part("the other order", "order_status")),
        ("change_delivery_address", part("Storgatan 5, 11234 Kiruna", "data_request", "postcode")),
        ("return_item", part("the lamp", "product_availability")),
    ],
)
def test_a_correction_of_what_the_form_asked_for_stays_in_it(
    task: str, meant: dict[str, Any]
) -> None:
    corrected = correct(meant, loop="order_form", slots={"order_task": task})
    assert corrected.events == [] and corrected.said == []


def test_that_it_was_misunderstood_is_recorded_without_other_words() -> None:
    last = ANSWERED[1]["value"]
    asked = Turn(ActionRephrase(), events=ANSWERED, slots={"last_answer": last})
    assert asked.said == ["utter_ask_rephrase"]
    assert asked.slots == {"misunderstood": 1, "last_answer": None}
    assert "last_answer" not in Turn(ActionRephrase()).slots


# --- in the order form


def test_another_order_is_asked_for_and_the_task_stays(chat: Chat) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    assert chat.slots["requested_slot"] == "confirmed"
    said = chat.say("no, the other order", "deny")
    assert said.responses == ["utter_order_ask_number"]
    assert (chat.slots["order_task"], chat.slots["order_number"]) == ("cancel_order", None)
    assert chat.say("NL-104823").responses[0] != "utter_order_ask_number"
    assert chat.slots["order_number"] == "NL-104823"


def test_another_number_after_a_no_is_taken(chat: Chat) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    chat.say("no, NL-104823", "order_status")
    assert chat.slots["order_number"] == "NL-104823"
    assert chat.slots["order_task"] != "order_status"


def test_a_no_with_the_same_number_is_a_no(chat: Chat) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("no, don't cancel NL-104838", "deny")
    assert said.responses == ["utter_order_unchanged"]


def test_a_misunderstanding_leaves_the_form(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    said = chat.say("that's not what I asked", "rephrase")
    assert said.responses == ["utter_ask_rephrase"]
    assert chat.loop is None and chat.slots["order_task"] is None


def test_other_goods_are_kept_until_number_and_proof_are_known(chat: Chat) -> None:
    chat.say("I want to return the shirt", "return_item", product="shirt")
    said = chat.say(
        "no, I meant the Kattegat Swim Shorts",
        "product_availability",
        product="Kattegat Swim Shorts",
        meant="the Kattegat Swim Shorts",
    )
    assert said.responses == ["utter_order_ask_number"] and said.handoff is None
    said = chat.say("NL-104821")
    said = chat.say(
        "no, I meant the swim shorts",
        "product_availability",
        product="swim shorts",
        meant="the swim shorts",
    )
    assert said.responses == ["utter_order_ask_proof"] and said.handoff is None
    said = chat.say("maja.oberg@mail.example")
    assert said.responses == ["utter_order_ask_reason"] and "Kattegat Swim Shorts" in said.text


def test_a_corrected_proof_is_taken(chat: Chat) -> None:
    chat.say("return NL-104821", "return_item")
    said = chat.say(
        "sorry, I meant maja.oberg@mail.example", "return_item", meant="maja.oberg@mail.example"
    )
    assert said.responses == ["utter_order_ask_items"] and said.handoff is None
