"""Rasa's stock connectors: what Svara has to know of each, in one table.

A conversation that came by one has the id `<connector>-<address>`, so that ids of two channels
never meet; the address is where an answer goes, in the platform's own words.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rasa.core.channels import facebook as rasa_facebook
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.channels.telegram import TelegramOutput
from sanic.request import Request
from slack_sdk.errors import SlackApiError

from bot.channels import outputs
from bot.channels.outputs import Deferred
from bot.errors import SettingsError
from bot.storage.conversations import Message

logger = logging.getLogger(__name__)

MESSAGE_ID = "svara_message_id"
"""Key of the platform's own message id in a message's metadata."""
SEND_SECONDS = 15.0
REGISTER_AGAIN_SECONDS = 60.0
_OTHERS = "other-"
_MAX_ID_CHARS = 128

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


@dataclass(frozen=True)
class Stock:
    """One of Rasa's connectors.

    Attributes:
        output: makes its output, without touching the network.
        message_id: the platform's id of the message in a request, the same when it is sent again.
        address: where an answer to a message goes.
    """

    output: Callable[[Any], OutputChannel]
    message_id: Callable[[Request], Any]
    address: Callable[[UserMessage], str]


def output_for(channel: InputChannel) -> OutputChannel:
    """What messages of the connector's conversations are pushed to, at any time.

    Raises:
        SettingsError: the connector cannot be set up so, or can only answer while it is asked.
    """
    name = channel.name()
    stock = STOCK.get(name)
    try:
        if stock is not None:
            return stock.output(channel)
        found = channel.get_output_channel()
    except Exception as error:  # each client has errors of its own for credentials it cannot use
        raise SettingsError(
            f"credentials.yml: the connector '{name}' cannot be set up ({reason(error)}). "
            f"Check its credentials."
        ) from error
    if found is None:
        raise SettingsError(
            f"credentials.yml: the connector '{name}' can only answer while it is asked, so an "
            f"agent's words would never reach the customer. Take it out."
        )
    # Made anew each time: some collect all that they ever sent.
    return Deferred(lambda recipient: (channel.get_output_channel(), recipient))


def connect(
    channel: InputChannel, output: OutputChannel, on_new_message: OnNewMessage
) -> OnNewMessage:
    """Makes a connector's messages fit for the intake. Called before its blueprint is made.

    Returns:
        What the connector is to call with each message. The message it passes on has the address
        as its sender, the platform's id in its metadata, and `output` to answer through.
    """
    stock = STOCK.get(channel.name())
    address = _sender if stock is None else stock.address
    if stock is not None:
        _adapt(channel, stock, output)

    async def pass_on(message: UserMessage) -> None:
        message.sender_id = address(message)
        message.output_channel = output
        await on_new_message(message)

    return pass_on


async def register(channel: InputChannel, output: OutputChannel) -> None:
    """Tells a platform where to bring messages, until it has understood.

    Telegram is; the others are told by hand, on their own pages.
    """
    while isinstance(output, TelegramOutput):
        try:
            await asyncio.wait_for(output.set_webhook(channel.webhook_url), SEND_SECONDS)
            return
        except Exception as error:  # noqa: BLE001 (see `reason`)
            logger.error(
                "Telegram cannot be told to bring messages to %s: %s. Trying again in %.0f s",
                channel.webhook_url,
                reason(error),
                REGISTER_AGAIN_SECONDS,
            )
        await asyncio.sleep(REGISTER_AGAIN_SECONDS)


async def tell(message: UserMessage, text: str) -> None:
    """Says something to whoever sent a message, outside their conversation; logged if it fails."""
    said = message.output_channel.send_text_message(message.sender_id, text)
    try:
        await asyncio.wait_for(said, SEND_SECONDS)
    except Exception as error:  # noqa: BLE001 (see `reason`)
        logger.warning(
            "A refusal cannot be told through %s: %s", message.input_channel, reason(error)
        )


def conversation_id(message: UserMessage) -> str:
    """Id of the conversation that a connector's message belongs to."""
    return f"{_prefix(message.input_channel or '')}{message.sender_id}"


def recipient_of(channel: str, conversation_id: str) -> str:
    """Whom a connector writes to in a conversation."""
    return conversation_id.removeprefix(_prefix(channel))


def message_id(message: UserMessage) -> str | None:
    """The platform's own id of a message, the same when it is sent again; None if it has none."""
    found = (message.metadata or {}).get(MESSAGE_ID)
    return str(found)[:_MAX_ID_CHARS] if found else None


def as_response(message: Message) -> dict[str, Any]:
    """A stored message as Rasa's connectors take it; the article's link goes into the text."""
    text = message.text
    article = message.data.get("article")
    if article and article.get("url"):
        text = f"{text}\n\n{article['title']}: {article['url']}".strip()
    agent = message.data.get("agent")
    if agent and message.speaker == "agent":
        text = f"{agent.get('name', '')}: {text}"
    response: dict[str, Any] = {"text": text}
    if message.data.get("buttons"):
        # Copied: some connectors write into them.
        response["buttons"] = [dict(button) for button in message.data["buttons"]]
    return response


