"""One conversation with a running Svara over its REST channel."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.commands.http import request_json
from bot.errors import SvaraError

OK = 200
BOT, NOTE = "Svara", "*"


@dataclass(frozen=True)
class Button:
    """A choice: what is shown and what is sent."""

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """What the bot or a person said.

    Attributes:
        speaker: the person's name, `Svara` for the bot, `*` for a note about the conversation.
        article: title and address of the source; None when there is none.
        files: name and address of each file.
    """

    id: int
    speaker: str
    text: str
    buttons: tuple[Button, ...] = ()
    article: tuple[str, str] | None = None
    files: tuple[tuple[str, str], ...] = ()


class Conversation:
    """Sends a customer's messages and fetches what is said back, each reply once.

    Args:
        url: Svara's address, without a trailing slash.
        sender: the customer's id.
        token: bearer token of the REST channel; empty for none.
        seconds: how long a reply may take.
    """

    def __init__(self, url: str, sender: str, *, token: str = "", seconds: float = 30.0) -> None:
        self._url = url.rstrip("/")
        self._sender = sender
        self._token = token
        self._seconds = seconds
        self._seen: set[int] = set()
        self._cursor = 0
        # A reply comes as the answer to a message or by asking for what is new, never as both.
        self._lock = threading.Lock()

    def send(self, text: str) -> list[Reply]:
        """Sends a message and returns the replies to it.

        Raises:
            SvaraError: the message was not taken.
        """
        body = {"sender": self._sender, "message": text}
        with self._lock:
            return self._unseen(self._ask("POST", "/webhooks/rest/webhook", body))

    def news(self) -> list[Reply]:
        """What was said since, as by a person who took over.

        Raises:
            SvaraError: it cannot be fetched.
        """
        with self._lock:
            path = f"/webhooks/rest/messages/{quote(self._sender, safe='')}?after={self._cursor}"
            replies = self._ask("GET", path)
            # Only this moves the cursor: a person's words can be older than a reply just read.
            self._cursor = max([self._cursor, *(reply.id for reply in replies)])
            return self._unseen(replies)

    def _unseen(self, replies: list[Reply]) -> list[Reply]:
        new = [reply for reply in replies if reply.id not in self._seen]
        self._seen.update(reply.id for reply in new)
        return new

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> list[Reply]:
        status, answer = request_json(
            method, self._url + path, token=self._token, body=body, seconds=self._seconds
        )
        if status != OK:
            raise SvaraError(_refusal(status, answer))
        try:
            return [parse_reply(raw) for raw in answer]
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise SvaraError(
                f"{self._url} does not answer like Svara's REST channel. Check the address."
            ) from error


def parse_reply(raw: Mapping[str, Any]) -> Reply:
    """A reply from its JSON.

    Raises:
        TypeError, KeyError, ValueError, AttributeError: it is of another form.
    """
    article = raw.get("article")
    agent = raw.get("agent") or {}
    speaker = NOTE if raw.get("speaker") == "system" else BOT
    return Reply(
        id=int(raw["id"]),
        speaker=str(agent.get("name") or speaker),
        text=str(raw.get("text") or ""),
        buttons=tuple(
            Button(str(button["title"]), str(button.get("payload") or button["title"]))
            for button in raw.get("buttons") or ()
        ),
        article=(str(article["title"]), str(article["url"])) if article else None,
        files=tuple((str(file["name"]), str(file["url"])) for file in raw.get("attachments") or ()),
    )


def _refusal(status: int, answer: Any) -> str:
    if status in {401, 403}:
        return (
            f"Svara refused the message ({status}). Its REST channel wants a token: "
            "set SVARA_REST_TOKEN to it."
        )
    said = answer.get("message") if isinstance(answer, dict) else None
    return f"Svara did not take the message ({status}): {said or 'no reason given.'}"
