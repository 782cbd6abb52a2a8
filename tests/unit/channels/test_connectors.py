"""Rasa's stock connectors, each against its platform's API: what comes in, and what goes out."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import json
import logging
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import platforms
import pytest
from aiogram.bot.api import TelegramAPIServer
from fbmessenger import MessengerClient
from platforms import CHAT, TELEGRAM_TOKEN, Platform
from rasa.core.channels import BUILTIN_CHANNELS, UserMessage
from rasa.core.channels.channel import InputChannel, OutputChannel
from rasa.core.channels.slack import SlackBot
from sanic import Sanic
from sanic.compat import Header
from sanic.request import Request
from twilio.http.http_client import TwilioHttpClient
from webexteamssdk import WebexTeamsAPI

from bot.channels import connectors, outputs
from bot.channels.rest import _sender_problem
from bot.errors import SettingsError
from bot.storage.conversations import Message

CREDENTIALS: dict[str, dict[str, Any]] = {
    "telegram": {"access_token": TELEGRAM_TOKEN, "verify": "nordlys_bot", "webhook_url": "x"},
    # A channel and a room are set, as in many installations: answers must not all go there.
    "slack": {"slack_token": "xoxb", "slack_channel": "C0", "slack_signing_secret": "s"},
    "facebook": {"verify": "v", "secret": "s", "page-access-token": "a-token"},
    "twilio": {"account_sid": "AC1", "auth_token": "a-token", "twilio_number": "+4600"},
    "rocketchat": {"user": "svara", "password": "p", "server_url": "http://x.invalid"},
    "mattermost": {"url": "http://x.invalid", "token": "t", "webhook_url": "http://y.invalid"},
    "webexteams": {"access_token": "t", "room": "R0"},
}
STOCK = sorted(connectors.STOCK)


def made(name: str, **credentials: Any) -> InputChannel:
    """A connector as Rasa makes it from credentials.yml."""
    return BUILTIN_CHANNELS[name].from_credentials(CREDENTIALS.get(name, {}) | credentials)


@dataclass(frozen=True)
class Wire:
    """How to talk to a platform in a test.

    Attributes:
        recipient: a conversation's address, and what of it the platform must see.
        refusal: status and body of a refusal.
    """

    platform: Callable[[], Platform]
    recipient: tuple[str, str]
    seen: Callable[[dict[str, Any]], Any]
    refusal: tuple[int, dict[str, Any]] = field(default=(403, {"message": "no"}))


WIRES = {
    "telegram": Wire(
        platforms.telegram,
        (str(CHAT), str(CHAT)),
        lambda f: (f["chat_id"], f["text"]),
        (403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}),
    ),
    "slack": Wire(
        platforms.slack,
        ("U1_C2", "C2"),
        lambda f: (f["channel"], f["text"]),
        (200, {"ok": False, "error": "channel_not_found"}),
    ),
    "facebook": Wire(
        platforms.facebook,
        ("777", "777"),
        lambda f: (f["recipient"]["id"], f["message"]["text"]),
        (400, {"error": {"code": 551}}),
    ),
    "twilio": Wire(
        platforms.twilio,
        ("whatsapp:+46701", "whatsapp:+46701"),
        lambda f: (f["To"], f["Body"]),
        (400, {"code": 21610, "message": "unsubscribed", "status": 400}),
    ),
    "rocketchat": Wire(
        platforms.rocketchat, ("room7", "room7"), lambda f: (f["roomId"], f["text"])
    ),
    "mattermost": Wire(
        platforms.mattermost, ("user1_place2", "place2"), lambda f: (f["channel_id"], f["message"])
    ),
    "webexteams": Wire(platforms.webex, ("R1", "R1"), lambda f: (f["roomId"], f["text"])),
}


@contextmanager
def reaching(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Platform, InputChannel]]:
    """A platform that runs, and a connector whose client is led to it."""
    with platforms.running(WIRES[name].platform()) as platform:
        url = platform.url

        class LocalSlack(SlackBot):
            def __init__(self, *args: Any) -> None:
                super().__init__(*args)
                self.client.base_url = f"{url}/api/"

        class LocalMessenger(MessengerClient):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.graph_url = url

        class LocalTwilio(TwilioHttpClient):
            def request(self, method: str, uri: str, **kwargs: Any) -> Any:
                return super().request(method, uri.replace("https://api.twilio.com", url), **kwargs)

        monkeypatch.setattr(outputs, "SlackBot", LocalSlack)
        monkeypatch.setattr(outputs, "MessengerClient", LocalMessenger)
        monkeypatch.setattr(outputs, "TwilioHttpClient", LocalTwilio)
        monkeypatch.setattr(
            outputs, "WebexTeamsAPI", functools.partial(WebexTeamsAPI, base_url=f"{url}/v1/")
        )
        here = {"rocketchat": {"server_url": url}, "mattermost": {"url": url}}.get(name, {})
        yield platform, made(name, **here)


def output_at(channel: InputChannel, platform: Platform) -> Any:
    """The connector's output; Telegram's is told its server."""
    output = connectors.output_for(channel)
    if channel.name() == "telegram":
        output.server = TelegramAPIServer.from_base(platform.url)
    return output


def run(output: OutputChannel, work: Any) -> Any:
    """Runs a coroutine, and ends the output's session with its loop."""

    async def whole() -> Any:
        try:
            return await work
        finally:
            if hasattr(output, "session"):
                await output.session.close()

    return asyncio.run(whole())


