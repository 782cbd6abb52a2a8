"""The one way in: whatever the channel, a customer's message is stored, checked, and answered.

A message is written to the database before anything is done with it, with its delivery to the
helpdesk when a person has the conversation. Turns of one conversation run in order; a turn that
broke off (the process was killed, the database was away) is run again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from sqlalchemy.engine import Engine

from bot import texts
from bot.attachments import records
from bot.attachments.links import attached
from bot.calling_off import calls_person_off
from bot.channels import connectors
from bot.channels.turn import HandoffEnded, Reply, Turn, TurnOutput, TurnTaken
from bot.errors import InputRefused, MessageTooLong, TooManyMessages
from bot.handoff import lifecycle, lookup, waiting
from bot.handoff.forwarding import forward, forward_waiting
from bot.orders.replies import is_yes
from bot.rate_limit import RateLimit
from bot.settings import LANGUAGES, Settings
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import reading, transaction
from bot.storage.tracker_store import on_save

logger = logging.getLogger(__name__)

LEASE_MARGIN_SECONDS = 20.0
"""A lease outlives a turn by this much: the time to store an apology."""
SWEEP_SECONDS = 5.0
OFFERS_KEPT = 30
_SETTLE_SECONDS = 0.05
_FILES_BEFORE_WORDS = 20
"""Looked through for a customer's first words, which may come after files."""
CANCEL_PAYLOAD = "/cancel_handoff"
_FILE_ANSWER = "utter_file_received"
_WINDOW_SECONDS = 60.0
_LEADING_SLASHES = re.compile(r"^[/\s]+")


@dataclass(frozen=True)
class Incoming:
    """A customer's message as a channel received it.

    Attributes:
        text: what the customer sees as their own words.
        payload: payload of the button they pressed, or None.
        client_id: the sender's own id of the message; the same id is taken once.
        language: language of the page it was written on, a hint for the first words.
        attachments: ids of the files that go with it.
    """

    conversation_id: str
    channel: str
    text: str
    payload: str | None = None
    client_id: str | None = None
    language: str | None = None
    customer: Mapping[str, Any] = field(default_factory=dict)
    attachments: Sequence[str] = ()


