"""What a helpdesk sends: signed, once, and nothing that we cannot use."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from handoff_world import CONVERSATION, OLD_SECRET, SECRET, open_one
from sqlalchemy.engine import Engine

from bot.errors import EventRefused, HandoffNotFound, SignatureRefused
from bot.handoff import inbound, lifecycle, lookup, signing
from bot.handoff.http import take_event
from bot.handoff.inbound import MAX_BODY_BYTES, MAX_TEXT_CHARS, Taken
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import handoffs

ASTRID = {"id": "7", "name": "Astrid"}
BO = {"id": "8", "name": "Bo"}


class Helpdesk:
    """Sends events about one handoff."""

    def __init__(self, engine: Engine, settings: Settings, handoff: Handoff) -> None:
        self.engine, self.settings, self.handoff = engine, settings, handoff

    def send(
        self, kind: str, *, webhook_id: str | None = None, secret: str = SECRET, **data: Any
    ) -> Taken:
        """Sends an event; `data` may replace the handoff's ids."""
        ids = {"handoff_id": self.handoff.id, "conversation_id": CONVERSATION}
        return self.raw({"type": kind, "data": ids | data}, webhook_id, secret)

    def raw(self, body: Any, webhook_id: str | None = None, secret: str = SECRET) -> Taken:
        """Sends a body as it is, signed."""
        text = body if isinstance(body, str) else json.dumps(body)
        headers = signing.sign([secret], webhook_id or f"evt_{uuid.uuid4().hex}", text)
        return inbound.receive(self.engine, self.settings, headers, text.encode())

    def said(self) -> list[tuple[str, str]]:
        """Speaker and text since the handoff."""
        with reading(self.engine) as connection:
            lines = conversations.history(connection, CONVERSATION)
        return [(line.speaker, line.text) for line in lines][4:]

    def now(self) -> Handoff:
        """The handoff as it stands."""
        with reading(self.engine) as connection:
            return lookup.get(connection, self.handoff.id)


@pytest.fixture
def helpdesk(engine: Engine, settings: Settings, handoff: Handoff) -> Helpdesk:
    """A helpdesk that has the handoff."""
    return Helpdesk(engine, settings, handoff)


JOINED = ("system", "Astrid är här. Nu pratar du med en människa.")


def test_an_agent_who_joins_accepts(helpdesk: Helpdesk) -> None:
    helpdesk.send("agent.joined", agent=ASTRID)
    assert helpdesk.said() == [JOINED]
    assert (helpdesk.now().status, helpdesk.now().agent) == ("accepted", ASTRID)


def test_an_agent_who_joins_again_is_not_announced_again(helpdesk: Helpdesk) -> None:
    helpdesk.send("agent.joined", agent=ASTRID)
    helpdesk.send("agent.joined", agent=ASTRID)
    helpdesk.send("agent.joined", agent=BO)
    assert [speaker for speaker, _ in helpdesk.said()] == ["system", "system"]
    assert helpdesk.now().agent == BO


def test_a_message_accepts_by_itself(helpdesk: Helpdesk) -> None:
    helpdesk.send("message.created", agent=ASTRID, text=" Hej Åsa! ")
    assert helpdesk.said() == [JOINED, ("agent", "Hej Åsa!")]
    assert helpdesk.now().status == "accepted"


def test_the_same_webhook_is_taken_once(helpdesk: Helpdesk) -> None:
    first, again = (
        helpdesk.send("message.created", webhook_id="evt_1", agent=ASTRID, text="Hej!")
        for _ in range(2)
    )
    assert (first.duplicate, again.duplicate) == (False, True)
    assert helpdesk.said().count(("agent", "Hej!")) == 1


def test_an_event_that_was_refused_may_be_sent_again_under_its_id(helpdesk: Helpdesk) -> None:
    with pytest.raises(EventRefused):
        helpdesk.send("message.created", webhook_id="evt_1", agent=ASTRID)
    with pytest.raises(HandoffNotFound):
        helpdesk.send("message.created", webhook_id="evt_1", agent=ASTRID, text="a", handoff_id="x")
    taken = helpdesk.send("message.created", webhook_id="evt_1", agent=ASTRID, text="Hej!")
    assert not taken.duplicate


