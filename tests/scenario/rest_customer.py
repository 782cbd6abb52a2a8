"""A customer behind the REST channel, who remembers every word of both sides."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests
from running_svara import RunningSvara, authorised, until


@dataclass
class Line:
    """One thing said, as the customer saw it.

    Attributes:
        chosen: payload of the button that was pressed, None when none was.
    """

    speaker: str
    text: str
    buttons: list[dict[str, str]] = field(default_factory=list)
    chosen: str | None = None


class RestCustomer:
    """Writes by `POST`, reads by `GET`.

    Attributes:
        lines: the conversation so far.
        last_id: of the newest message read.
    """

    def __init__(self, svara: RunningSvara, **more: Any) -> None:
        self.svara = svara
        self.sender = f"customer-{uuid.uuid4().hex[:12]}"
        self.more = more
        self.lines: list[Line] = []
        self.last_id = 0

    def post(self, text: str, message_id: str | None = None, timeout: float = 40) -> Any:
        """Posts a message, as the product's documentation says."""
        body = {"sender": self.sender, "message": text, **self.more}
        if message_id:
            body["message_id"] = message_id
        return requests.post(
            f"{self.svara.url}/webhooks/rest/webhook",
            json=body,
            headers=authorised(),
            timeout=timeout,
        )

    def say(self, text: str) -> list[str]:
        """Says something; the texts of the replies."""
        answer = self.post(text)
        assert answer.status_code == 200, answer.text
        self.lines.append(Line("customer", text))
        return self._heard(answer.json())

    def press(self, title: str) -> list[str]:
        """Presses the newest button with this title; the texts of the replies."""
        for line in reversed(self.lines):
            for button in line.buttons:
                if button["title"] == title:
                    answer = self.post(button["payload"])
                    assert answer.status_code == 200, answer.text
                    line.chosen = button["payload"]
                    self.lines.append(Line("customer", title))
                    return self._heard(answer.json())
        raise AssertionError(f"no button '{title}' in {self.lines}")

    def fetch(self, after: int = 0) -> list[dict[str, Any]]:
        """What the other side wrote after a message."""
        answer = requests.get(
            f"{self.svara.url}/webhooks/rest/messages/{self.sender}",
            params={"after": after},
            headers=authorised(),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def read(self, *texts: str) -> list[dict[str, Any]]:
        """Waits for news with exactly these texts, and takes note of them."""
        news: list[dict[str, Any]] = until(
            lambda: [m for m in [self.fetch(self.last_id)] if len(m) >= len(texts)],
            f"{len(texts)} messages to {self.sender}",
        )[0]
        assert [message["text"] for message in news] == list(texts)
        self._heard(news)
        return news

    def say_stubbornly(self, text: str, patience: float = 90) -> None:
        """Says something over a connection that may break, under one id, until it is answered."""
        message_id = uuid.uuid4().hex
        deadline = time.monotonic() + patience
        while True:
            try:
                answer = self.post(text, message_id, timeout=10)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code < 500:
                assert answer.status_code == 200, answer.text
                return
            assert time.monotonic() < deadline, f"'{text}' could not be sent"
            time.sleep(0.1)  # between two attempts of a client, not for our own sake

    def _heard(self, replies: list[dict[str, Any]]) -> list[str]:
        for reply in replies:
            self.lines.append(Line(reply["speaker"], reply["text"], reply.get("buttons", [])))
            self.last_id = max(self.last_id, reply["id"])
        return [reply["text"] for reply in replies]