class Intake:
    """Takes customers' messages in and has Rasa answer them.

    Args:
        agent: gives Rasa's agent once the model is loaded, else None.
        announce: called after something was written for a conversation.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        agent: Callable[[], Agent | None],
        announce: Callable[[str], None],
    ) -> None:
        self.engine = engine
        self.settings = settings
        self._agent = agent
        self._announce = announce
        # Weak: a lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._recent = RateLimit(settings.messages_per_minute, _WINDOW_SECONDS)
        self._running: set[asyncio.Task[None]] = set()
        self._lease = settings.turn_timeout + LEASE_MARGIN_SECONDS

    def receive(self, incoming: Incoming) -> Message:
        """Stores a message; what a person has to see is in the outbox with it.

        Raises:
            MessageTooLong: longer than the setting `message_max_chars`.
            TooManyMessages: more than `messages_per_minute`.
            AttachmentRefused: its files cannot go with it.
            InputRefused: nothing was said.
        """
        text = incoming.text.strip()
        if not text and not incoming.attachments:
            raise InputRefused(texts.say("utter_refused_empty", incoming.language))
        if len(text) > self.settings.message_max_chars:
            raise MessageTooLong(
                texts.say(
                    "utter_refused_too_long",
                    incoming.language,
                    limit=self.settings.message_max_chars,
                )
            )
        with transaction(self.engine) as connection:
            conversation = conversations.start(
                connection,
                incoming.conversation_id,
                incoming.channel,
                language=incoming.language if incoming.language in LANGUAGES else None,
                customer=incoming.customer,
            )
            known = incoming.client_id and conversations.by_client_id(
                connection, incoming.conversation_id, incoming.client_id
            )
            if known:
                return known
            self._limit(incoming.conversation_id, conversation.language)
            data: dict[str, Any] = {}
            offered = self._choose(connection, incoming, text)
            if offered is not None:
                text, data["payload"] = offered["title"], offered["payload"]
            handoff = lookup.current(connection, incoming.conversation_id)
            cancels = data.get("payload") == CANCEL_PAYLOAD or (
                handoff is not None
                and handoff.waiting
                and not incoming.attachments
                and calls_person_off(text)
            )
            if handoff is not None and not cancels:
                forward_waiting(connection, self.settings, handoff)
            message = conversations.append(
                connection,
                incoming.conversation_id,
                "customer",
                text,
                data=data,
                client_id=incoming.client_id,
            )
            if incoming.attachments:
                sent = records.send(
                    connection,
                    self.settings,
                    incoming.conversation_id,
                    incoming.attachments,
                    message_id=message.id,
                    language=conversation.language or incoming.language,
                )
                message = conversations.set_data(
                    connection, message.id, data | {"attachments": [each.stored for each in sent]}
                )
            if cancels:
                if handoff is not None:
                    lifecycle.cancel(connection, handoff)
                said = "utter_handoff_cancelled" if handoff is not None else "utter_okay"
                conversations.mark_handled(connection, message.id, nlu=None)
                conversations.append(
                    connection,
                    incoming.conversation_id,
                    "bot",
                    texts.say(said, conversation.language),
                    push=conversations.push_state(connection, incoming.conversation_id),
                )
            elif handoff is not None:
                contact: dict[str, str] = {}
                if handoff.waiting and handoff.contact_asked_at is not None:
                    contact = waiting.contact_in(text, handoff.language)
                message = forward(
                    connection,
                    handoff,
                    message,
                    contact=contact,
                    attachments=attached(self.settings, message),
                )
                if contact:
                    waiting.keep_contact(connection, handoff, contact)
        self._announce(incoming.conversation_id)
        return message

    async def answer(self, conversation_id: str) -> None:
        """Runs the turns that a conversation still waits for, oldest first.

        They run to their end even when the caller is cancelled, as a server does with a request
        whose client has hung up.
        """
        task = asyncio.create_task(self._run_turns(conversation_id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def _run_turns(self, conversation_id: str) -> None:
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            while True:
                with transaction(self.engine) as connection:
                    conversations.hold(connection, conversation_id)
                    message = conversations.next_turn(connection, conversation_id)
                    if message is None:
                        return
                    if not conversations.take_lease(connection, message.id, self._lease):
                        return
                    turn = self._prepare(connection, message)
                await self._run(turn)
                if not turn.committed:
                    return

    async def settled(self, message: Message) -> None:
        """Waits until a message is answered, by whichever worker, or deleted, or its time is up."""
        give_up = time.monotonic() + self.settings.turn_timeout
        while time.monotonic() < give_up:
            with reading(self.engine) as connection:
                found = conversations.several(connection, [message.id])
            if not found or found[0].handled_at is not None:
                return
            await asyncio.sleep(_SETTLE_SECONDS)

    async def on_new_message(self, message: UserMessage) -> None:
        """Entry for Rasa's stock connectors: stores a message and has it answered.

        Returns once it is stored, so that the platform gets its answer at once and does not send
        the message again. The replies are pushed; a refusal is told, and not raised.
        """
        told: Coroutine[Any, Any, None]
        try:
            stored = self.receive(
                Incoming(
                    conversation_id=connectors.conversation_id(message),
                    channel=message.input_channel or "unknown",
                    text=message.text or "",
                    client_id=connectors.message_id(message),
                    customer={
                        key: value
                        for key, value in (message.metadata or {}).items()
                        if key in ("name", "email", "phone_number")
                    },
                )
            )
        except InputRefused as refusal:
            told = connectors.tell(message, str(refusal))
        else:
            told = self.answer(stored.conversation_id)
        task = asyncio.create_task(told)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def recover(self, *, sole_worker: bool) -> None:
        """Runs turns that broke off, for as long as the server lives.

        Args:
            sole_worker: no other process answers, so at the start every lease has lapsed.
        """
        older_than = 0.0 if sole_worker else SWEEP_SECONDS
        if sole_worker:
            with transaction(self.engine) as connection:
                conversations.drop_leases(connection)
        while True:
            try:
                with reading(self.engine) as connection:
                    left = conversations.broken_off(connection, older_than=older_than)
                for conversation_id in dict.fromkeys(m.conversation_id for m in left):
                    logger.warning("Taking up a turn of %s that broke off", conversation_id)
                    await self.answer(conversation_id)
            except Exception:  # this loop must outlive whatever broke once
                logger.exception("Turns that broke off cannot be taken up; trying again")
            older_than = SWEEP_SECONDS
            await asyncio.sleep(SWEEP_SECONDS)

    def _prepare(self, connection: Any, message: Message) -> Turn:
        conversation = conversations.find(connection, message.conversation_id)
        handoff = lookup.current(connection, message.conversation_id)
        if handoff is not None and not message.data.get("handoff"):
            # Written while the turn before it was handing over.
            forward_waiting(connection, self.settings, handoff)
            message = conversations.get(connection, message.id)
        agent = self._agent()
        earlier = conversations.history(
            connection, message.conversation_id, speakers=["customer"], first=_FILES_BEFORE_WORDS
        )
        words = [each for each in earlier if not each.wordless]
        return Turn(
            settings=self.settings,
            message=message,
            channel=conversation.channel if conversation else "unknown",
            language=conversation.language if conversation else None,
            silent=handoff is not None,
            first=bool(words) and words[0].id == message.id,
            model=(agent.model_name or "") if agent is not None and agent.is_ready() else "",
        )

    async def _run(self, turn: Turn) -> None:
        token = on_save.set(turn.save)
        try:
            if turn.message.wordless:
                self._answer_file(turn)
            else:
                await asyncio.wait_for(self._ask_rasa(turn), self.settings.turn_timeout)
        except TurnTaken:
            turn.committed = True
        except HandoffEnded:
            turn.committed = False
        except asyncio.TimeoutError:
            turn.committed = False
            logger.error("No answer within %.0f s", self.settings.turn_timeout)
        except Exception:  # whatever broke, the customer gets an answer
            # Perhaps it broke while the outcome was being stored; storing it twice does nothing.
            turn.committed = False
            logger.exception("The turn for message %d broke off", turn.message.id)
        finally:
            on_save.reset(token)
        if not turn.committed:
            turn.replies.clear()
            try:
                with transaction(self.engine) as connection:
                    turn.finish(connection)
            except HandoffEnded:
                turn.committed = True
                with transaction(self.engine) as connection:
                    conversations.drop_lease(connection, turn.message.id)
            except Exception:  # the message is stored and unhandled: `recover` takes it up again
                turn.committed = False
                logger.exception("The outcome of message %d cannot be stored", turn.message.id)
        self._announce(turn.message.conversation_id)

    def _answer_file(self, turn: Turn) -> None:
        """A file without a word: Rasa has nothing to read, but a person has something to see."""
        if not turn.silent:
            offer = {"buttons": texts.buttons(_FILE_ANSWER, turn.language)}
            turn.replies.append(Reply(texts.say(_FILE_ANSWER, turn.language), offer))
        with transaction(self.engine) as connection:
            turn.finish(connection)

    async def _ask_rasa(self, turn: Turn) -> None:
        agent = self._agent()
        if agent is None or not agent.is_ready():
            raise RuntimeError("no model is loaded")
        message = turn.message
        # What only looks like a payload is text: Rasa takes anything after a leading slash for one.
        text = message.data.get("payload") or _LEADING_SLASHES.sub("", message.text) or "?"
        if turn.first and message.data.get("payload") and not text.endswith("}"):
            # A button pressed before any words, below the answer to a file: Rasa knows no language.
            text += json.dumps({"language": turn.language or LANGUAGES[0]})
        await agent.handle_message(
            UserMessage(
                text,
                TurnOutput(turn),
                message.conversation_id,
                input_channel=turn.channel,
                message_id=str(message.id),
                metadata={
                    "language": turn.language,
                    "handoff": turn.silent,
                    "first": turn.first,
                },
            )
        )

    def _limit(self, conversation_id: str, language: str | None) -> None:
        if not self._recent.use(conversation_id):
            raise TooManyMessages(texts.say("utter_refused_too_fast", language))

    def _choose(self, connection: Any, incoming: Incoming, text: str) -> dict[str, str] | None:
        """The button a customer pressed, if it was offered: a made-up payload is only text."""
        payload = incoming.payload or (text if text.startswith("/") else None)
        if payload is None:
            return self._yes_to_file(connection, incoming, text)
        recent = conversations.history(
            connection,
            incoming.conversation_id,
            speakers=("bot", "agent", "system"),
            limit=OFFERS_KEPT,
        )
        for message in reversed(recent):
            for button in message.data.get("buttons") or []:
                if button.get("payload") == payload:
                    conversations.set_data(
                        connection, message.id, dict(message.data) | {"chosen": payload}
                    )
                    return {"title": str(button["title"]), "payload": payload}
        return None

    def _yes_to_file(self, connection: Any, incoming: Incoming, text: str) -> dict[str, str] | None:
        """A yes to the person who can look at a file, as the press of that button.

        Rasa has not heard of the file: it would take the yes for one to what it said before.
        """
        if incoming.attachments or not is_yes(text):
            return None
        last = conversations.history(connection, incoming.conversation_id, limit=1)
        answers = {texts.say(_FILE_ANSWER, language) for language in LANGUAGES}
        if not last or last[0].speaker != "bot" or last[0].text not in answers:
            return None
        (button,) = texts.buttons(_FILE_ANSWER, None)
        return {"title": text, "payload": button["payload"]}
