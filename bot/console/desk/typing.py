"""“Kim is writing”: told at once or not at all, as it is of no use a moment later."""

from __future__ import annotations

import logging
import uuid

import requests

from bot.console.desk.actions import event_data
from bot.console.desk.tickets import Ticket
from bot.console.staff import Staff
from bot.handoff import outbox, signing
from bot.settings import Settings

logger = logging.getLogger(__name__)

MIN_SECONDS_BETWEEN = 3.0
TIMEOUT = 2.0


def tell_typing(settings: Settings, ticket: Ticket, staff: Staff) -> bool:
    """Tells the customer's side that an agent writes, by the same door as everything else.

    Returns:
        Whether it was taken; it is not tried again.
    """
    body = outbox.envelope("agent.typing", event_data(ticket, staff))
    headers = signing.sign(settings.handoff_secrets, f"msg_typing_{uuid.uuid4().hex}", body)
    try:
        with requests.post(
            settings.inbound_url,
            data=body.encode(),
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            taken = answer.ok
    except requests.RequestException as error:
        logger.info("The customer was not told that an agent writes: %s", error)
        return False
    if not taken:
        logger.info("The customer was not told that an agent writes: %s", answer.status_code)
    return taken
