"""The outputs of Rasa's stock connectors, made fit to be pushed to at any time.

Each ends within a time, raises when the platform did not take the words, writes to the recipient
it is given, and leaves the server's event loop alone while the platform's client blocks.
Making one touches no network.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from fbmessenger import MessengerClient  # type: ignore[import-untyped]
from rasa.core.channels.channel import OutputChannel
from rasa.core.channels.facebook import FacebookInput, MessengerBot
from rasa.core.channels.mattermost import MattermostBot, MattermostInput
from rasa.core.channels.rocketchat import RocketChatBot, RocketChatInput
from rasa.core.channels.slack import SlackBot, SlackInput
from rasa.core.channels.telegram import TelegramInput, TelegramOutput
from rasa.core.channels.twilio import TwilioInput, TwilioOutput
from rasa.core.channels.webexteams import WebexTeamsBot, WebexTeamsInput
from rocketchat_API.rocketchat import RocketChat  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from webexteamssdk import WebexTeamsAPI  # type: ignore[import-untyped]

REQUEST_SECONDS = 10.0
"""Seconds that a platform has for one request."""
LOGIN_SECONDS = 600.0
"""Seconds that a login to Rocket.Chat is used: it may be ended there at any time."""
THREADS = 8
"""Threads a platform whose client blocks; they are started when there is something to send."""


class Deferred(OutputChannel):
    """Makes Rasa's output when there is something to send, and so for its recipient.

    Args:
        make: gives the output for a recipient, and what it is to be called with.
        blocking: the platform's client blocks: every response is sent in a thread.
    """

    def __init__(
        self, make: Callable[[str], tuple[OutputChannel, str]], *, blocking: bool = False
    ) -> None:
        self._make = make
        # A pool of its own: a platform that hangs keeps no thread from the rest of the server.
        self._pool = ThreadPoolExecutor(THREADS, "push") if blocking else None

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Sends one response; raises whatever the platform's client raises."""
        if self._pool is None:
            await self._send(recipient_id, message)
            return
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(
            self._pool, lambda: asyncio.run(self._send(recipient_id, message))
        )

    async def send_text_message(self, recipient_id: str, text: str, **_kwargs: Any) -> None:
        """Sends a text."""
        await self.send_response(recipient_id, {"text": text})

    async def _send(self, recipient_id: str, message: dict[str, Any]) -> None:
        output, address = self._make(recipient_id)
        await output.send_response(address, message)


class Session(requests.Session):
    """A session whose requests end, and in which an error's status is an error."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As `requests.Session.request`."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = REQUEST_SECONDS
        answer = super().request(*args, **kwargs)
        answer.raise_for_status()
        return answer


def telegram(channel: TelegramInput) -> OutputChannel:
    """Telegram's own output: its client does not block."""
    output = TelegramOutput(channel.access_token)
    output.timeout = REQUEST_SECONDS
    return output


def slack(channel: SlackInput) -> OutputChannel:
    """Slack: the recipient is `user`, `user_place` or `user_place_thread`."""

    def make(recipient: str) -> tuple[OutputChannel, str]:
        user, place, thread = (*recipient.split("_", 2), "", "")[:3]
        thread_id = thread if channel.use_threads and thread else None
        # Not the channel's own `slack_channel`: that is one place for everybody's answers.
        return SlackBot(channel.slack_token, None, thread_id, channel.proxy), place or user

    return Deferred(make)


def facebook(channel: FacebookInput) -> OutputChannel:
    """Messenger."""
    bot = MessengerBot(MessengerClient(channel.fb_access_token, session=Session()))
    return Deferred(lambda recipient: (bot, recipient), blocking=True)


def twilio(channel: TwilioInput) -> OutputChannel:
    """SMS and WhatsApp."""
    bot = _Twilio(channel.account_sid, channel.auth_token, channel.twilio_number)
    bot.http_client = TwilioHttpClient(timeout=REQUEST_SECONDS)
    return Deferred(lambda recipient: (bot, recipient), blocking=True)


def rocketchat(channel: RocketChatInput) -> OutputChannel:
    """Rocket.Chat: the recipient is a room."""
    return Deferred(_RocketChat(channel).room, blocking=True)


def mattermost(channel: MattermostInput) -> OutputChannel:
    """Mattermost: the recipient is `user_place`."""

    def make(recipient: str) -> tuple[OutputChannel, str]:
        place = recipient.rpartition("_")[2]
        return _Mattermost(channel.url, channel.token, place, channel.webhook_url), place

    return Deferred(make, blocking=True)


def webexteams(channel: WebexTeamsInput) -> OutputChannel:
    """Webex: the recipient is a room."""
    # Not the channel's own `room`: that is one place for everybody's answers.
    bot = WebexTeamsBot(channel.token, None)
    bot.api = WebexTeamsAPI(
        channel.token, single_request_timeout=int(REQUEST_SECONDS), wait_on_rate_limit=False
    )
    return Deferred(lambda recipient: (bot, recipient), blocking=True)


class _Twilio(TwilioOutput):
    async def _send_message(self, message_data: dict[str, Any]) -> Any:
        # Rasa's own logs a refusal and goes on as if the message were sent.
        return self.messages.create(**message_data)


class _Mattermost(MattermostBot):
    def _post_data_to_channel(self, data: dict[str, Any]) -> requests.Response:
        # Rasa's own has no timeout, and logs a refusal and goes on.
        with Session() as session:
            return session.post(
                f"{self.url}/posts", headers={"Authorization": f"Bearer {self.token}"}, json=data
            )


class _RocketChat:
    """Logs in when there is something to send, and again after a while."""

    def __init__(self, channel: RocketChatInput) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._client: RocketChat | None = None
        self._since = 0.0

    def room(self, recipient: str) -> tuple[OutputChannel, str]:
        """The output for a room."""
        with self._lock:
            now = time.monotonic()
            if self._client is None or now - self._since > LOGIN_SECONDS:
                self._client = RocketChat(
                    self._channel.user,
                    self._channel.password,
                    server_url=self._channel.server_url,
                    timeout=REQUEST_SECONDS,
                    session=Session(),
                )
                self._since = now
            return _Room(self._client), recipient


class _Room(RocketChatBot):
    def __init__(self, client: RocketChat) -> None:
        # Rasa's own logs in whenever one is made.
        self.rocket = client