def test_either_secret_is_good_during_a_rotation(helpdesk: Helpdesk) -> None:
    helpdesk.send("message.created", secret=OLD_SECRET, agent=ASTRID, text="Hej!")
    with pytest.raises(SignatureRefused):
        helpdesk.send("message.created", secret="whsec_AAAA", agent=ASTRID, text="Hej igen!")
    assert helpdesk.said() == [JOINED, ("agent", "Hej!")]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        '"text"',
        "{",
        '{"type": "message.created"}',
        '{"type": "message.created", "data": []}',
        '{"type": "conversation.deleted", "data": {}}',
        '{"type": ["message.created"], "data": {}}',
        '{"type": "message.created", "data": {"handoff_id": 1, "conversation_id": "a"}}',
        '{"type": "message.created", "data": {"handoff_id": "", "conversation_id": "a"}}',
        '{"type": "message.created", "data": {"handoff_id": "a"}}',
        pytest.param("[" * 100_000, id="nested too deep"),
    ],
)
def test_a_body_that_is_no_event_is_refused(helpdesk: Helpdesk, body: str) -> None:
    with pytest.raises(EventRefused):
        helpdesk.raw(body)
    assert helpdesk.said() == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": ""},
        {"text": "  "},
        {"text": 7},
        {"text": "x" * (MAX_TEXT_CHARS + 1)},
        {"text": "Hej", "agent": None},
        {"text": "Hej", "agent": "Astrid"},
        {"text": "Hej", "agent": {"id": "7"}},
        {"text": "Hej", "agent": {"id": "7", "name": ""}},
        {"text": "Hej", "buttons": "yes"},
        {"text": "Hej", "buttons": ["yes"]},
        {"text": "Hej", "buttons": [{"payload": "yes"}]},
        {"text": "Hej", "buttons": [{"title": "Ja", "payload": "/restart"}]},
        {"text": "Hej", "attachments": [{"name": "a", "url": "javascript:alert(1)"}]},
    ],
)
def test_a_message_that_cannot_be_shown_is_refused(
    helpdesk: Helpdesk, data: dict[str, Any]
) -> None:
    with pytest.raises(EventRefused):
        helpdesk.send("message.created", **{"agent": ASTRID, **data})
    assert helpdesk.said() == []
    assert helpdesk.now().status == "requested"


def test_what_no_database_takes_is_left_out_of_a_name(helpdesk: Helpdesk) -> None:
    odd = {"id": "\ud800", "name": "\0 As\ud800trid \0"}
    helpdesk.send("message.created", agent=odd, text="\0Hej\ud800!")
    assert helpdesk.now().agent == {"id": "?", "name": "As?trid"}
    assert helpdesk.said()[-1] == ("agent", "Hej?!")
    with pytest.raises(HandoffNotFound):
        helpdesk.send("agent.typing", handoff_id="ho_\ud800\0")


def test_a_buttons_payload_is_no_command_behind_a_space(helpdesk: Helpdesk) -> None:
    for payload in (" /restart", "\n/restart", "\0/restart"):
        buttons = [{"title": "Ja", "payload": payload}]
        with pytest.raises(EventRefused):
            helpdesk.send("message.created", agent=ASTRID, text="Hej", buttons=buttons)


def test_a_body_that_is_too_large_is_refused(helpdesk: Helpdesk) -> None:
    with pytest.raises(EventRefused, match="larger than"):
        helpdesk.raw(" " * (MAX_BODY_BYTES + 1))


def test_the_ids_must_belong_together(helpdesk: Helpdesk) -> None:
    for wrong in ({"handoff_id": "ho_none"}, {"conversation_id": "web-2"}):
        with pytest.raises(HandoffNotFound):
            helpdesk.send("message.created", agent=ASTRID, text="Hej!", **wrong)


