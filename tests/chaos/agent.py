"""The helpdesk's agent: sends signed events, and, to see that they are refused, forged ones."""

from __future__ import annotations

import random
import time
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any

import requests
from running_svara import SECRET, RunningSvara
from standardwebhooks.webhooks import Webhook

from tests.chaos.receiver import event_body

PATIENCE = 300.0
"""Seconds that a sender tries: a process that was killed often is started again after 30 s."""
CLOCK_OFF_SECONDS = (-240, 0, 240)
"""By how much the clock that signs may be off; five minutes are allowed."""
NAME = "Astrid Lund"
_TIMEOUT = 10.0
_FORGERIES = ("unsigned", "another secret", "changed", "another id", "from the past", "early")
_WRONG_SECRET = "whsec_bm90IHRoZSBzZWNyZXQgdGhhdCB0aGV5IHNoYXJl"


def send(
    svara: RunningSvara, kind: str, about: dict[str, Any], dice: random.Random, **data: Any
) -> None:
    """Sends an event until it is taken, under one id, to either port, by a clock that may be off.

    Raises:
        AssertionError: it is refused, or nobody took it for `PATIENCE` seconds.
    """
    agent = {"id": "7", "name": NAME}
    body = event_body(kind, about, agent=agent, **data)
    webhook_id = f"evt_{uuid.uuid4().hex}"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        headers = signed(webhook_id, body, off=dice.choice(CLOCK_OFF_SECONDS))
        status = post(svara, body, headers, staff_port=dice.random() < 0.3)
        if status is not None and status < 500:
            assert status == 200, f"{kind} was answered {status}"
            return
        time.sleep(0.2)  # between two attempts of a client
    raise AssertionError(f"{kind} could not be sent within {PATIENCE:.0f} s")


def forge(svara: RunningSvara, about: dict[str, Any], dice: random.Random, text: str) -> int | None:
    """Sends an event that is not from the helpdesk.

    Args:
        text: what a customer must never see.

    Returns:
        The status of the answer, None when there was none.
    """
    body = event_body("message.created", about, agent={"id": "0", "name": "Mallory"}, text=text)
    webhook_id = f"evt_{uuid.uuid4().hex}"
    headers = signed(webhook_id, body)
    how = dice.choice(_FORGERIES)
    if how == "unsigned":
        headers = {}
    elif how == "another secret":
        headers = signed(webhook_id, body, secret=_WRONG_SECRET)
    elif how == "changed":
        body = body.replace("Mallory", "Astrid Lund")
    elif how == "another id":
        headers["webhook-id"] = f"evt_{uuid.uuid4().hex}"
    else:
        headers = signed(webhook_id, body, off=-600 if how == "from the past" else 600)
    return post(svara, body, headers, staff_port=dice.random() < 0.3)


def signed(webhook_id: str, body: str, *, off: int = 0, secret: str = SECRET) -> dict[str, str]:
    """The headers of an event.

    Args:
        off: seconds by which the clock is ahead.
    """
    now = datetime.now(tz=timezone.utc) + timedelta(seconds=off)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(webhook_id, now, body),
    }


def post(
    svara: RunningSvara, body: str, headers: dict[str, str], *, staff_port: bool
) -> int | None:
    """One attempt: the status, None when there was no answer."""
    base = svara.staff_url if staff_port else svara.url
    try:
        return requests.post(
            f"{base}/handoff/v1/events",
            data=body.encode(),
            headers={"content-type": "application/json", **headers},
            timeout=_TIMEOUT,
        ).status_code
    except requests.RequestException:
        return None
