"""The REST channel: Rasa's own address and form, with a lock on the door.

`POST /webhooks/rest/webhook` answers with the replies of the turn;
`GET /webhooks/rest/messages/<sender>?after=<id>` with what was written since, an agent's words too.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.attachments import files
from bot.channels import connectors, sessions
from bot.channels.base import SvaraChannel, public_message
from bot.channels.intake import Incoming
from bot.channels.rest_body import BodyRefused, SentFile, received
from bot.errors import InputRefused, StorageError, TooManyMessages
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import reading

logger = logging.getLogger(__name__)

MAX_SENDER_CHARS = 128
PAGE = 200
_LARGEST_ID = 2**31 - 1
_NOT_THE_CUSTOMER = ("bot", "agent", "system")


class RestChannel(SvaraChannel):
    """The REST channel."""

    @classmethod
    def name(cls) -> str:
        """The channel's name, also its address under `/webhooks/`."""
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The channel's routes."""
        blueprint = Blueprint("rest_channel")

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            refused = self._refuse(request)
            return refused or await self._receive(request)

        @blueprint.get("/messages/<sender>")
        async def later(request: Request, sender: str) -> HTTPResponse:
            refused = self._refuse(request)
            return refused or self._later(request, sender)

        return blueprint

    async def _receive(self, request: Request) -> HTTPResponse:
        try:
            sent = await received(request, self.settings)
        except BodyRefused as refusal:
            return _problem(refusal.status, str(refusal))
        problem = _sender_problem(sent.get("sender"))
        text = sent.get("message", "" if sent.files else None)
        if problem or not isinstance(text, str):
            return _problem(400, problem or "'message' must be a text.")
        sender, language = str(sent.get("sender")), str(sent.get("language") or "")
        kept: list[str] = []
        try:
            for file in sent.files:
                kept.append(await self._keep(sender, file, language))
            message = self.intake.receive(
                Incoming(
                    conversation_id=sender,
                    channel=self.name(),
                    text=text,
                    client_id=str(sent.get("message_id"))[:128] if sent.get("message_id") else None,
                    language=language,
                    customer=_customer(sent.get("customer")),
                    attachments=kept,
                )
            )
            await self.intake.answer(message.conversation_id)
            await self.intake.settled(message)
            return response.json(self._replies(message))
        except TooManyMessages as refusal:
            return _problem(429, str(refusal))
        except InputRefused as refusal:
            return _problem(400, str(refusal), code=refusal.code)
        except StorageError as error:
            logger.error("A customer's file cannot be taken: %s", error)
            return _problem(503, "The file could not be stored. Send it again.")
        except SQLAlchemyError:
            logger.exception("A message cannot be stored")
            return _problem(503, "The database did not answer. Send it again with its message_id.")
        finally:
            # Refused, or sent a second time: nobody asks for them.
            await self._discard(sender, kept)

    async def _keep(self, sender: str, file: SentFile, language: str) -> str:
        def keep() -> str:
            return files.take(
                self.engine, self.settings, sender, file.name, file.content, language=language
            ).id

        return await asyncio.get_running_loop().run_in_executor(None, keep)

    async def _discard(self, sender: str, ids: list[str]) -> None:
        if not ids:
            return
        try:
            await asyncio.get_running_loop().run_in_executor(
                None, files.discard, self.engine, self.settings, sender, ids
            )
        except SQLAlchemyError:
            logger.exception("Files that were not sent cannot be removed; they go in a day")

    def _later(self, request: Request, sender: str) -> HTTPResponse:
        problem = _sender_problem(sender)
        if problem:
            return _problem(400, problem)
        try:
            after = min(max(int(request.args.get("after", 0)), 0), _LARGEST_ID)
        except ValueError:
            return _problem(400, "'after' must be the id of a message, a whole number.")
        try:
            with reading(self.engine) as connection:
                said = conversations.history(
                    connection, sender, after=after, speakers=_NOT_THE_CUSTOMER, first=PAGE
                )
        except SQLAlchemyError:
            logger.exception("Messages cannot be read")
            return _problem(503, "The messages could not be read. Ask again.")
        return response.json([self._shown(message) for message in said])

    def _replies(self, message: Message) -> list[dict[str, Any]]:
        with reading(self.engine) as connection:
            said = conversations.history(connection, message.conversation_id, after=message.id)
        replies: list[dict[str, Any]] = []
        for line in said:
            if line.speaker == "customer":
                break
            if line.speaker in ("bot", "system"):
                replies.append(self._shown(line))
        return replies

    def _shown(self, message: Message) -> dict[str, Any]:
        shown = public_message(message, self.settings)
        return {"recipient_id": message.conversation_id, **shown}

    def _refuse(self, request: Request) -> HTTPResponse | None:
        token = self.settings.rest_token
        if token:
            given = request.headers.get("authorization", "").removeprefix("Bearer ")
            if hmac.compare_digest(given.encode(errors="replace"), token.encode()):
                return None
            return _problem(401, "Send 'Authorization: Bearer <token>' with SVARA_REST_TOKEN.")
        # A proxy on this machine would make the whole world local.
        proxied = {"x-forwarded-for", "forwarded", "x-real-ip", "via"} & set(request.headers)
        if (
            not self.settings.public_url
            and not proxied
            and ipaddress.ip_address(request.ip).is_loopback
        ):
            return None
        return _problem(403, "Only this machine may call; set SVARA_REST_TOKEN to allow others.")


def _customer(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    return {key: str(given[key])[:200] for key in ("name", "email") if given.get(key)}


def _sender_problem(sender: Any) -> str | None:
    if not isinstance(sender, str) or not 1 <= len(sender) <= MAX_SENDER_CHARS:
        return f"'sender' must be a text of 1 to {MAX_SENDER_CHARS} characters."
    for prefix in (sessions.PREFIX, *connectors.PREFIXES):
        if sender.startswith(prefix):
            return f"'sender' may not start with '{prefix}': those are another channel's."
    return None


def _problem(status: int, text: str, code: str = "refused") -> HTTPResponse:
    return response.json({"error": code, "message": text}, status=status)
