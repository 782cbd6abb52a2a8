"""The tracker store: what is read back, what is written, and that both stay small."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from bot.storage.database import reading
from bot.storage.tables import events, messages, snapshots
from bot.storage.tracker_store import BoundedTrackerStore, on_save

TURNS = 3
DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [greet, inform]
    slots:
      name: {type: text, mappings: [{type: custom}]}
      count: {type: any, initial_value: 7, mappings: [{type: custom}]}
      requested_slot: {type: text, mappings: [{type: custom}]}
    forms:
      name_form: {required_slots: [name]}
    responses:
      utter_hi: [{text: hi}]
    """
)


@pytest.fixture
def store(url: str) -> BoundedTrackerStore:
    return a_store(url)


def a_store(url: str, turns: int = TURNS) -> BoundedTrackerStore:
    """A store as a fresh process would make it."""
    return BoundedTrackerStore(domain=DOMAIN, turns=turns, database_url=url)


def turn(number: int, *more: Event) -> list[Event]:
    """The events of one customer turn."""
    return [
        UserUttered(f"message {number}", {"name": "inform"}, input_channel="rest"),
        *more,
        ActionExecuted("utter_hi"),
        BotUttered("hi"),
        ActionExecuted("action_listen"),
    ]


async def converse(store: BoundedTrackerStore, sender: str, turns: list[list[Event]]) -> None:
    """Reads, adds a turn's events and saves, as the processor does, for each turn."""
    for made in turns:
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        if not tracker.events:
            for event in (ActionExecuted("action_session_start"), SessionStarted()):
                tracker.update(event, DOMAIN)
            tracker.update(ActionExecuted("action_listen"), DOMAIN)
        for event in made:
            tracker.update(event, DOMAIN)
        await store.save(tracker)


def read(store: BoundedTrackerStore, sender: str = "anna") -> DialogueStateTracker:
    tracker = asyncio.run(store.retrieve(sender))
    assert tracker is not None
    return tracker


def read_full(store: BoundedTrackerStore, sender: str = "anna") -> DialogueStateTracker:
    tracker = asyncio.run(store.retrieve_full_tracker(sender))
    assert tracker is not None
    return tracker


def state(tracker: DialogueStateTracker) -> dict[str, Any]:
    """What the next turn depends on."""
    return {
        "slots": tracker.current_slot_values(),
        "loop": tracker.active_loop_name,
        "action": tracker.latest_action_name,
        "message": tracker.latest_message.text if tracker.latest_message else None,
        "channel": tracker.get_latest_input_channel(),
    }


def said(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def count(store: BoundedTrackerStore, table: sa.Table) -> int:
    with reading(store.engine) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0)


def test_a_conversation_never_seen_is_none(store: BoundedTrackerStore) -> None:
    assert asyncio.run(store.retrieve("nobody")) is None
    assert asyncio.run(store.retrieve_full_tracker("nobody")) is None


@pytest.mark.parametrize("length", [1, TURNS - 1, TURNS, TURNS + 1, 12])
def test_the_last_turns_lead_to_the_state_that_all_of_them_do(
    store: BoundedTrackerStore, length: int
) -> None:
    turns = [turn(n, SlotSet("name", f"name {n}"), SlotSet("count", n)) for n in range(length)]
    asyncio.run(converse(store, "anna", turns))
    assert state(read(store)) == state(read_full(store))
    assert said(read_full(store)) == [f"message {n}" for n in range(length)]
    assert said(read(store)) == [f"message {n}" for n in range(length)][-TURNS:]


def test_slots_set_long_ago_are_kept(store: BoundedTrackerStore) -> None:
    turns = [turn(0, SlotSet("name", "Anna"), SlotSet("count", None)), *map(turn, range(1, 12))]
    asyncio.run(converse(store, "anna", turns))
    slots = read(store).current_slot_values()
    assert (slots["name"], slots["count"]) == ("Anna", None)


def test_a_slot_emptied_since_stays_empty(store: BoundedTrackerStore) -> None:
    turns = [turn(0, SlotSet("name", "Anna")), *map(turn, range(1, 9))]
    asyncio.run(converse(store, "anna", [*turns, turn(9, SlotSet("name", None))]))
    assert read(store).get_slot("name") is None


@pytest.mark.parametrize("length", [1, 12])
def test_a_form_entered_long_ago_is_still_active(store: BoundedTrackerStore, length: int) -> None:
    entered = turn(0, ActionExecuted("name_form"), ActiveLoop("name_form"))
    asked = [SlotSet("requested_slot", "name")]
    turns = [[*entered, *asked], *map(turn, range(1, length))]
    asyncio.run(converse(store, "anna", turns))
    assert read(store).active_loop_name == "name_form"
    assert state(read(store)) == state(read_full(store))


def test_a_form_left_is_left(store: BoundedTrackerStore) -> None:
    entered = turn(0, ActionExecuted("name_form"), ActiveLoop("name_form"))
    left = turn(1, ActiveLoop(None), SlotSet("requested_slot", None))
    asyncio.run(converse(store, "anna", [entered, left, *map(turn, range(2, 12))]))
    assert read(store).active_loop_name is None


