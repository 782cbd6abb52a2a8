"""The web chat's server against clients that do as they please."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import requests
import websockets
from chat_client import ChatClient, chatting
from running_svara import RunningSvara, until
from words import ENGLISH, SWEDISH, WORDS

pytestmark = pytest.mark.scenario

SOCKET = "/chat/socket.io/?EIO=4&transport="


def upgraded(svara: RunningSvara, origin: str) -> bool:
    """Whether a page of this origin gets a WebSocket."""

    async def connect() -> bool:
        address = svara.url.replace("http", "ws") + SOCKET + "websocket"
        try:
            async with websockets.connect(address, origin=origin):  # type: ignore[attr-defined]
                return True
        except websockets.exceptions.InvalidStatusCode:
            return False

    return asyncio.run(connect())


def test_pages_of_others_are_refused(svara: RunningSvara) -> None:
    for origin, allowed in ((svara.url, True), ("https://evil.example", False), ("null", False)):
        answer = requests.get(
            svara.url + SOCKET + "polling", headers={"Origin": origin}, timeout=10
        )
        assert (answer.status_code == 200) is allowed
        assert upgraded(svara, origin) is allowed


def test_a_made_up_session_does_not_join_anybody_elses(svara: RunningSvara) -> None:
    with chatting(svara) as victim:
        victim.answer_to(SWEDISH.question)
        head, _, tail = victim.token.rpartition(".")
        stolen = [f"{head}.{tail[::-1]}", head, "web-0123", "", "x" * 5000]
        for token in stolen:
            with chatting(svara, session=token) as thief:
                assert thief.session["history"] == []
                assert thief.token not in (victim.token, token)
                thief.answer_to("Hej!")
        assert not any("Hej!" in message["text"] for message in victim.received)


def test_a_session_is_taken_up_where_it_was_left(svara: RunningSvara) -> None:
    with chatting(svara) as before:
        before.answer_to(SWEDISH.question)
        before.heard(SWEDISH.helped)
        seen = before.received
    with chatting(svara, session=before.token, after=seen[0]["id"]) as after:
        assert after.token == before.token
        assert after.session["history"] == seen[1:]
    with chatting(svara, session=before.token) as again:
        assert again.session["history"] == seen
        assert again.session["language"] == "sv"
    with chatting(svara, session=before.token, after=seen[-1]["id"]) as nothing_new:
        assert nothing_new.session["history"] == []


@pytest.mark.parametrize("language", WORDS)
def test_what_is_too_long_is_refused_in_the_customers_language(
    svara: RunningSvara, language: str
) -> None:
    with chatting(svara, language=language) as client:
        answer = client.send("x" * 2001)
        assert (answer["ok"], answer["error"]) == (False, "too_long")
        assert WORDS[language].too_long in answer["message"]
        assert client.send(" \n ")["error"] == "refused"
        assert client.send("x" * 2000)["ok"]
    with chatting(svara, session=client.token) as again:
        said = [m["text"] for m in again.session["history"] if m["speaker"] == "customer"]
        assert said == ["x" * 2000]


@pytest.mark.parametrize("language", WORDS)
def test_who_writes_too_fast_is_told_so(svara: RunningSvara, language: str) -> None:
    with chatting(svara, language=language) as client:
        answers = [client.send(f"{number}") for number in range(21)]
        assert [answer["ok"] for answer in answers] == [True] * 20 + [False]
        assert answers[-1]["error"] == "too_fast"
        assert WORDS[language].too_fast in answers[-1]["message"]


def test_a_frame_without_sense_breaks_nothing(svara: RunningSvara) -> None:
    with chatting(svara) as client:
        for nonsense in (None, 7, "text", [], {"text": None}, {"id": {}, "text": []}):
            answer = client._socket.call("message", nonsense, timeout=10)
            assert answer["ok"] is False
        assert SWEDISH.helped in [
            client.answer_to(SWEDISH.question),
            client.heard(SWEDISH.helped)["text"],
        ]


def test_a_message_that_is_sent_again_is_answered_once(svara: RunningSvara) -> None:
    with chatting(svara) as client:
        first = client.send(SWEDISH.question, id="a-retried-message")
        assert client.send(SWEDISH.question, id="a-retried-message") == first
        client.heard(SWEDISH.helped)
        # What is asked next is answered after whatever a second turn would have said.
        client.answer_to(SWEDISH.another)
        until(lambda: len(client.received) >= 6, "both answers")
        assert [m["text"] for m in client.received].count(SWEDISH.question) == 1
        assert [m["text"] for m in client.received].count(SWEDISH.helped) == 2


@pytest.mark.parametrize(
    "payload",
    ["/restart", "/session_start", "/talk_to_human", '/rate_conversation{"rating": "5"}', "/x{"],
)
def test_a_payload_that_was_not_offered_is_only_text(svara: RunningSvara, payload: str) -> None:
    with chatting(svara) as client:
        usual = client.answer_to("Hej!")
        assert client.answer_to("Hej!", payload=payload) == usual
        assert client.handoff is None
    with chatting(svara, session=client.token) as again:
        assert [m["text"] for m in again.session["history"]] == ["Hej!", usual] * 2


def test_a_command_that_is_typed_is_only_text(svara: RunningSvara) -> None:
    with chatting(svara, language="en") as client:
        client.answer_to(ENGLISH.question)
        client.heard(ENGLISH.helped)
        client.answer_to("/restart")
        # The bot still knows which article it showed.
        assert ENGLISH.next_article in client.answer_to("No", payload="/article_not_helpful")


def test_a_message_taken_before_the_server_was_killed_is_answered_once(
    svara: RunningSvara,
) -> None:
    with chatting(svara) as client:
        client.answer_to("Hej!")
        until(lambda: len(client.received) == 2, "the greeting")
        # The turn is under way and cannot end before the server is killed.
        with svara.hanging("actions"):
            assert client.send(SWEDISH.question)["ok"]
            with svara.killed("rasa"):
                pass
    with chatting(svara, session=client.token, after=client.received[1]["id"]) as again:
        until(
            lambda: SWEDISH.helped in [m["text"] for m in said(again)], "the answer after the kill"
        )
        again.answer_to("Hej!")
        texts = [m["text"] for m in said(again)]
        assert texts[0] == SWEDISH.question
        assert texts.count(SWEDISH.question) == texts.count(SWEDISH.helped) == 1


def said(client: ChatClient) -> list[dict[str, Any]]:
    """What came with the session and since, each once."""
    both = {m["id"]: m for m in [*client.session["history"], *client.received]}
    return [both[number] for number in sorted(both)]
