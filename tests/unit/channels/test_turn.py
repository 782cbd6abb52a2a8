"""A turn in progress: what it takes from Rasa's responses, and what it keeps of a parse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from a_conversation import Talk, run, says

from bot.channels.turn import Reply, Turn, TurnOutput, understood
from bot.settings import Settings
from bot.storage.conversations import Message
from kb_connector import feedback


@pytest.fixture
def turn() -> Turn:
    message = Message(1, "anna", "customer", "hi")
    return Turn(Settings(), message, channel="webchat", language="en", silent=False)


def test_texts_buttons_and_articles_become_replies(turn: Turn) -> None:
    button = {"title": "Yes", "payload": "/affirm", "type": "postback"}
    article = {"id": "a", "title": "Returns", "url": "/help/en/returns"}
    turn.add({"text": " Hello ", "buttons": [button], "metadata": {"x": 1}})
    turn.add({"text": "See this", "custom": {"article": article}})
    turn.add({"custom": {"article": article}})
    assert turn.replies == [
        Reply("Hello", {"buttons": [{"title": "Yes", "payload": "/affirm"}]}),
        Reply("See this", {"article": article}),
        Reply("", {"article": article}),
    ]


@pytest.mark.parametrize("response", [{}, {"text": ""}, {"text": "  "}, {"custom": {"x": 1}}])
def test_a_response_without_anything_to_show_is_no_reply(
    turn: Turn, response: dict[str, Any]
) -> None:
    turn.add(response)
    assert turn.replies == []


def test_a_handoff_travels_with_a_reply(turn: Turn) -> None:
    suggested = [{"title": "Returns", "url": "/x", "audience": "staff"}]
    asked = {"reason": "upset", "evidence": {"text": "!"}, "suggested_articles": suggested}
    turn.add({"text": "A colleague comes", "custom": {"handoff": asked}})
    assert turn.handoff is not None
    assert (turn.handoff.reason, turn.handoff.evidence) == ("upset", {"text": "!"})
    assert turn.suggested == suggested
    assert turn.replies == [Reply("A colleague comes")]


def test_a_verdict_on_an_article_is_kept_with_the_turn_and_with_no_other(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    verdict = {"query": "frakt?", "article_id": "a", "lang": "sv", "verdict": "helped"}
    talk.rasa.reaction = says("Good!", custom={"verdict": verdict})
    talk.say("yes")
    (kept,) = feedback.read(talk.engine)
    assert (kept.query, kept.verdict, kept.conversation_id) == ("frakt?", "helped", "anna")
    assert "verdict" not in talk.messages[-1].data

    async def a_person_comes(rasa: Any, message: Any) -> None:
        await says("Good!", custom={"verdict": verdict})(rasa, message)
        talk.open_handoff()

    talk.rasa.reaction = a_person_comes
    talk.say("yes")
    assert len(feedback.read(talk.engine)) == 1


def test_responses_written_for_a_channel_are_asked_for_by_its_name(turn: Turn) -> None:
    output = TurnOutput(turn)
    assert output.name() == "webchat"
    run(output.send_response("anna", {"text": "hi"}))
    assert turn.replies == [Reply("hi")]


def test_of_a_parse_is_kept_what_people_look_at() -> None:
    ranking = [{"name": f"i{n}", "confidence": 1 / 10**n} for n in range(9)]
    kept = understood(
        {
            "intent": {"name": "i0", "confidence": 0.123456},
            "intent_ranking": ranking,
            "entities": [
                {"entity": "tone", "value": "upset"},
                {"entity": "language", "value": "nb"},
                {"entity": "order_number", "value": "NL-104823", "start": 0, "end": 9},
            ],
        }
    )
    assert kept["intent"] == {"name": "i0", "confidence": 0.1235}
    # What rounds to nothing says nothing.
    assert [r["confidence"] for r in kept["ranking"]] == [1, 0.1, 0.01, 0.001, 0.0001]
    assert kept["entities"] == [{"entity": "order_number", "value": "NL-104823"}]
    assert (kept["language"], kept["tone"]) == ("nb", "upset")


def test_of_no_parse_is_kept_nothing() -> None:
    kept = understood({})
    assert kept["intent"] == {"name": None, "confidence": 0.0}
    assert (kept["ranking"], kept["entities"], kept["tone"]) == ([], [], "neutral")


def test_a_language_chosen_while_the_bot_thinks_is_not_undone(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    talk.rasa.reaction = says("hej", slots={"language": "sv"})
    talk.write("hej", language="sv")
    talk.sql("UPDATE svara_conversations SET language = 'sv'")

    async def chosen(rasa: Any, message: Any) -> dict[str, Any]:
        await says("hej")(rasa, message)
        talk.sql("UPDATE svara_conversations SET language = 'en'")
        return {"language": "sv"}

    talk.rasa.reaction = chosen
    talk.answer()
    talk.say("next")
    assert (talk.rasa.heard[-1].metadata or {})["language"] == "en"
