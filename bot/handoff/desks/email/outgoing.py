"""The mails that a helpdesk gets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Any

from bot.handoff.desks.contract import Event
from bot.handoff.desks.email import identity
from bot.handoff.desks.email.options import Options
from bot.handoff.desks.email.replies import MARKER
from bot.handoff.desks.rendering import Rendering

OWN = "X-Svara-Handoff"
"""Header that our own mails bear, whatever a server makes of their Message-ID."""
GUIDE = """\
The customer reads what you answer to this mail, without what it quotes and without your signature.
To talk among yourselves, take {address} out of To. A line of its own with #close ends it, and the
customer is asked for a rating.
"""
_NAME = "Svara"
_URGENT = ("urgent", "high")


def opening(event: Event, options: Options, rendering: Rendering) -> EmailMessage:
    """The mail that hands over: everything to read, and the context as `handoff.json`."""
    context = event.data
    handoff_id = str(context["handoff_id"])
    text = rendering.opening(context) + "\n" + GUIDE.format(address=options.address)
    subject = f"{rendering.subject(context)} {identity.token(handoff_id)}"
    mail = _mail(options, handoff_id, subject, text)
    mail["Message-ID"] = identity.opening_id(handoff_id, options.domain)
    if context["priority"] in _URGENT:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail.add_attachment(_as_json(context), "application", "json", filename="handoff.json")
    return mail


def further(event: Event, options: Options, text: str, opening_subject: str | None) -> EmailMessage:
    """A later mail in the thread of the first.

    Args:
        opening_subject: of the first mail; None when it is not known any more.
    """
    handoff_id = str(event.data["handoff_id"])
    subject = f"Re: {opening_subject or identity.token(handoff_id)}"
    mail = _mail(options, handoff_id, subject, text + "\n")
    first = identity.opening_id(handoff_id, options.domain)
    mail["Message-ID"] = identity.further_id(handoff_id, event.webhook_id, options.domain)
    mail["In-Reply-To"] = first
    mail["References"] = first
    return mail


def _mail(options: Options, handoff_id: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{_NAME} <{options.address}>"
    mail["To"] = options.to
    if options.plus:
        mail["Reply-To"] = identity.plus_address(options.address, handoff_id)
    mail["Subject"] = _line(subject)
    mail["Date"] = formatdate(localtime=False)
    mail[OWN] = handoff_id
    # No answering machine is to answer. `Auto-Submitted` would say it too, but helpdesks that
    # make tickets of mails take none that bear it.
    mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    # Quoted-printable, as nobody knows which servers on the way take eight bits.
    mail.set_content(_readable(f"{MARKER}\n\n{text}"), cte="quoted-printable")
    return mail


def _as_json(context: Mapping[str, Any]) -> bytes:
    return json.dumps(context, ensure_ascii=False, indent=2).encode(errors="replace")


def _line(text: str) -> str:
    """A text that can be a header: one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", _readable(text)).strip()


def _readable(text: str) -> str:
    """Without halves of characters, which no mail can hold."""
    return text.encode(errors="replace").decode()
