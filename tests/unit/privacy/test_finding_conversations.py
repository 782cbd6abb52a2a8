"""Conversations are found by a customer's address, and by their age."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from conversation_world import ANNA, World

from bot.errors import AddressUnusable
from bot.privacy.finding import NOTED, SAID, Match, by_address, idle_since
from bot.storage.database import reading, transaction
from bot.storage.tables import conversations, events, messages


def found(world: World, address: str) -> list[Match]:
    with reading(world.engine) as connection:
        return by_address(connection, address)


def idle(world: World, days: float) -> list[str]:
    with reading(world.engine) as connection:
        return idle_since(connection, time.time() - days * 86400)


def test_an_address_is_found_where_it_is_noted_and_where_it_is_said(world: World) -> None:
    world.talk("web-1", said="hej", customer={"email": "Anna.Berg@Exempel.se"})
    world.talk("web-2", said="min frus adress är ANNA.BERG@exempel.se, tack", customer={})
    world.talk("web-3", said="hej", customer={})
    world.talk("web-4", said="hej", customer={})
    world.hand_over("web-4")  # with the address among what the bot knew
    assert found(world, f" {ANNA} ") == [
        Match("web-1", NOTED),
        Match("web-4", NOTED),
        Match("web-2", SAID),
    ]


@pytest.mark.parametrize(
    "said",
    [
        "johanna.berg@exempel.se",
        "x-anna.berg@exempel.se",
        "anna.berg@exempel.sex",
        "anna.berg@exempel.se.example.com",
        "annaxberg@exempel.se",
    ],
)
def test_an_address_that_only_looks_like_it_is_not_it(world: World, said: str) -> None:
    world.talk("web-1", said=f"skriv till {said}", customer={"email": said})
    assert found(world, ANNA) == []


def test_an_address_at_the_end_of_a_sentence_is_found(world: World) -> None:
    world.talk("web-1", said=f"Skriv till {ANNA}.", customer={})
    assert [match.conversation_id for match in found(world, ANNA)] == ["web-1"]


@pytest.mark.parametrize("written", ["0701740605", "+46 70 174 06 05", "070-174 06 05"])
def test_a_telephone_number_is_found_however_it_is_written(world: World, written: str) -> None:
    world.talk("web-1", said="ring 070/174 06 05 efter fem", customer={})
    world.talk("web-2", said="hej", customer={"phone_number": "+46701740605"})
    world.talk("web-3", said="hej", customer={})
    world.hand_over("web-3")
    world.talk("web-4", said="ring 070-174 06 06, order 1740605", customer={})
    assert found(world, written) == [
        Match("web-2", NOTED),
        Match("web-3", NOTED),
        Match("web-1", SAID),
    ]


@pytest.mark.parametrize("address", ["Anna Berg", "", "anna@", "12", "@exempel.se", "web-1"])
def test_what_is_no_address_is_refused(world: World, address: str) -> None:
    with pytest.raises(AddressUnusable, match="neither an e-mail address nor a telephone number"):
        found(world, address)


def test_a_conversation_is_as_old_as_its_last_word(world: World) -> None:
    for conversation_id, days in (("web-1", 40.0), ("web-2", 20.0), ("web-3", 40.0)):
        world.talk(conversation_id)
        world.age(conversation_id, days)
    with transaction(world.engine) as connection:  # an agent's late word in the third
        connection.execute(
            messages.insert().values(
                conversation_id="web-3",
                speaker="agent",
                text="Hej!",
                data={},
                created_at=time.time(),
                push_attempts=0,
            )
        )
    assert idle(world, 30) == ["web-1"]
    assert idle(world, 10) == ["web-1", "web-2"]
    assert idle(world, 50) == []


def test_remains_without_a_conversation_are_found_by_their_own_age(world: World) -> None:
    world.talk("web-1")
    with transaction(world.engine) as connection:
        connection.execute(conversations.delete())
        row = {"sender_id": "shell", "type_name": "user", "data": "{}"}
        connection.execute(events.insert().values(**row, timestamp=time.time() - 40 * 86400))
        connection.execute(
            events.insert().values(**row | {"sender_id": "new"}, timestamp=time.time())
        )
    assert idle(world, 30) == ["shell"]
    world.age("web-1", 40)
    assert idle(world, 30) == ["shell"]  # a verdict of it is young still
    with transaction(world.engine) as connection:
        connection.execute(sa.text("DELETE FROM kb_feedback"))
    assert idle(world, 30) == ["shell", "web-1"]