@pytest.mark.parametrize("name", STOCK)
def test_an_output_is_made_inside_a_running_loop_and_without_the_network(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the network was touched")

    async def make() -> OutputChannel:
        channel = made(name)
        monkeypatch.setattr(socket.socket, "connect", refuse)
        return connectors.output_for(channel)

    assert isinstance(asyncio.run(make()), OutputChannel)


@pytest.mark.parametrize("name", STOCK)
def test_words_go_to_the_recipient(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    address, place = WIRES[name].recipient
    with reaching(name, monkeypatch) as (platform, channel):
        output = output_at(channel, platform)
        run(output, output.send_response(address, {"text": "Hej, Åsa!"}))
    assert [WIRES[name].seen(call.fields) for call in platform.sent] == [(place, "Hej, Åsa!")]


@pytest.mark.parametrize("name", STOCK)
def test_a_refusal_is_an_error_whose_reason_names_neither_words_nor_token(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = WIRES[name].recipient
    with reaching(name, monkeypatch) as (platform, channel):
        platform.refusals.append(WIRES[name].refusal)
        output = output_at(channel, platform)
        with pytest.raises(Exception) as raised:
            run(output, output.send_response(address, {"text": "secret words"}))
    assert len(platform.sent) == 1
    reason = connectors.reason(raised.value)
    assert type(raised.value).__name__ in reason
    assert "secret words" not in reason
    assert "token" not in reason


@pytest.mark.parametrize("name", STOCK)
def test_a_platform_that_hangs_holds_nobody_else_up(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = WIRES[name].recipient

    async def others_go_on(platform: Platform, sending: Any) -> None:
        task = asyncio.create_task(sending)
        while not platform.calls:
            await asyncio.sleep(0.01)
        assert not task.done(), "nothing else was done until the platform had answered"
        platform.open.set()
        await task

    with reaching(name, monkeypatch) as (platform, channel):
        output = output_at(channel, platform)
        platform.open.clear()
        run(output, others_go_on(platform, output.send_response(address, {"text": "hej"})))


def test_a_client_that_has_no_timeout_of_its_own_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outputs, "REQUEST_SECONDS", 0.2)
    for name in ("facebook", "mattermost"):
        with reaching(name, monkeypatch) as (platform, channel):
            output = output_at(channel, platform)
            platform.open.clear()
            with pytest.raises(OSError, match="timed out"):
                asyncio.run(output.send_response(WIRES[name].recipient[0], {"text": "hej"}))


def test_rocketchat_is_logged_into_once_for_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def many(output: OutputChannel) -> None:
        await asyncio.gather(*(output.send_response("r", {"text": "hej"}) for _ in range(5)))

    with reaching("rocketchat", monkeypatch) as (platform, channel):
        asyncio.run(many(output_at(channel, platform)))
    assert len(platform.sent) == 5
    assert len(platform.calls) == 6


def test_slack_answers_in_the_thread_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with reaching("slack", monkeypatch) as (platform, channel):
        channel.use_threads = True
        asyncio.run(connectors.output_for(channel).send_response("U1_C2_17.5", {"text": "hej"}))
    assert platform.sent[0].fields["channel"] == "C2"
    assert platform.sent[0].fields["thread_ts"] == "17.5"


@pytest.mark.parametrize("name", ["hangouts", "rest"])
def test_a_connector_that_cannot_bring_an_agents_words_is_refused_at_the_start(name: str) -> None:
    channel = made(name)
    with pytest.raises(SettingsError, match=f"'{name}' can only answer while it is asked"):
        connectors.output_for(channel)


def test_credentials_that_cannot_be_used_are_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match=r"'telegram' cannot be set up.*ValidationError"):
        connectors.output_for(made("telegram", access_token="not a token"))


def test_another_makers_connector_is_pushed_to_by_its_own_output() -> None:
    sent: list[tuple[str, str]] = []

    class Carrier(OutputChannel):
        async def send_text_message(self, recipient_id: str, text: str, **_: Any) -> None:
            sent.append((recipient_id, text))

    class Pigeon(InputChannel):
        @classmethod
        def name(cls) -> str:
            return "pigeon"

        def get_output_channel(self) -> OutputChannel:
            return Carrier()

    asyncio.run(connectors.output_for(Pigeon()).send_response("loft-1", {"text": "hej"}))
    assert sent == [("loft-1", "hej")]


# What comes in.


async def deliver(
    channel: InputChannel,
    output: OutputChannel,
    body: bytes,
    headers: dict[str, str],
    *,
    times: int = 1,
) -> list[UserMessage]:
    """Gives a connector's webhook a request so many times; returns the messages it passed on."""
    taken: list[UserMessage] = []

    async def take(message: UserMessage) -> None:
        taken.append(message)

    blueprint = channel.blueprint(connectors.connect(channel, output, take))
    webhook = next(
        route.handler
        for route in blueprint._future_routes
        if route.uri == "/webhook" and "POST" in route.methods
    )
    app = Sanic(f"connector-{uuid.uuid4().hex}", configure_logging=False, register=False)
    for _ in range(times):
        request = Request(b"/webhook", Header(headers), "1.1", "POST", None, app)
        request.body = body
        assert (await webhook(request)).status < 300
    await asyncio.sleep(0.02)  # Slack's passes messages on from a task
    return taken


JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def signed_slack(body: bytes, headers: dict[str, str]) -> dict[str, str]:
    """As Slack signs its requests."""
    now = str(int(time.time()))
    digest = hmac.new(b"s", b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    return headers | {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={digest}"}


def signed_facebook(body: bytes, headers: dict[str, str]) -> dict[str, str]:
    """As Facebook signs its requests."""
    return headers | {"X-Hub-Signature": f"sha1={hmac.new(b's', body, hashlib.sha1).hexdigest()}"}


def plain(body: bytes, headers: dict[str, str]) -> dict[str, str]:
    """Not signed."""
    return headers


CHAT_JSON = {"id": CHAT, "type": "private"}
SLACK_TEXT = {
    "event": {
        "type": "app_mention",
        "text": "hello",
        "user": "U1",
        "channel": "C2",
        "ts": "17.5",
    },
    "authed_users": ["UBOT"],
}
SLACK_BUTTON = {
    "user": {"id": "U1"},
    "channel": {"id": "C2"},
    "message": {"ts": "17.5"},
    "actions": [{"type": "button", "value": "hello", "action_ts": "18.1"}],
}
FACEBOOK_TEXT = {"sender": {"id": "777"}, "message": {"mid": "m_1", "text": "hello"}}

ARRIVALS: list[tuple[str, Any, Any, str, str | None]] = [
    (
        "telegram",
        {"update_id": 9, "message": {"message_id": 1, "chat": CHAT_JSON, "text": "hello"}},
        plain,
        f"telegram-{CHAT}",
        "9",
    ),
    (
        "telegram",
        {
            "update_id": 10,
            "callback_query": {"id": "1", "data": "hello", "message": {"chat": CHAT_JSON}},
        },
        plain,
        f"telegram-{CHAT}",
        "10",
    ),
    ("slack", SLACK_TEXT, signed_slack, "slack-U1_C2", "17.5"),
    ("slack", {"payload": json.dumps(SLACK_BUTTON)}, signed_slack, "slack-U1_C2", "18.1"),
    (
        "facebook",
        {"entry": [{"messaging": [FACEBOOK_TEXT]}]},
        signed_facebook,
        "facebook-777",
        "m_1",
    ),
    (
        "twilio",
        {"From": "whatsapp:+46701", "Body": "hello", "MessageSid": "SM1"},
        plain,
        "twilio-whatsapp:+46701",
        "SM1",
    ),
    (
        "rocketchat",
        {"user_name": "anna", "text": "hello", "channel_id": "room7", "message_id": "k1"},
        plain,
        "rocketchat-room7",
        "k1",
    ),
    (
        "rocketchat",
        {"visitor": {}, "_id": "room8", "messages": [{"_id": "k2", "msg": "hello"}]},
        plain,
        "rocketchat-room8",
        "k2",
    ),
    (
        "mattermost",
        {
            "trigger_word": "@svara",
            "text": "@svara hello",
            "user_id": "user1",
            "channel_id": "place2",
            "post_id": "p1",
        },
        plain,
        "mattermost-user1_place2",
        "p1",
    ),
    (
        "mattermost",
        {
            "context": {"action": "hello"},
            "user_id": "user1",
            "channel_id": "place2",
            "post_id": "p1",
            "trigger_id": "t1",
        },
        plain,
        "mattermost-user1_place2",
        "t1",
    ),
    ("webexteams", {"data": {"id": "m1"}}, plain, "webexteams-R1", "m1"),
]


@pytest.mark.parametrize(("name", "body", "sign", "conversation", "message_id"), ARRIVALS)
def test_a_message_that_comes_in_has_its_conversation_and_its_platforms_id(
    name: str,
    body: dict[str, Any],
    sign: Any,
    conversation: str,
    message_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = name == "twilio" or "payload" in body
    raw = (urlencode(body) if form else json.dumps(body)).encode()
    headers = sign(raw, FORM if form else JSON)
    with reaching(name, monkeypatch) as (platform, channel):
        if name == "webexteams":
            channel.api = WebexTeamsAPI("t", base_url=f"{platform.url}/v1/")
        output = output_at(channel, platform)
        taken = run(output, deliver(channel, output, raw, headers, times=2))

    assert [m.text for m in taken] == ["hello", "hello"]
    assert {connectors.conversation_id(m) for m in taken} == {conversation}
    assert {connectors.message_id(m) for m in taken} == {message_id}
    assert all(m.output_channel is output for m in taken)
    assert platform.sent == []


def test_the_address_of_a_conversation_is_where_it_is_answered() -> None:
    for name in STOCK:
        address, _ = WIRES[name].recipient
        message = UserMessage("hej", None, address, input_channel=name)
        conversation = connectors.conversation_id(message)
        assert connectors.recipient_of(name, conversation) == address


@pytest.mark.parametrize(
    ("granularity", "threads", "expected"),
    [
        ("sender", False, "U1_C2"),
        ("sender", True, "U1_C2_17.5"),
        ("channel", False, "U1_C2"),
        ("thread", False, "U1_C2_17.5"),
    ],
)
def test_a_slack_conversation_is_a_user_in_a_place_or_thread(
    granularity: str, threads: bool, expected: str
) -> None:
    channel = made("slack", conversation_granularity=granularity, use_threads=threads)
    raw = json.dumps(SLACK_TEXT).encode()
    output = connectors.output_for(channel)
    taken = asyncio.run(deliver(channel, output, raw, signed_slack(raw, JSON)))
    assert [m.sender_id for m in taken] == [expected]


def test_every_message_of_a_facebook_request_is_taken() -> None:
    second = {"sender": {"id": "778"}, "postback": {"mid": "m_2", "payload": "/affirm"}}
    read = {"sender": {"id": "777"}, "read": {"watermark": 1}}
    body = {"entry": [{"messaging": [FACEBOOK_TEXT, read]}, {"messaging": [second]}]}
    raw = json.dumps(body).encode()
    channel = made("facebook")
    output = connectors.output_for(channel)
    taken = asyncio.run(deliver(channel, output, raw, signed_facebook(raw, JSON)))
    assert [(m.sender_id, m.text, connectors.message_id(m)) for m in taken] == [
        ("777", "hello", "m_1"),
        ("778", "/affirm", "m_2"),
    ]


def test_a_message_without_the_platforms_id_has_none() -> None:
    assert connectors.message_id(UserMessage("hej", None, "1")) is None


def test_telegram_is_told_where_to_bring_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    with reaching("telegram", monkeypatch) as (platform, channel):
        channel.webhook_url = "https://chat.example.com/webhooks/telegram/webhook"
        output = output_at(channel, platform)
        run(output, connectors.register(channel, output))
    assert [call.path.rpartition("/")[2] for call in platform.calls] == ["setWebhook"]
    assert platform.calls[0].fields["url"] == channel.webhook_url


def test_telegram_is_told_again_when_it_did_not_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connectors, "REGISTER_AGAIN_SECONDS", 0.01)
    with reaching("telegram", monkeypatch) as (platform, channel):
        platform.sends = lambda call: True
        platform.refusals.append((502, {"ok": False, "description": "Bad Gateway"}))
        output = output_at(channel, platform)
        run(output, connectors.register(channel, output))
    assert len(platform.calls) == 2
    assert "cannot be told to bring messages" in caplog.text
    assert TELEGRAM_TOKEN not in caplog.text


def test_a_refusal_that_cannot_be_told_is_logged_without_words(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reaching("facebook", monkeypatch) as (platform, channel):
        platform.refusals.append((400, {}))
        output = output_at(channel, platform)
        message = UserMessage("secret words", output, "777", input_channel="facebook")
        with caplog.at_level(logging.WARNING):
            asyncio.run(connectors.tell(message, "Too long"))
    assert "cannot be told through facebook: HTTPError (400)" in caplog.text
    assert "a-token" not in caplog.text


@pytest.mark.parametrize(
    "sender", ["telegram-12345", "slack-U1", "twilio-+46701", "other-pigeon-1", "web-1"]
)
def test_a_rest_sender_cannot_name_another_channels_conversation(sender: str) -> None:
    assert "may not start with" in (_sender_problem(sender) or "")


@pytest.mark.parametrize("sender", ["12345", "telegram", "anna-slack-1", "rest-1"])
def test_other_rest_senders_are_free(sender: str) -> None:
    assert _sender_problem(sender) is None


def test_an_agents_words_carry_their_name_and_an_answer_its_article() -> None:
    agent = Message(1, "c", "agent", "Hej!", {"agent": {"name": "Kim"}})
    assert connectors.as_response(agent)["text"] == "Kim: Hej!"
    article = {"title": "Returns", "url": "http://x/1"}
    answer = Message(2, "c", "bot", "Within 30 days.", {"article": article})
    assert connectors.as_response(answer)["text"] == "Within 30 days.\n\nReturns: http://x/1"


def test_what_a_connector_does_to_buttons_is_not_done_to_the_stored_message() -> None:
    message = Message(1, "c", "bot", "?", {"buttons": [{"title": "Yes", "payload": "/affirm"}]})
    connectors.as_response(message)["buttons"][0]["type"] = "postback"
    assert message.data["buttons"] == [{"title": "Yes", "payload": "/affirm"}]
