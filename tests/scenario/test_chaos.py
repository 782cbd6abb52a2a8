"""`make chaos` in short: a storm over some conversations, and nothing is lost, doubled or mixed up.

The counts that say so are tested, too: a count that finds nothing in anything says nothing.
"""

from __future__ import annotations

import json
import random
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from rest_customer import RestCustomer
from running_svara import SECRET, RunningSvara
from standardwebhooks.webhooks import Webhook

from tests.chaos import agent, verdict
from tests.chaos.__main__ import chaos
from tests.chaos.receiver import FAIR, Receiver, Stored, receiving
from tests.chaos.report import render, rewritten
from tests.chaos.run import run
from tests.chaos.storm import KILLED
from tests.chaos.talk import LANGUAGES, Talk

CONVERSATIONS = 25
WORDS = LANGUAGES["en"]


@pytest.mark.scenario
@pytest.mark.timeout(600)  # on a busy machine; a minute on one that has time
def test_in_a_storm_nothing_is_lost_doubled_or_mixed_up(tmp_path: Path) -> None:
    outcome = run(
        tmp_path,
        conversations=CONVERSATIONS,
        database="SQLite",
        kills=random.sample(KILLED, len(KILLED)),
        at_a_time=4,
    )
    print(render([outcome]))  # with the seed, should it fail
    assert outcome.problems == []
    assert outcome.faults == dict.fromkeys(verdict.FAULTS, 0)
    assert outcome.kills
    assert outcome.numbers["handoffs"] >= CONVERSATIONS
    assert (
        outcome.numbers["forged events sent"] > outcome.numbers["forged events without an answer"]
    )


def talk(tmp_path: Path) -> Talk:
    """A conversation that went well: three words of the customer, two of the agent, a rating."""
    made = Talk(RestCustomer(RunningSvara(tmp_path)), WORDS)
    made.said, made.answered, made.rating = ["a person", "one", "two"], ["yes", "no"], 4
    made.forged = ["forged"]
    return made


def shown() -> list[dict[str, Any]]:
    """What its customer was shown."""
    lines = [
        ("bot", f"Of course. {WORDS.handed_over}."),
        ("system", "Astrid Lund has joined."),
        ("agent", "yes"),
        ("agent", "no"),
        ("system", f"Astrid has left. {WORDS.ended}"),
        ("bot", WORDS.rate),
        ("bot", WORDS.rated),
    ]
    ids = (2, 5, 6, 8, 9, 10, 12)
    return [
        {"id": number, "speaker": speaker, "text": text}
        for number, (speaker, text) in zip(ids, lines, strict=True)
    ]


def event(kind: str, **data: Any) -> Stored:
    """An event at the helpdesk."""
    return Stored(f"msg_{random.random()}", 0.0, b"", kind, {"handoff_id": "ho_1", **data})


def word(number: int, text: str) -> Stored:
    """A word of the customer's."""
    return event("message.created", message={"id": number, "text": text, "speaker": "customer"})


def events() -> list[Stored]:
    """What the helpdesk has of it."""
    spoken = [
        {"id": 1, "speaker": "customer", "text": "a person"},
        {"id": 2, "speaker": "bot", "text": WORDS.handed_over},
    ]
    return [
        event("handoff.requested", transcript={"messages": spoken}),
        word(4, "one"),
        word(7, "two"),
        event("conversation.rated", rating={"score": 4}),
    ]


def test_a_conversation_that_went_well_has_no_fault(tmp_path: Path) -> None:
    assert verdict.faults(talk(tmp_path), shown(), events()) == Counter()


@pytest.mark.parametrize("position", range(4))
def test_an_event_that_is_lost_is_found(tmp_path: Path, position: int) -> None:
    there = events()
    del there[position]
    assert verdict.faults(talk(tmp_path), shown(), there)["lost"] >= 1


@pytest.mark.parametrize("position", range(4))
def test_an_event_that_came_under_two_ids_is_found(tmp_path: Path, position: int) -> None:
    there = events()
    there.insert(position, there[position])
    assert verdict.faults(talk(tmp_path), shown(), there)["duplicated"] >= 1


@pytest.mark.parametrize("position", range(3))
def test_events_that_changed_places_are_found(tmp_path: Path, position: int) -> None:
    there = events()
    there[position], there[position + 1] = there[position + 1], there[position]
    assert verdict.faults(talk(tmp_path), shown(), there)["out of order"] >= 1


