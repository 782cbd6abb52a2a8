"""An answer when it is sure, a choice when it is not, an honest no: and all of it is remembered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.answer import ActionAnswer, ActionArticleRejected, ActionShowArticle
from actions.appointments import ActionCallback
from actions.countries import is_elsewhere
from actions.handoff import ActionHandOff
from actions.understanding import (
    ActionAffirmed,
    ActionDenied,
    ActionNotUnderstood,
    ActionRephrase,
)
from kb_connector.sources.markdown import MarkdownSource


@pytest.fixture(autouse=True, scope="module")
def articles(shop_of_the_file: Any) -> None:
    turn.knowledge_base().sync(MarkdownSource(Path("data/kb")))


class Turn:
    """One action after a message, in Swedish; what it said, and the slots afterwards."""

    def __init__(
        self,
        action: Action,
        text: str,
        intent: str = "shipping_info",
        *,
        slots: dict[str, Any] | None = None,
        before: str = "",
        entities: dict[str, str] | None = None,
        ranking: list[dict[str, Any]] | None = None,
        form: str = "",
    ) -> None:
        parsed = {
            "text": text,
            "intent": {"name": intent, "confidence": 0.9},
            "intent_ranking": ranking or [{"name": intent, "confidence": 0.9}],
            "entities": [{"entity": n, "value": v} for n, v in (entities or {}).items()],
        }
        said = {"event": "bot", "text": "", "metadata": {"utter_action": before}}
        loop = {"name": form} if form else {}
        waiting = {"requested_slot": "order_number"} if form else {}
        known = {"language": "sv", **waiting, **(slots or {})}
        tracker = Tracker("anna", known, parsed, [said], False, None, loop, "action")
        dispatcher = CollectingDispatcher()
        events = asyncio.run(action.run(dispatcher, tracker, {}))
        self.messages = dispatcher.messages
        given = [message.get("custom") or {} for message in self.messages]
        self.kept = [
            (each["verdict"]["verdict"], each["verdict"]["query"])
            for each in given
            if "verdict" in each
        ]
        self.slots = {e["name"]: e["value"] for e in events if e["event"] == "slot"}

    @property
    def responses(self) -> list[str]:
        return [message["response"] for message in self.messages if message.get("response")]

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for message in self.messages for button in message.get("buttons") or []]


def test_a_clear_question_is_answered_and_a_follow_up_is_asked_as_a_whole() -> None:
    first = Turn(ActionAnswer(), "vad kostar frakten?")
    assert first.responses == ["utter_did_this_help"]
    following = Turn(ActionAnswer(), "och till Norge?", slots=first.slots)
    assert following.slots["last_answer"]["query"] == "vad kostar frakten? och till Norge?"
    assert "Norge" in following.messages[0]["text"]


def test_an_unsure_question_gets_articles_to_choose_from_and_the_chosen_one_is_shown() -> None:
    asked = Turn(ActionAnswer(), "jackan sprack i sömmen", "damaged_item")
    assert asked.responses == ["utter_offer_articles"]
    *choices, none = asked.buttons
    assert 1 <= len(choices) <= 3
    assert none["payload"] == "/rephrase"
    chosen = choices[0]["payload"].split('"')[3]
    shown = Turn(
        ActionShowArticle(), choices[0]["title"], "article_choice",
        slots=asked.slots, entities={"article": chosen},
    )  # fmt: skip
    assert shown.slots["last_answer"]["id"] == chosen
    assert shown.slots["last_answer"]["query"] == "jackan sprack i sömmen"
    assert asked.kept == shown.kept == []


def test_an_article_that_is_gone_when_it_is_chosen_is_no_answer() -> None:
    gone = Turn(ActionShowArticle(), "x", "article_choice", entities={"article": "markdown:sv/no"})
    assert gone.responses == ["utter_no_answer"]


def test_none_of_the_offered_articles_is_a_question_without_an_answer() -> None:
    slots = {"last_question": "kan ni slå in det"}
    done = Turn(
        ActionRephrase(), "Något annat", "rephrase", slots=slots, before="utter_offer_articles"
    )
    assert done.kept == [("no_answer", "kan ni slå in det")]


def test_another_wish_to_rephrase_is_none() -> None:
    slots = {"last_question": "kan ni slå in det"}
    done = Turn(
        ActionRephrase(), "Något annat", "rephrase", slots=slots, before="utter_did_you_mean"
    )
    assert done.kept == []


def test_what_was_not_understood_is_a_question_without_an_answer() -> None:
    done = Turn(ActionNotUnderstood(), "kan ni slå in det som present?", "nlu_fallback")
    assert done.kept == [("no_answer", "kan ni slå in det som present?")]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Hvad koster fragten", "da"),
        ("vad kostar frakten?", "sv"),
        ("hva koster frakten", "nb"),
        ("what does delivery cost", "en"),
    ],
)
def test_the_next_best_answer_is_in_the_same_language_and_about_no_country_of_its_own(
    question: str, language: str
) -> None:
    slots = {"language": language}
    answered = Turn(ActionAnswer(), question, slots=slots).slots["last_answer"]
    done = Turn(
        ActionDenied(), "nej", "deny",
        slots=slots | {"last_answer": answered}, before="utter_did_this_help",
    )  # fmt: skip
    following = done.slots["last_answer"]
    if following is not None:  # else a person comes
        assert following["id"].startswith(f"markdown:{language}/")
        slug = following["id"].rsplit("/")[-1]
        assert slug != "delivery-outside-eu"
        assert language == "nb" or slug != "delivery-norway-customs"


def test_a_country_that_was_named_is_not_passed_over() -> None:
    assert not is_elsewhere("Delivery to Norway", "what does it cost to send to Norway", "en")
    assert not is_elsewhere("Må jeg betale toll i Norge?", "hva koster frakten", "nb")
    assert is_elsewhere("Leverans utanför EU", "vad kostar frakten", "sv")
    assert not is_elsewhere("Hvad koster fragten?", "fragt", "da")


NOT_CONTENT = [
    ("nej men det hjälper ju inte, när kommer den??", {"article_not_helpful": 0.46}),
    ("ok men det er for lang tid", {"article_not_helpful": 0.33, "affirm": 0.24}),
    ("that's too long", {"deny": 0.74}),
    ("det tar jo en evighet", {"complaint": 0.4}),
    ("det är alldeles för sent", {"change_subscription": 0.56}),
    ("men når kommer den egentlig??", {"product_availability": 0.5}),
]


@pytest.mark.parametrize(("text", "likely"), NOT_CONTENT)
def test_who_is_not_content_with_what_was_said_of_an_order_is_offered_a_person(
    text: str, likely: dict[str, float]
) -> None:
    ranking = [{"name": name, "confidence": share} for name, share in likely.items()]
    ranking.insert(0, {"name": "nlu_fallback", "confidence": 0.75})
    for before in ("utter_order_state_received", "utter_order_tracking"):
        asked = Turn(ActionNotUnderstood(), text, "nlu_fallback", before=before, ranking=ranking)
        assert asked.responses == ["utter_order_no_more"]
    elsewhere = Turn(ActionNotUnderstood(), text, "nlu_fallback", ranking=ranking)
    assert "utter_order_no_more" not in elsewhere.responses


def test_what_sounds_like_a_no_after_an_order_may_be_a_complaint() -> None:
    before = "utter_order_state_received"
    unhappy = Turn(ActionDenied(), "that's way too late", "deny", before=before)
    assert unhappy.responses == ["utter_order_no_more"]
    assert Turn(ActionDenied(), "nej tack", "deny", before=before).responses == ["utter_okay_then"]


def test_no_help_after_an_order_is_no_verdict_on_an_article_of_before() -> None:
    slots = {"last_answer": {"id": "x", "title": "x", "query": "vad kostar frakten?"}}
    done = Turn(
        ActionArticleRejected(), "det hjälper inte", "article_not_helpful",
        slots=slots, before="utter_order_state_shipped",
    )  # fmt: skip
    assert done.responses == ["utter_order_no_more"] and done.kept == []


def test_a_yes_to_more_on_the_order_brings_a_person() -> None:
    done = Turn(ActionAffirmed(), "ja tack", "affirm", before="utter_order_no_more")
    assert done.messages[-1]["custom"]["handoff"]["reason"] == "no_answer"


@pytest.mark.parametrize("before", ["utter_no_answer", "utter_offer_person"])
def test_no_help_after_the_offer_of_a_person_declines_nothing(before: str) -> None:
    slots = {"last_question": "kan ni slå in det"}
    for action, intent in (
        (ActionArticleRejected(), "article_not_helpful"),
        (ActionDenied(), "deny"),
    ):
        done = Turn(action, "nej det hjälpte inte", intent, slots=slots, before=before)
        handoff = done.messages[-1]["custom"]["handoff"]
        assert handoff["reason"] == "answer_rejected"
        assert handoff["evidence"] == {"question": "kan ni slå in det"}
    assert Turn(ActionDenied(), "nej tack", "deny", before=before).responses == ["utter_okay_then"]


def test_no_help_after_articles_to_choose_from_says_that_there_is_no_answer() -> None:
    slots = {"last_question": "kan ni slå in det"}
    done = Turn(
        ActionArticleRejected(), "nej det hjälpte inte", "article_not_helpful",
        slots=slots, before="utter_offer_articles",
    )  # fmt: skip
    assert done.responses == ["utter_no_answer"]
    assert done.kept == [("no_answer", "kan ni slå in det")]


def test_no_help_twice_brings_a_person() -> None:
    text, intent = "nej det hjälpte inte", "article_not_helpful"
    once = Turn(ActionArticleRejected(), text, intent)
    assert once.responses == ["utter_ask_rephrase"] and once.slots == {"misunderstood": 1}
    twice = Turn(ActionArticleRejected(), text, intent, slots=once.slots)
    assert twice.messages[-1]["custom"]["handoff"]["reason"] == "not_understood"


def test_what_asks_nothing_is_no_question_without_an_answer() -> None:
    assert Turn(ActionNotUnderstood(), "glöm det", "nlu_fallback").kept == []
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.75},
        {"name": "cancel_subscription", "confidence": 0.55},
        {"name": "deny", "confidence": 0.35},
    ]
    assert Turn(ActionNotUnderstood(), "stop", "nlu_fallback", ranking=ranking).kept == []
    text = "kan ni slå in det som present?"
    waits = Turn(ActionNotUnderstood(), text, "nlu_fallback", form="order_form")
    assert waits.kept == [], "the form had asked for something"


def test_what_is_about_something_else_altogether_is_none() -> None:
    done = Turn(ActionNotUnderstood(), "vem vann matchen i går?", "out_of_scope")
    assert done.kept == []


def test_no_article_is_kept_as_such() -> None:
    none = Turn(ActionAnswer(), "har ni kakor och bullar", "gibberish")
    assert none.responses == ["utter_no_answer"]
    assert none.kept == [("no_answer", "har ni kakor och bullar")]


def test_a_rejected_answer_is_kept_once_and_a_person_asked_for_after_one_as_such() -> None:
    answered = Turn(ActionAnswer(), "vad kostar frakten?").slots["last_answer"]
    wrong = {"id": "markdown:sv/track-order", "title": "Var är mitt paket?"}
    twice = {"last_answer": answered | {"rejected": [wrong]}}
    rejected = Turn(ActionArticleRejected(), "nej", "article_not_helpful", slots=twice)
    assert rejected.kept == [("not_helped", "vad kostar frakten?")]
    slots = {"last_answer": answered}
    person = Turn(ActionHandOff(), "en människa tack", "talk_to_human", slots=slots)
    assert person.kept == [("asked_for_a_person", "vad kostar frakten?")]


def test_the_agent_is_not_offered_again_what_the_customer_was_shown() -> None:
    question = "När kommer mitt paket?"
    answered = Turn(ActionAnswer(), question, "order_status").slots["last_answer"]
    shown = {"last_answer": answered | {"rejected": []}}
    fresh = {"last_answer": {"query": question, "id": "none", "title": "None"}}
    offered = _suggested_titles(
        Turn(ActionHandOff(), "en människa tack", "talk_to_human", slots=fresh)
    )
    assert answered["title"] in offered
    again = _suggested_titles(
        Turn(ActionHandOff(), "en människa tack", "talk_to_human", slots=shown)
    )
    assert again
    assert answered["title"] not in again
    more = {"id": "x", "title": "x"}
    rejected = {"last_answer": answered | {"rejected": [more]}}
    no = Turn(ActionArticleRejected(), "nej", "article_not_helpful", slots=rejected)
    assert answered["title"] not in _suggested_titles(no)


def test_the_agent_is_offered_nothing_unlikely() -> None:
    question = "i was charged twice"
    english = {"language": "en"}
    answered = Turn(ActionAnswer(), question, "charged_twice", slots=english).slots["last_answer"]
    assert answered["title"] == "I have been charged twice"
    shown = english | {"last_answer": answered | {"rejected": []}}
    handed = Turn(ActionHandOff(), "a person please", "talk_to_human", slots=shown)
    assert _suggested_titles(handed) == []


def _suggested_titles(turn_: Turn) -> list[str]:
    return [each["title"] for each in turn_.messages[-1]["custom"]["handoff"]["suggested_articles"]]


@pytest.mark.parametrize(
    "text",
    [
        "jag vill prata med en riktig människa NU",
        "get me a human, please",
        "giv mig et rigtigt menneske",
        "la meg snakke med en ekte person",
    ],
)
def test_whoever_asks_for_a_person_in_words_has_asked_for_one_also_when_not_understood_before(
    text: str,
) -> None:
    slots = {"misunderstood": 1, "last_question": "blipp"}
    asked = Turn(ActionHandOff(), text, "talk_to_human", slots=slots)
    assert asked.responses[0] == "utter_handoff_customer_asked"
    handoff = asked.messages[-1]["custom"]["handoff"]
    assert handoff["reason"] == "customer_asked"
    assert handoff["evidence"] == {"text": text, "times": 1}


def test_the_button_under_what_was_not_understood_hands_over_what_was_not() -> None:
    slots = {"misunderstood": 1, "last_question": "blipp"}
    asked = Turn(ActionHandOff(), "/talk_to_human", "talk_to_human", slots=slots)
    handoff = asked.messages[-1]["custom"]["handoff"]
    assert handoff["reason"] == "not_understood"
    assert handoff["evidence"] == {"times": 1, "text": "blipp"}


def test_whoever_asks_for_a_person_at_night_is_told_when_somebody_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    desks = tmp_path / "desks.yml"
    monkeypatch.setenv("SVARA_DESKS_FILE", str(desks))
    turn.settings.cache_clear()
    request.addfinalizer(turn.settings.cache_clear)
    never = "desks: {night: {kind: webhook, hours: {mon-sun: closed}}}"
    desks.write_text(never)
    asked = Turn(ActionHandOff(), "en människa tack", "talk_to_human")
    assert asked.responses == ["utter_handoff_customer_asked", "utter_closed_unknown"]
    assert asked.messages[-1]["custom"]["handoff"]["contact_asked"] is True
    desks.write_text(never.replace("closed", "0-24"))
    asked = Turn(ActionHandOff(), "en människa tack", "talk_to_human")
    assert asked.responses == ["utter_handoff_customer_asked", "utter_wait_unknown"]
    assert asked.messages[-1]["custom"]["handoff"]["contact_asked"] is False


def test_a_call_is_asked_for_with_its_number_and_its_time() -> None:
    slots = {"phone_number": "+46701740605", "callback_time": "morning"}
    asked = Turn(ActionCallback(), "På förmiddagen", "request_callback", slots=slots)
    assert asked.responses[0] == "utter_handoff_callback"
    handoff = asked.messages[-1]["custom"]["handoff"]
    assert handoff["reason"] == "call_requested"
    evidence = handoff["evidence"]
    assert evidence.pop("time_window")["to"].endswith(("T12:00:00+01:00", "T12:00:00+02:00"))
    assert evidence == {
        "phone_number": "+46701740605",
        "callback_time": "på förmiddagen",
    }
    assert asked.slots["callback_time"] is None