def reason(error: Exception) -> str:
    """What is logged of a connector's error: its kind and codes.

    A client may raise anything, and the error's own text may hold a customer's words or a token.
    """
    response = getattr(error, "response", None)
    if isinstance(error, SlackApiError):
        codes = [response.get("error")] if response is not None else []
    else:
        codes = [getattr(error, name, None) for name in ("status", "status_code", "code")]
        codes.append(getattr(response, "status_code", None))
    shown = ", ".join(dict.fromkeys(str(code) for code in codes if code))
    return f"{type(error).__name__} ({shown})" if shown else type(error).__name__


class Messenger(rasa_facebook.Messenger):
    """Reads Facebook's requests.

    Rasa's own takes the first message of a request only, hides that one could not be stored, and
    blocks the server while it tells Facebook that somebody is typing.
    """

    async def handle(self, payload: dict[str, Any], metadata: dict[str, Any] | None) -> None:
        """Takes every message in a request."""
        for entry in payload.get("entry") or []:
            for event in entry.get("messaging") or []:
                self.last_message = event
                said = event.get("message") or event.get("postback") or {}
                known = {**(metadata or {}), MESSAGE_ID: said.get("mid")}
                if event.get("message"):
                    await self.message(event, known)
                elif event.get("postback"):
                    await self.postback(event, known)

    async def _handle_user_message(
        self, text: str, sender_id: str, metadata: dict[str, Any] | None
    ) -> None:
        await self.on_new_message(
            UserMessage(text, None, sender_id, input_channel=self.name(), metadata=metadata)
        )


def _adapt(channel: InputChannel, stock: Stock, output: OutputChannel) -> None:
    own_metadata = channel.get_metadata

    def metadata(request: Request) -> dict[str, Any]:
        return {**(own_metadata(request) or {}), MESSAGE_ID: stock.message_id(request)}

    channel.get_metadata = metadata
    if channel.name() == "facebook":
        rasa_facebook.Messenger = Messenger
    if channel.name() != "slack":
        # Rasa's own use the network as they are made: Telegram's in an event loop of its own,
        # Rocket.Chat's at every message. Slack's does not, and says where a message was written.
        channel.get_output_channel = lambda: output


def _prefix(channel: str) -> str:
    return f"{channel}-" if channel in STOCK else f"{_OTHERS}{channel}-"


def _sender(message: UserMessage) -> str:
    return str(message.sender_id)


def _slack_address(message: UserMessage) -> str:
    user, place = message.sender_id.split("_")[0], message.output_channel
    parts = (user, place.slack_channel, place.thread_id)
    found = "_".join(part for part in parts if part)
    # Longer where Slack's `conversation_granularity` says so.
    return max(found, str(message.sender_id), key=len)


def _mattermost_address(message: UserMessage) -> str:
    return f"{message.sender_id}_{message.output_channel.bot_channel}"


def _body(request: Request) -> dict[str, Any]:
    body = request.json
    if isinstance(body, str):
        body = json.loads(body)
    return body if isinstance(body, dict) else {}


def _none(_request: Request) -> None:
    """Facebook's requests hold several messages, see `Messenger`."""


def _slack_message(request: Request) -> Any:
    if request.headers.get("content-type") == "application/json":
        # Not `event_id`: a mention comes as two events about one message.
        return _body(request).get("event", {}).get("ts")
    payload = json.loads(request.form.get("payload") or "{}")
    return next((action.get("action_ts") for action in payload.get("actions") or []), None)


def _rocketchat_message(request: Request) -> Any:
    body = _body(request)
    visitors: list[dict[str, Any]] = body.get("messages") or [{}]
    return body.get("message_id") or visitors[0].get("_id")


def _mattermost_message(request: Request) -> Any:
    body = _body(request)
    # A button's `post_id` is that of the post with the buttons.
    return body.get("trigger_id") if "context" in body else body.get("post_id")


def _webex_message(request: Request) -> Any:
    return _body(request).get("data", {}).get("id")


STOCK: Mapping[str, Stock] = {
    "telegram": Stock(outputs.telegram, lambda r: _body(r).get("update_id"), _sender),
    "slack": Stock(outputs.slack, _slack_message, _slack_address),
    "facebook": Stock(outputs.facebook, _none, _sender),
    "twilio": Stock(outputs.twilio, lambda r: r.form.get("MessageSid"), _sender),
    "rocketchat": Stock(outputs.rocketchat, _rocketchat_message, _sender),
    "mattermost": Stock(outputs.mattermost, _mattermost_message, _mattermost_address),
    "webexteams": Stock(outputs.webexteams, _webex_message, _sender),
}
PREFIXES = (*(f"{name}-" for name in STOCK), _OTHERS)
"""What ids of conversations start with that came by a connector."""
