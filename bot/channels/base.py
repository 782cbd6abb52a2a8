"""What our own channels share: they are handed the intake and the hub when the server starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.channels.channel import InputChannel
from sqlalchemy.engine import Engine

from bot.attachments.links import attached
from bot.channels.hub import Hub
from bot.channels.intake import Intake
from bot.settings import Settings
from bot.storage.conversations import Message


class SvaraChannel(InputChannel):
    """A channel that goes through Svara's intake. `start` is called once the server runs."""

    intake: Intake
    hub: Hub
    settings: Settings
    engine: Engine

    def start(self, intake: Intake, hub: Hub) -> None:
        """Takes what the server made at its start."""
        self.intake = intake
        self.hub = hub
        self.settings = intake.settings
        self.engine = intake.engine

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> SvaraChannel:
        """The channel has no credentials of its own: its settings are Svara's."""
        return cls()


def public_message(
    message: Message, settings: Settings, *, base: str | None = None
) -> dict[str, Any]:
    """A message as customers' channels show it; what is internal stays behind.

    Args:
        base: origin of the links to its files; default: the public address.
    """
    shown: dict[str, Any] = {
        "id": message.id,
        "speaker": message.speaker,
        "text": message.text,
        "time": message.time,
    }
    if message.client_id:
        shown["client_id"] = message.client_id
    for key in ("buttons", "article", "chosen"):
        if message.data.get(key):
            shown[key] = message.data[key]
    files = attached(settings, message, base=base)
    if files:
        shown["attachments"] = files
    agent = message.data.get("agent")
    if agent:
        shown["agent"] = {"name": agent.get("name", "")}
    return shown