def test_typing_is_shown_while_the_handoff_is_open(helpdesk: Helpdesk) -> None:
    helpdesk.send("agent.typing")
    assert (helpdesk.now().typing_until or 0) > time.time()
    helpdesk.send("handoff.resolved")
    helpdesk.send("agent.typing")
    assert helpdesk.now().typing_until is None


def test_the_end_is_told_once_with_a_question_for_a_rating(helpdesk: Helpdesk) -> None:
    helpdesk.send("agent.joined", agent=ASTRID)
    helpdesk.send("handoff.resolved")
    helpdesk.send("handoff.resolved")
    assert helpdesk.now().status == "resolved"
    _, (speaker, _), question = helpdesk.said()
    assert speaker == "system"
    assert question == ("bot", "Hur gick det, från 1 till 5?")
    with reading(helpdesk.engine) as connection:
        last = conversations.history(connection, CONVERSATION)[-1]
    assert [button["title"][0] for button in last.data["buttons"]] == list("12345")


def test_an_agent_who_comes_after_the_end_is_not_announced(helpdesk: Helpdesk) -> None:
    helpdesk.send("handoff.resolved")
    before = helpdesk.said()
    helpdesk.send("agent.joined", agent=ASTRID)
    assert helpdesk.said() == before
    assert helpdesk.now().status == "resolved"


def test_statuses_of_the_http_answer(engine: Engine, settings: Settings, handoff: Handoff) -> None:
    def answer(body: str, **change: str) -> tuple[int, Any]:
        headers = signing.sign([SECRET], "evt_1", body) | change
        status, said = take_event(engine, settings, headers, body.encode())
        return status, said.get("error") or said

    data = {"handoff_id": handoff.id, "conversation_id": CONVERSATION}
    good = json.dumps({"type": "handoff.resolved", "data": data})
    stranger = json.dumps({"type": "handoff.resolved", "data": data | {"handoff_id": "ho_x"}})
    assert answer(good, **{"webhook-signature": "v1,x"}) == (401, "signature_refused")
    assert answer("{}") == (422, "event_refused")
    assert answer(stranger) == (404, "handoff_not_found")
    assert answer(good) == (200, {"ok": True, "duplicate": False})
    assert answer(good) == (200, {"ok": True, "duplicate": True})


def test_an_agent_with_more_to_say_has_the_conversation_again(
    helpdesk: Helpdesk, engine: Engine
) -> None:
    helpdesk.send("message.created", agent=ASTRID, text="Klart!")
    helpdesk.send("handoff.resolved")
    helpdesk.send("message.created", agent=ASTRID, text="Ha det gott!")
    assert helpdesk.now().status == "resolved"  # a closing word
    with transaction(engine) as connection:
        connection.execute(handoffs.update().values(ended_at=time.time() - 61))
        lifecycle.rate(connection, CONVERSATION, 5)
    helpdesk.send("message.created", agent=BO, text="En sak till.")
    assert (helpdesk.now().status, helpdesk.now().agent) == ("accepted", BO)
    said = helpdesk.said()
    helpdesk.send("handoff.resolved")
    assert helpdesk.now().status == "resolved"
    assert len(helpdesk.said()) == len(said) + 1  # the end, and no second question for a rating


def test_what_a_customer_has_cancelled_or_begun_anew_is_not_taken_up_again(
    helpdesk: Helpdesk, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as connection:
        lifecycle.cancel(connection, helpdesk.handoff)
        connection.execute(handoffs.update().values(ended_at=time.time() - 3600))
    helpdesk.send("message.created", agent=ASTRID, text="Hej?")
    assert helpdesk.now().status == "cancelled"
    with transaction(engine) as connection:
        connection.execute(handoffs.update().values(status="resolved"))
    second = open_one(engine, settings)
    helpdesk.send("message.created", agent=ASTRID, text="Hej?")
    assert helpdesk.now().status == "resolved"
    with reading(engine) as connection:
        current = lookup.current(connection, CONVERSATION)
    assert current is not None and current.id == second.id
