"""What a customer hears while nobody is there: the wait, the queue, the night, and the end."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from handoff_world import CONVERSATION
from sqlalchemy.engine import Engine

from bot.handoff import lifecycle, lookup, outbox, patience, waiting
from bot.handoff.context import Facts
from bot.handoff.desks.plan import DEFAULT
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import handoffs
from bot.texts import DOMAIN

UTC = dt.timezone.utc
MONDAY_NOON = dt.datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SATURDAY = dt.datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.fixture
def office(settings: Settings, tmp_path: Path) -> Settings:
    """A desk that is there on weekdays from 8 to 18, UTC."""
    path = tmp_path / "desks.yml"
    desk = {"kind": "webhook", "hours": {"mon-fri": "8-18"}}
    path.write_text(yaml.safe_dump({"desks": {"office": desk}}))
    return replace(settings, desks_file=path)


def hand_over(
    engine: Engine, settings: Settings, at: dt.datetime, *, contact_asked: bool = False
) -> Handoff:
    request = HandoffRequest("customer_asked", contact_asked=contact_asked)
    with transaction(engine) as connection:
        made = lifecycle.open_handoff(connection, settings, CONVERSATION, request, Facts())
        mine = handoffs.update().where(handoffs.c.id == made.id)
        connection.execute(mine.values(requested_at=at.timestamp()))
        return lookup.get(connection, made.id)


def heard(engine: Engine) -> list[str]:
    """Responses that the customer was told by."""
    with reading(engine) as connection:
        said = conversations.history(connection, CONVERSATION)
    return [str(message.data["event"]) for message in said if message.data.get("event")]


def look(engine: Engine, settings: Settings, at: dt.datetime) -> list[str]:
    patience.look(engine, settings, at)
    return heard(engine)


def test_the_outlook_is_open_closed_known_or_unknown(engine: Engine, office: Settings) -> None:
    with reading(engine) as connection:
        there = waiting.outlook(connection, office, "office", "sv", now=MONDAY_NOON)
        away = waiting.outlook(connection, office, "office", "sv", now=SATURDAY)
    assert (there.response(), there.place) == ("utter_wait_unknown", 1)
    assert (away.response(), away.opens) == ("utter_closed", "måndag kl. 08:00")
    assert away.response(reachable=True) == "utter_closed_reachable"
    assert there.response(reachable=True, timed=True) == "utter_wait_call"
    assert away.response(reachable=True, timed=True) == "utter_closed_call"


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (dt.datetime(2026, 11, 28, 13, 59, tzinfo=UTC), None),
        (dt.datetime(2026, 11, 28, 18, 0, tzinfo=UTC), "måndag kl. 08:00"),
        (dt.datetime(2026, 11, 30, 16, 59, tzinfo=UTC), None),
        (dt.datetime(2026, 12, 25, 9, 0, tzinfo=UTC), "måndag kl. 08:00"),  # Saturday is one, too
    ],
)
def test_the_demo_companys_people_are_there_when_its_help_centre_says_so(
    engine: Engine, settings: Settings, at: dt.datetime, opens: str | None
) -> None:
    as_it_comes = replace(settings, desks_file=DOMAIN.with_name("desks.yml"))
    with reading(engine) as connection:
        seen = waiting.outlook(connection, as_it_comes, DEFAULT, "sv", now=at)
    assert (seen.open, seen.opens) == (opens is None, opens)


def test_the_queue_and_its_wait_are_those_of_the_desk(engine: Engine, office: Settings) -> None:
    now = time.time()
    with transaction(engine) as connection:
        for number, desk in enumerate(("office", "office", "office", "other", "other")):
            conversations.start(connection, f"c{number}", "webchat")
            connection.execute(
                handoffs.insert().values(
                    id=f"ho_{number}",
                    conversation_id=f"c{number}",
                    status="resolved",
                    reason="rule",
                    priority="normal",
                    desk=desk,
                    requested_at=now - 300,
                    accepted_at=now - 300 + 60 * (number + 1),
                )
            )
    hand_over(engine, office, MONDAY_NOON)
    with reading(engine) as connection:
        seen = waiting.outlook(connection, office, "office", "en", now=MONDAY_NOON)
    assert (seen.response(), seen.place) == ("utter_wait_queue", 2)
    assert seen.values["minutes"] == 2


def test_whom_nobody_comes_to_is_told_once_and_asked_for_an_address(
    engine: Engine, office: Settings
) -> None:
    handoff = hand_over(engine, office, MONDAY_NOON)
    minutes = dt.timedelta(minutes=1)
    assert look(engine, office, MONDAY_NOON + 9 * minutes) == []
    assert look(engine, office, MONDAY_NOON + 10 * minutes) == ["utter_nobody_yet"]
    assert look(engine, office, MONDAY_NOON + 60 * minutes) == ["utter_nobody_yet"]
    with reading(engine) as connection:
        assert lookup.get(connection, handoff.id).contact_asked_at is not None


def test_a_night_does_not_count_as_waiting(engine: Engine, office: Settings) -> None:
    hand_over(engine, office, SATURDAY)
    assert look(engine, office, SATURDAY + dt.timedelta(hours=5)) == []
    monday = dt.datetime(2026, 11, 30, 7, 0, tzinfo=UTC)  # eight in Stockholm
    assert look(engine, office, monday + dt.timedelta(minutes=9)) == []
    assert look(engine, office, monday + dt.timedelta(minutes=10)) == ["utter_nobody_yet"]


def test_who_has_a_person_is_told_nothing(engine: Engine, office: Settings) -> None:
    handoff = hand_over(engine, office, MONDAY_NOON)
    with transaction(engine) as connection:
        lifecycle.mark_accepted(connection, handoff.id, {"id": "1", "name": "Maria"})
    assert look(engine, office, MONDAY_NOON + dt.timedelta(hours=100)) == []


def test_a_handoff_that_nobody_ever_takes_ends_and_both_sides_are_told(
    engine: Engine, office: Settings
) -> None:
    handoff = hand_over(engine, office, MONDAY_NOON)
    later = MONDAY_NOON + dt.timedelta(hours=73)
    assert look(engine, office, later) == ["utter_handoff_expired"]
    assert look(engine, office, later) == ["utter_handoff_expired"]
    with reading(engine) as connection:
        assert lookup.get(connection, handoff.id).status == "expired"
        sent = outbox.of_handoff(connection, handoff.id)
    assert [each.type for each in sent] == ["handoff.requested", "handoff.cancelled"]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("ring 070-123 45 67 tack", "sv", {"phone_number": "+46701234567"}),
        ("mail anna.berg@example.se", "sv", {"email": "anna.berg@example.se"}),
        ("a@b.dk eller 20 12 34 56", "da", {"email": "a@b.dk", "phone_number": "+4520123456"}),
        ("hallo?", "nb", {}),
    ],
)
def test_an_address_is_found_in_a_message(text: str, language: str, found: dict[str, str]) -> None:
    assert waiting.contact_in(text, language) == found


def test_an_address_is_repeated_and_kept(engine: Engine, office: Settings) -> None:
    handoff = hand_over(engine, office, SATURDAY, contact_asked=True)
    with transaction(engine) as connection:
        waiting.keep_contact(connection, handoff, {"email": "anna@example.se"})
    assert heard(engine) == ["utter_contact_noted"]
    with reading(engine) as connection:
        known = conversations.find(connection, CONVERSATION)
        said = conversations.history(connection, CONVERSATION)[-1].text
    assert known is not None and known.customer["email"] == "anna@example.se"
    assert "anna@example.se" in said


def test_a_wait_that_becomes_much_longer_or_shorter_is_told(
    engine: Engine, office: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = hand_over(engine, office, MONDAY_NOON)
    with transaction(engine) as connection:
        lifecycle.told_wait(connection, handoff.id, 300)
    soon = MONDAY_NOON + dt.timedelta(minutes=2)
    for wait, told in ((500.0, 0), (900.0, 1), (1000.0, 1), (400.0, 2)):
        monkeypatch.setattr(lookup, "expected_wait", lambda *_, wait=wait: wait)
        assert look(engine, office, soon).count("utter_wait_changed") == told
    with reading(engine) as connection:
        said = conversations.history(connection, CONVERSATION)[-1].text
    assert said == "Väntetiden är nu ungefär 5 min."
