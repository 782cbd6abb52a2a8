"""Rasa's stock connectors: how a stored message leaves through one."""

from __future__ import annotations

from rasa.core.channels.channel import InputChannel

from bot.channels.hub import Push
from bot.storage.conversations import Message


def pusher(channel: InputChannel) -> Push:
    """A function that pushes a message to a recipient through the connector."""

    async def push(recipient: str, message: Message) -> None:
        output = channel.get_output_channel()
        if output is None:
            raise RuntimeError(f"The connector '{channel.name()}' cannot write by itself")
        await output.send_response(recipient, as_response(message))

    return push


def as_response(message: Message) -> dict[str, object]:
    """A stored message as Rasa's connectors take it; the article's link goes into the text."""
    text = message.text
    article = message.data.get("article")
    if article and article.get("url"):
        text = f"{text}\n\n{article['title']}: {article['url']}".strip()
    agent = message.data.get("agent")
    if agent and message.speaker == "agent":
        text = f"{agent.get('name', '')}: {text}"
    response: dict[str, object] = {"text": text}
    if message.data.get("buttons"):
        response["buttons"] = message.data["buttons"]
    return response
