"""A test story from a real conversation, with made-up personal data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import StoryImpossible
from bot.storage import conversations
from bot.storage.conversations import Conversation
from bot.storage.tables import events
from bot.trainer.stories.standins import StandIns
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story

MOST_EVENTS = 5_000
MOST_STEPS = 200
_NAME_CHARS = 60

_LISTEN = "action_listen"
_NOT_DONE = (_LISTEN, "action_session_start")
_SLOTS = ("requested_slot", "questions_left")
"""Slots that say what comes next. All others are left out: they are the customer's."""
_KEPT_VALUES = ("requested_slot",)
NOT_UNDERSTOOD = ("action_not_understood", "action_default_fallback")
"""What the bot does with a message that it did not understand."""
NO_BUSINESS = "out_of_scope"
"""Answered in the same way, and rightly so."""

Turn = tuple[Step, ...]
"""What the customer says, and what follows until they say something else."""


def story_from(connection: Connection, conversation_id: str, name: str | None = None) -> Story:
    """The test story of a conversation, up to where a person takes it over.

    It also ends before the first message that the bot did not understand: a test would hold every
    later model to that, and labelling the message would break it. `Story.before` has the message.

    Names, numbers and addresses are replaced by made-up ones of the same form.

    Args:
        name: default the customer's first words.

    Raises:
        StoryImpossible: there is no such conversation, the bot has done nothing in it, or it did
            not understand the first message.
    """
    found = _conversation(connection, conversation_id)
    turns = turns_of(connection, conversation_id)
    if not turns:
        raise StoryImpossible(
            f"In the conversation '{conversation_id}' the bot has done nothing that could be "
            "tested: a person had it from the beginning, or nothing was said."
        )
    good = understood(turns)
    before = _short(_words(turns[len(good)])) if len(good) < len(turns) else None
    if not good:
        raise StoryImpossible(
            f"The bot did not understand “{before}”; a test would hold it to that. "
            "Label the message, and make the test of a conversation in which it answers well."
        )
    about = {"made": date.today().isoformat(), "channel": found.channel}
    if found.language:
        about["language"] = found.language
    steps = tuple(step for turn in good for step in turn)
    return Story(name or _short(_words(good[0])), steps, about=about, before=before)


def turns_of(connection: Connection, conversation_id: str) -> list[Turn]:
    """The turns of a conversation that have words and an answer, up to the first that has not.

    Raises:
        StoryImpossible: there is no such conversation.
    """
    found = _conversation(connection, conversation_id)
    known = [str(found.customer[key]) for key in ("name",) if found.customer.get(key)]
    spoken = _read(connection, conversation_id)
    return _whole_turns(_steps(spoken, StandIns(known), found.language))


def understood(turns: Sequence[Turn]) -> list[Turn]:
    """The turns before the first in which the bot did not understand the customer."""
    return list(takewhile(lambda turn: not _astray(turn), turns))


def _conversation(connection: Connection, conversation_id: str) -> Conversation:
    found = conversations.find(connection, conversation_id)
    if found is None:
        raise StoryImpossible(f"There is no conversation '{conversation_id}'.")
    return found


def _astray(turn: Turn) -> bool:
    """Whether the bot did not understand. A message without an intent may be, as in a form."""
    intent = None
    for step in turn:
        if isinstance(step, (Said, Part)):
            intent = step.intent
        elif isinstance(step, Done) and step.action in NOT_UNDERSTOOD and intent != NO_BUSINESS:
            return True
    return False


def _read(connection: Connection, conversation_id: str) -> Iterator[Mapping[str, Any]]:
    rows = connection.execute(
        sa.select(events.c.data)
        .where(events.c.sender_id == conversation_id)
        .order_by(events.c.id)
        .limit(MOST_EVENTS)
    )
    for row in rows.scalars():
        yield json.loads(row)


def _steps(
    spoken: Iterator[Mapping[str, Any]], stand_ins: StandIns, language: str | None
) -> Iterator[Step]:
    """The steps that Rasa's events are, until a person takes over or the customer starts anew.

    Args:
        language: the conversation's, for messages before the first whose language was heard.
    """
    for event in spoken:
        kind, name = event.get("event"), event.get("name")
        if kind == "user":
            if (event.get("metadata") or {}).get("handoff"):
                return
            parsed = event.get("parse_data") or {}
            intent = str((parsed.get("intent") or {}).get("name") or "")
            language = _language(parsed) or language
            if parsed.get("part"):
                yield Part(intent)
            else:
                text = stand_ins.replace(str(event.get("text") or ""), language)
                yield Said(text.strip(), intent or None)
        elif kind == "action" and name and name not in _NOT_DONE:
            yield Done(str(name))
        elif kind == "active_loop":
            yield Loop(str(name) if name else None)
        elif kind == "slot" and name in _SLOTS:
            value = event.get("value")
            yield SlotsSet({str(name): value if name in _KEPT_VALUES or value is None else True})
        elif kind in ("restart", "pause"):
            return


def _whole_turns(steps: Iterator[Step]) -> list[Turn]:
    """Without what comes before the first words, and without a turn that the bot did nothing in."""
    turns: list[list[Step]] = []
    count = 0
    for step in steps:
        if isinstance(step, Said):
            if count >= MOST_STEPS:
                break
            turns.append([])
        if turns:
            turns[-1].append(step)
            count += 1
    whole: list[Turn] = []
    for turn in turns:
        said = turn[0]
        if not any(isinstance(step, Done) for step in turn) or not _has_words(said):
            break
        whole.append(tuple(_shortened(turn)))
    return whole


def _has_words(step: Step) -> bool:
    return isinstance(step, Said) and bool(step.text)


def _shortened(turn: Sequence[Step]) -> Iterator[Step]:
    """Without slots that are set to what they are, and with neighbouring ones together."""
    waiting: dict[str, Any] = {}
    for step in turn:
        if isinstance(step, SlotsSet):
            waiting.update(step.values)
            continue
        if waiting:
            yield SlotsSet(waiting)
            waiting = {}
        yield step
    if waiting:
        yield SlotsSet(waiting)


def _words(turn: Turn) -> str:
    return turn[0].text if isinstance(turn[0], Said) else ""


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _NAME_CHARS else line[:_NAME_CHARS].rsplit(" ", 1)[0] + " ..."


def _language(parsed: Mapping[str, Any]) -> str | None:
    for entity in parsed.get("entities") or []:
        if entity.get("entity") == "language":
            return str(entity.get("value"))
    return None
