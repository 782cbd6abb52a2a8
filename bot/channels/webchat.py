"""Web chat over Socket.IO, with sessions that the server issues.

Its widget is in `widget/`, whose README describes the protocol.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, Sanic
from socketio import AsyncServer
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.attachments.kinds import ENDINGS
from bot.channels import sessions
from bot.channels.base import SvaraChannel, public_message
from bot.channels.intake import Incoming
from bot.errors import InputRefused, SessionRefused
from bot.handoff import lookup
from bot.settings import LANGUAGES, load_settings
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import reading, transaction

logger = logging.getLogger(__name__)

SOCKET_PATH = "/chat/socket.io"
MAX_FRAME_BYTES = 64 * 1024
HISTORY_LIMIT = 200


class _SocketBlueprint(Blueprint):
    """A blueprint that attaches the Socket.IO server to the application it is registered on."""

    def __init__(self, server: AsyncServer) -> None:
        super().__init__("webchat_socket")
        self.ctx.server = server

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        self.ctx.server.attach(app, SOCKET_PATH)
        super().register(app, options)


class WebChat(SvaraChannel):
    """The web chat channel."""

    def __init__(self) -> None:
        self.connected: dict[str, str] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.server = AsyncServer(
            async_mode="sanic",
            cors_allowed_origins=list(load_settings().allowed_origins),
            max_http_buffer_size=MAX_FRAME_BYTES,
            ping_interval=20,
            ping_timeout=20,
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("message", self._message)
        self.server.on("language", self._language)

    @classmethod
    def name(cls) -> str:
        """The channel's name."""
        return "webchat"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The Socket.IO endpoint."""
        return _SocketBlueprint(self.server)

    def start(self, intake: Any, hub: Any) -> None:
        """Listens to the hub for what to show."""
        super().start(intake, hub)
        hub.on_messages(self._show)
        hub.on_state(self._show_state)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> bool:
        wanted = auth if isinstance(auth, dict) else {}
        language = wanted.get("language") if wanted.get("language") in LANGUAGES else None
        given = wanted.get("after")
        after = given if isinstance(given, int) else 0
        try:
            token = sessions.renew(self.settings, str(wanted.get("session") or ""))
        except SessionRefused:
            # An old or foreign token gets a conversation of its own, never somebody else's.
            token, after = sessions.issue(self.settings, sessions.new_conversation_id()), 0
        conversation_id = sessions.read(self.settings, token)
        # Before the history is read: what is written in between comes twice, not never.
        self.connected[sid] = conversation_id
        self.hub.watch(conversation_id)
        self.server.enter_room(sid, conversation_id)
        with reading(self.engine) as connection:
            conversation = conversations.find(connection, conversation_id)
            said = conversations.history(
                connection, conversation_id, after=after, limit=HISTORY_LIMIT
            )
            handoff = lookup.public_state(lookup.current(connection, conversation_id))
        await self.server.save_session(sid, {"language": language})
        known = conversation.language if conversation else None
        await self.server.emit(
            "session",
            {
                "session": token,
                "language": known or language or LANGUAGES[0],
                "handoff": handoff,
                "history": [self._shown(message) for message in said],
                "attachments": {
                    "max_bytes": self.settings.attachment_max_bytes,
                    "per_message": self.settings.attachments_per_message,
                    "endings": list(ENDINGS),
                },
            },
            to=sid,
        )
        return True

    async def _disconnect(self, sid: str) -> None:
        conversation_id = self.connected.pop(sid, None)
        if conversation_id is not None:
            self.hub.unwatch(conversation_id)

    async def _language(self, sid: str, sent: Any = None) -> None:
        """The customer chose a language in the widget."""
        language = sent.get("language") if isinstance(sent, dict) else None
        conversation_id = self.connected.get(sid)
        if language not in LANGUAGES or conversation_id is None:
            return
        await self.server.save_session(sid, {"language": language})
        with transaction(self.engine) as connection:
            conversations.update(connection, conversation_id, language=language)

    async def _message(self, sid: str, sent: Any = None) -> dict[str, Any]:
        conversation_id = self.connected.get(sid)
        language = (await self.server.get_session(sid)).get("language")
        if conversation_id is None or not isinstance(sent, dict):
            return _refused("bad_session", texts.say("utter_refused_session", language))
        try:
            message = self.intake.receive(
                Incoming(
                    conversation_id=conversation_id,
                    channel=self.name(),
                    text=str(sent.get("text") or ""),
                    payload=str(sent["payload"]) if sent.get("payload") else None,
                    client_id=str(sent.get("id") or "")[:128] or None,
                    language=language,
                    attachments=_ids(sent.get("attachments")),
                )
            )
        except InputRefused as refusal:
            return _refused(refusal.code, str(refusal))
        except SQLAlchemyError:
            logger.exception("A message cannot be stored")
            return _refused("unavailable", texts.say("utter_technical_error", language))
        task = asyncio.create_task(self._answer(conversation_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return {"ok": True, "id": message.id}

    async def _answer(self, conversation_id: str) -> None:
        await self.server.emit("typing", {"on": True, "who": "bot"}, room=conversation_id)
        try:
            await self.intake.answer(conversation_id)
        finally:
            await self.server.emit("typing", {"on": False, "who": "bot"}, room=conversation_id)

    async def _show(self, conversation_id: str, messages: list[Message]) -> None:
        shown = [self._shown(message) for message in messages]
        await self.server.emit("messages", shown, room=conversation_id)

    def _shown(self, message: Message) -> dict[str, Any]:
        # The widget knows where the server is, by whichever of its names the page has reached it.
        return public_message(message, self.settings, base="")

    async def _show_state(
        self, conversation_id: str, handoff: dict[str, Any] | None, typing: bool
    ) -> None:
        await self.server.emit("status", {"handoff": handoff}, room=conversation_id)
        name = ((handoff or {}).get("agent") or {}).get("name")
        await self.server.emit(
            "typing", {"on": typing, "who": "agent", "name": name}, room=conversation_id
        )


def _ids(given: Any) -> list[str]:
    """Ids of files, as a message names them."""
    return [str(each)[:64] for each in given] if isinstance(given, list) else []


def _refused(code: str, text: str) -> dict[str, Any]:
    return {"ok": False, "error": code, "message": text}
