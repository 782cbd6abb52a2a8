"""How the customer has sounded of late, in a handoff."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from handoff_world import CONVERSATION, NLU, open_one, say
from sqlalchemy.engine import Engine

from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries, messages


def context_of(engine: Engine, handoff: Handoff) -> dict[str, Any]:
    query = sa.select(deliveries.c.body).where(deliveries.c.handoff_id == handoff.id)
    with reading(engine) as connection:
        data: dict[str, Any] = json.loads(connection.execute(query).scalars().first())["data"]
    return data


def sounds(engine: Engine, *tones: str) -> None:
    for tone in tones:
        say(engine, "customer", "hej", nlu=NLU | {"tone": tone})


@pytest.mark.parametrize(
    ("tones", "tone", "priority"),
    [
        (["neutral"], "neutral", "normal"),
        (["pleased"], "pleased", "normal"),
        (["pleased", "neutral"], "neutral", "normal"),
        (["urgent", "neutral", "neutral"], "urgent", "high"),
        (["upset", "urgent", "pleased"], "upset", "high"),
    ],
)
def test_haste_and_anger_are_remembered_and_raise_the_priority(
    engine: Engine, settings: Settings, tones: list[str], tone: str, priority: str
) -> None:
    sounds(engine, *tones)
    handoff = open_one(engine, settings)
    context = context_of(engine, handoff)
    assert (context["tone"], context["priority"], handoff.priority) == (tone, priority, priority)


def test_a_sensitive_topic_stays_the_most_urgent(engine: Engine, settings: Settings) -> None:
    sounds(engine, "urgent")
    assert open_one(engine, settings, "sensitive_topic").priority == "urgent"


def test_haste_of_yesterday_is_over(engine: Engine, settings: Settings) -> None:
    sounds(engine, "urgent")
    with transaction(engine) as connection:
        a_day_ago = messages.c.created_at - 86_400
        connection.execute(messages.update().values(created_at=a_day_ago))
    sounds(engine, "neutral")
    assert context_of(engine, open_one(engine, settings))["tone"] == "neutral"


def test_a_conversation_in_which_nothing_was_understood_is_neutral(
    engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as connection:
        connection.execute(messages.delete().where(messages.c.conversation_id == CONVERSATION))
    assert context_of(engine, open_one(engine, settings, "technical_error"))["tone"] == "neutral"