def test_an_agents_word_that_is_lost_doubled_or_late_is_found(tmp_path: Path) -> None:
    lines = shown()
    assert verdict.faults(talk(tmp_path), lines[:2] + lines[3:], events()) == {"lost": 1}
    assert verdict.faults(talk(tmp_path), lines[:3] + lines[2:], events()) == {"duplicated": 1}
    late = [*lines[:2], lines[3], lines[2], *lines[4:]]
    assert verdict.faults(talk(tmp_path), late, events()) == {"out of order": 1}


def test_a_message_of_the_customer_that_was_stored_twice_is_found(tmp_path: Path) -> None:
    there = events()
    there.insert(3, word(8, "two"))
    assert verdict.faults(talk(tmp_path), shown(), there)["duplicated"] == 1


def test_a_bot_that_talks_over_a_person_is_found(tmp_path: Path) -> None:
    lines = shown()
    lines.insert(3, {"id": 7, "speaker": "bot", "text": "Do you mean delivery?"})
    assert verdict.faults(talk(tmp_path), lines, events()) == {"bot over a person": 1}


def test_a_forged_word_that_was_taken_or_shown_is_found(tmp_path: Path) -> None:
    taken = talk(tmp_path)
    taken.taken_forged = 1
    assert verdict.faults(taken, shown(), events()) == {"forged accepted": 1}
    lines = [*shown(), {"id": 13, "speaker": "agent", "text": "forged"}]
    assert verdict.faults(talk(tmp_path), lines, events()) == {"forged accepted": 1}


def send(
    receiver: Receiver, webhook_id: str, text: str = "hi", *, signed: bool = True
) -> int | None:
    """Sends an event to the receiver: the status, None for no answer that can be read."""
    body = json.dumps({"type": "message.created", "data": {"conversation_id": "c", "text": text}})
    headers = agent.signed(webhook_id, body) if signed else {}
    try:
        return requests.post(
            receiver.url, data=body, headers=headers, timeout=1, allow_redirects=False
        ).status_code
    except requests.RequestException:
        return None


@pytest.mark.parametrize(
    ("weather", "answer"),
    [
        (FAIR, 204),
        ("slow", 204),
        ("hangs", None),
        ("error", 500),
        ("busy", 429),
        ("moved", 307),
        ("cut", None),
        ("garbage", None),
        ("down", None),
    ],
)
def test_the_receiver_answers_by_the_weather_and_stores_once(
    weather: str, answer: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chaos.receiver._SLOW_SECONDS", (0.1, 0.1))
    monkeypatch.setattr("tests.chaos.receiver._HANG_SECONDS", 2.0)
    with receiving(random.Random(1)) as receiver:
        receiver.turn(weather)
        assert send(receiver, "msg_1") == answer
        receiver.turn(FAIR)
        assert [send(receiver, name) for name in ("msg_1", "msg_2", "msg_1")] == [204] * 3
        assert [stored.webhook_id for stored in receiver.of("c")] == ["msg_1", "msg_2"]
        assert (receiver.refused, receiver.changed) == ([], [])
        assert send(receiver, "msg_1", "another text") == 204
        assert receiver.changed == ["msg_1"]
        assert send(receiver, "msg_3", signed=False) == 401
        assert len(receiver.refused) == 1


def test_what_signs_the_events_is_a_standard_webhook() -> None:
    body = '{"type": "agent.typing"}'
    assert Webhook(SECRET).verify(body, agent.signed("evt_1", body, off=240))


def test_a_page_is_rewritten_between_its_marks_only() -> None:
    page = "before\n<!-- a -->\nold\n<!-- b -->\nafter\n"
    assert rewritten(page, "<!-- a -->", "<!-- b -->", "new") == page.replace("old", "new")


def test_a_storm_on_a_database_that_is_not_there_is_refused_before_another_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SVARA_TEST_POSTGRES_URL", raising=False)
    monkeypatch.setattr("tests.chaos.__main__.run", lambda *_, **__: pytest.fail("it has begun"))
    with pytest.raises(SystemExit, match="Set SVARA_TEST_POSTGRES_URL"):
        chaos(["SQLite", "PostgreSQL"], 1, None)


def test_while_a_receiver_is_down_nobody_else_answers_in_its_place() -> None:
    with receiving(random.Random(1)) as receiver:
        there = ("127.0.0.1", receiver.port)
        for _ in range(2):
            receiver.turn("down")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(there, timeout=5)
            with socket.socket() as another, pytest.raises(OSError, match="in use"):
                another.bind(there)
            receiver.turn(FAIR)
            socket.create_connection(there, timeout=5).close()
