"""The default desk: whatever takes signed webhooks, the console's own desk among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.errors import EventRefused
from bot.handoff import signing
from bot.handoff.desks.contract import Abilities, Event, FromAgent, News, Ticket
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.opening import Kind, Opening


class WebhookDesk:
    """Posts each event as it is, signed by Standard Webhooks; see docs/handoff.md.

    Its agents' words come to `/handoff/v1/events`, signed in the same way.

    Args:
        name: as in `desks.yml`.
        url: where to post.
        secrets: `whsec_...`; the first signs.
        allow_private: it may be at an address that is not of the open internet.
    """

    abilities = Abilities(typing=True, attachments=True, notes=True, reopen=True, pushes=True)

    def __init__(self, name: str, url: str, secrets: Sequence[str], *, allow_private: bool) -> None:
        self.name = name
        self._secrets = tuple(secrets)
        self._client = DeskClient("the receiver", url, allow_private=allow_private)

    def deliver(
        self, event: Event, ticket: Ticket | None, others: Collection[str] = ()
    ) -> Ticket | None:
        """See `bot.handoff.desks.contract.Desk`."""
        headers = signing.sign(self._secrets, event.webhook_id, event.body)
        self._client.call("POST", "", data=event.body.encode(), headers=headers, wanted=False)
        return None

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """Nothing: it is not polled."""
        return News((), cursor or "")

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """Always refused: its events come to `/handoff/v1/events`."""
        raise EventRefused(f"{self.name} sends its events to POST /handoff/v1/events.")


def _open(opening: Opening) -> WebhookDesk:
    settings = opening.settings
    url = opening.option("url")
    return WebhookDesk(
        opening.entry.name,
        url or settings.helpdesk_url,
        settings.handoff_secrets,
        # The settings are the operator's own word; the console's desk is on this machine.
        allow_private=opening.entry.allow_private or not url,
    )


KIND = Kind(
    "webhook",
    "signed webhooks",
    _open,
    optional={"url": "where to post; default: `handoff_url`, else the console's own desk"},
)