def test_a_long_conversation_is_not_read_whole_and_loses_nothing(
    store: BoundedTrackerStore,
) -> None:
    asyncio.run(converse(store, "anna", [turn(n) for n in range(60)]))
    assert len(read(store).events) < 6 * TURNS + 6
    full = read_full(store)
    assert len(said(full)) == 60
    assert count(store, events) == len(full.events) == 3 + 60 * 4


def test_only_the_snapshots_that_are_read_are_kept(store: BoundedTrackerStore) -> None:
    asyncio.run(converse(store, "anna", [turn(n) for n in range(20)]))
    asyncio.run(converse(store, "bo", [turn(n) for n in range(2)]))
    assert count(store, snapshots) == TURNS + 2


def test_another_process_goes_on_where_this_one_stopped(url: str) -> None:
    async def both() -> None:
        await converse(a_store(url), "anna", [turn(n, SlotSet("count", n)) for n in range(8)])
        await converse(a_store(url), "anna", [turn(n) for n in range(8, 10)])

    asyncio.run(both())
    store = a_store(url)
    assert said(read_full(store)) == [f"message {n}" for n in range(10)]
    assert state(read(store)) == state(read_full(store))
    assert read(store).get_slot("count") == 7


def test_more_turns_may_be_read_back_later(url: str) -> None:
    asyncio.run(converse(a_store(url, turns=2), "anna", [turn(n) for n in range(6)]))
    assert len(said(read(a_store(url, turns=50)))) == 6


def test_conversations_do_not_mix(store: BoundedTrackerStore) -> None:
    async def interleaved() -> None:
        for number in range(6):
            for sender in ("anna", "bo"):
                await converse(store, sender, [turn(number, SlotSet("name", sender))])

    asyncio.run(interleaved())
    for sender in ("anna", "bo"):
        assert read(store, sender).get_slot("name") == sender
        assert len(said(read_full(store, sender))) == 6
    assert sorted(asyncio.run(store.keys())) == ["anna", "bo"]


def test_saving_twice_writes_nothing_twice(store: BoundedTrackerStore) -> None:
    async def twice() -> None:
        await converse(store, "anna", [turn(0)])
        tracker = await store.retrieve("anna")
        assert tracker is not None
        await store.save(tracker)
        full = await store.retrieve_full_tracker("anna")
        assert full is not None
        await store.save(full)

    asyncio.run(twice())
    assert count(store, events) == 7


def test_deleting_takes_one_conversation_away(store: BoundedTrackerStore) -> None:
    async def both() -> None:
        await converse(store, "anna", [turn(0)])
        await converse(store, "bo", [turn(0)])
        await store.delete("anna")

    asyncio.run(both())
    assert asyncio.run(store.retrieve("anna")) is None
    assert said(read(store, "bo")) == ["message 0"]
    assert count(store, snapshots) == 1


def test_what_on_save_writes_is_in_the_same_transaction(store: BoundedTrackerStore) -> None:
    def outcome(connection: Connection, tracker: DialogueStateTracker) -> None:
        connection.execute(
            messages.insert().values(
                conversation_id=tracker.sender_id, speaker="bot", text="hi", data={}, created_at=1.0
            )
        )

    async def saved() -> None:
        token = on_save.set(outcome)
        try:
            await converse(store, "anna", [turn(0)])
        finally:
            on_save.reset(token)

    asyncio.run(saved())
    assert count(store, messages) == 2  # the tracker's creation is saved too
    assert count(store, events) == 7


def test_nothing_is_kept_of_a_save_that_fails_and_it_may_be_tried_again(
    store: BoundedTrackerStore,
) -> None:
    def broken(_connection: Connection, _tracker: DialogueStateTracker) -> None:
        raise RuntimeError("the outcome cannot be stored")

    async def failing() -> None:
        await converse(store, "anna", [turn(0)])
        tracker = await store.retrieve("anna")
        assert tracker is not None
        for event in turn(1):
            tracker.update(event, DOMAIN)
        token = on_save.set(broken)
        with pytest.raises(RuntimeError, match="cannot be stored"):
            await store.save(tracker)
        on_save.reset(token)
        assert count(store, events) == 7
        await store.save(tracker)

    asyncio.run(failing())
    assert said(read_full(store)) == ["message 0", "message 1"]
    assert state(read(store)) == state(read_full(store))


def test_two_that_save_at_once_both_get_in(url: str) -> None:
    async def one(number: int) -> None:
        await converse(a_store(url), f"customer {number}", [turn(n) for n in range(4)])

    async def together() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, asyncio.run, one(n)) for n in range(4)))

    asyncio.run(together())
    store = a_store(url)
    assert [len(said(read_full(store, f"customer {n}"))) for n in range(4)] == [4] * 4


def test_text_of_every_alphabet_comes_back(store: BoundedTrackerStore) -> None:
    asyncio.run(converse(store, "anna", [[UserUttered("æøå ÄÖ 你好 👍 'quoted' \\ %s")]]))
    assert said(read(store)) == ["æøå ÄÖ 你好 👍 'quoted' \\ %s"]
