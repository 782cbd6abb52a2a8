"""The web chat's protocol as a program speaks it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

import socketio
from running_svara import RunningSvara, until


class ChatClient:
    """One connection.

    Attributes:
        session: what the server said when we connected.
        received: the messages that came since, in order.
        handoff: state of the handoff, as last told.
    """

    def __init__(
        self,
        svara: RunningSvara,
        *,
        session: str | None = None,
        language: str = "sv",
        after: int = 0,
    ) -> None:
        self.session: dict[str, Any] = {}
        self.received: list[dict[str, Any]] = []
        self.handoff: dict[str, Any] | None = None
        self._socket = socketio.Client(reconnection=False)
        self._socket.on("session", self.session.update)
        self._socket.on("messages", self.received.extend)
        self._socket.on("status", lambda status: setattr(self, "handoff", status["handoff"]))
        self._socket.connect(
            svara.url,
            socketio_path="/chat/socket.io",
            auth={"session": session, "language": language, "after": after},
            headers={"Origin": svara.url},
            transports=["polling"],
            wait_timeout=20,  # its own 1 s is short on a machine with much to do
        )
        until(lambda: self.session, "a session")

    @property
    def token(self) -> str:
        """Proves that the conversation is ours."""
        return str(self.session["session"])

    def send(self, text: str, **more: str) -> dict[str, Any]:
        """Sends a message; how the server acknowledged it."""
        sent = {"id": str(uuid.uuid4()), "text": text, **more}
        answer: dict[str, Any] = self._socket.call("message", sent, timeout=10)
        return answer

    def heard(self, text: str) -> dict[str, Any]:
        """Waits until the other side says something with these words in it."""
        found: dict[str, Any] = until(
            lambda: next((m for m in self.replies() if text in m["text"]), None),
            f"'{text}'; there is {self.received}",
        )
        return found

    def replies(self) -> list[dict[str, Any]]:
        """What the other side has said since we connected."""
        return [m for m in self.received if m["speaker"] != "customer"]

    def answer_to(self, text: str, **more: str) -> str:
        """Sends a message; the first words of the answer."""
        before = len(self.replies())
        assert self.send(text, **more)["ok"]
        until(lambda: len(self.replies()) > before, f"an answer to '{text}'")
        return str(self.replies()[before]["text"])

    def close(self) -> None:
        """Hangs up."""
        self._socket.disconnect()


@contextlib.contextmanager
def chatting(svara: RunningSvara, **how: Any) -> Iterator[ChatClient]:
    """A connection for the time of a `with` block."""
    client = ChatClient(svara, **how)
    try:
        yield client
    finally:
        client.close()
