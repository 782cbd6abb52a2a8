"""What a mail to us means: whose it is, of which handoff, and what is said in it."""

from __future__ import annotations

import email
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import cast

from bs4 import BeautifulSoup

from bot.handoff.desks.attachments import passed_on
from bot.handoff.desks.contract import MESSAGE, RESOLVED, FromAgent
from bot.handoff.desks.email import identity
from bot.handoff.desks.email.options import Options
from bot.handoff.desks.email.outgoing import OWN
from bot.handoff.desks.email.replies import read_reply, unflowed
from bot.storage.conversations import storable
from kb_connector.html import to_markdown

_ID_CHARS = 180
_BULK = ("bulk", "junk", "auto_reply")
_AUTOMATIC = (
    "X-Auto-Response-Suppress",
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Failed-Recipients",
)
_AWAY = re.compile(
    r"\s*(?:automatic reply|auto[- ]?reply|autosvar|automatiskt? svar|out of (?:the )?office|"
    r"frånvaromeddelande|fraværsmelding|fraværsbesked)\b",
    re.IGNORECASE,
)
_DAEMONS = ("mailer-daemon", "postmaster")
_PGP_SIGNATURE = "application/pgp-signature"
_SIGNATURES = ".moz-signature, .gmail_signature, .gmail_signature_prefix"
"""What mail programs mark as such in HTML."""
_TEXTS = ("text/plain", "text/html")
_RECIPIENTS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class Sender:
    """Who a mail is from, as it says itself.

    Attributes:
        address: in small letters.
        name: never empty.
    """

    address: str
    name: str


def parse(raw: bytes) -> EmailMessage:
    """A mail, or the headers of one."""
    return email.message_from_bytes(raw, policy=default)


def is_own(mail: EmailMessage, options: Options) -> bool:
    """Whether we have sent it ourselves."""
    return mail[OWN] is not None or identity.is_own_id(_plain(mail, "Message-ID"), options.domain)


def is_bounce(mail: EmailMessage) -> bool:
    """Whether a server says that a mail could not be delivered, or was read."""
    found = sender(mail)
    return (
        mail.get_content_type() == "multipart/report"
        or _plain(mail, "Return-Path").strip() == "<>"
        or mail["X-Failed-Recipients"] is not None
        or (found is not None and found.address.partition("@")[0] in _DAEMONS)
    )


def is_automatic(mail: EmailMessage) -> bool:
    """Whether a program has written it: an answering machine, or a system's notice."""
    submitted = _plain(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _plain(mail, "Precedence").strip().lower() in _BULK
        or any(mail[name] is not None for name in _AUTOMATIC)
        or bool(_AWAY.match(str(mail["Subject"] or "")))
        or is_bounce(mail)
    )


def handoff_of(mail: EmailMessage, options: Options) -> str | None:
    """The id of the handoff that a mail names, or its beginning; None for none."""
    for name in ("In-Reply-To", "References"):
        found = identity.by_ids(_plain(mail, name), options.domain)
        if found:
            return found
    addressed = [each for name in _RECIPIENTS for each in _addresses(mail, name)]
    return identity.by_addresses(addressed, options.address) or identity.by_subject(
        str(mail["Subject"] or "")
    )


def sender(mail: EmailMessage) -> Sender | None:
    """The one that a mail is from; None when it names none, or several."""
    headers = mail.get_all("From", ())
    if len(headers) != 1:
        return None
    found: tuple[Address, ...] = getattr(headers[0], "addresses", ())
    if len(found) != 1 or not found[0].username or not found[0].domain:
        return None
    name = " ".join(storable(found[0].display_name).split())
    return Sender(storable(found[0].addr_spec).lower(), name or storable(found[0].username))


def is_for_customer(mail: EmailMessage, options: Options) -> bool:
    """Whether it is addressed to us, and not only sent to us as a copy of what others talk of."""
    local, _, domain = options.address.rpartition("@")
    pattern = re.compile(rf"{re.escape(local)}(?:\+[^@]*)?@{re.escape(domain)}", re.IGNORECASE)
    return any(pattern.fullmatch(each) for each in _addresses(mail, "To"))


def is_verified(mail: EmailMessage, server: str) -> bool:
    """Whether our own mail server says that the sender is genuine (RFC 8601, DMARC).

    Args:
        server: its name in `Authentication-Results`, in small letters.
    """
    for header in _raw(mail, "Authentication-Results"):
        by, _, results = re.sub(r"\([^()]*\)", " ", header).partition(";")
        if by.split()[:1] and by.split()[0].lower() == server:
            # Only the first one is sure to be the server's own: it stands above what came along.
            return bool(re.search(r"(?:^|;)\s*dmarc\s*=\s*pass\b", results, re.IGNORECASE))
    return False


def events(mail: EmailMessage, raw: bytes, ticket: str, who: Sender) -> Iterator[FromAgent]:
    """What an agent says by a mail; nothing when it has neither words nor files.

    Args:
        raw: the mail as it came.
        ticket: id of the handoff's ticket.
        who: the agent.
    """
    happening = _happening(mail, raw)
    agent = {"id": who.address, "name": who.name}
    reply = read_reply("\n".join(_texts(mail)))
    text, _ = passed_on(reply.text, ((name, "") for name in _files(mail)))
    text = storable(text).strip()
    if text:
        yield FromAgent(f"mail-{happening}", ticket, MESSAGE, agent, text)
    if reply.closes:
        yield FromAgent(f"mail-end-{happening}", ticket, RESOLVED, agent)


def _happening(mail: EmailMessage, raw: bytes) -> str:
    """What a mail is known by, also when it comes a second time."""
    message_id = _plain(mail, "Message-ID").strip().strip("<>")
    if re.fullmatch(rf"[!-~]{{1,{_ID_CHARS}}}", message_id):
        return message_id
    return hashlib.sha256(message_id.encode(errors="replace") or raw).hexdigest()


def _texts(part: EmailMessage) -> Iterator[str]:
    """The texts of a mail that are to be read one after another."""
    kind = part.get_content_type()
    if kind == "multipart/alternative":
        every = ["\n".join(_texts(each)) for each in _preferred(part)]
        yield next((text for text in every if text.strip()), "")
    elif kind in ("multipart/related", "multipart/signed"):
        for each in _children(part)[:1]:
            yield from _texts(each)
    elif part.is_multipart():
        if kind != "message/rfc822":
            for each in _children(part):
                yield from _texts(each)
    elif _is_text(part):
        yield _content(part)


def _preferred(part: EmailMessage) -> list[EmailMessage]:
    """The forms of the same text, the plainest first."""
    return sorted(_children(part), key=lambda each: each.get_content_type() != "text/plain")


def _content(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        text = raw.decode("utf-8", errors="replace")
    if part.get_content_type() == "text/html":
        return _html_text(text)
    if str(part.get_param("format", "")).lower() == "flowed":
        return unflowed(text, delete_space=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _html_text(html: str) -> str:
    soup = BeautifulSoup(html, "lxml")
    for signature in soup.select(_SIGNATURES):
        signature.decompose()
    return to_markdown(str(soup)).text


def _files(mail: EmailMessage) -> Iterator[str]:
    """Names of what was attached; pictures of a signature are no files."""
    for part in _leaves(mail):
        name = " ".join((part.get_filename() or "").split())
        if part.get_content_disposition() == "attachment":
            yield name or part.get_content_type()
        elif name and part["Content-ID"] is None and part.get_content_type() != _PGP_SIGNATURE:
            yield name


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """Every part that holds something; a mail within the mail is one."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for each in _children(part):
            yield from _leaves(each)
    else:
        yield part


def _is_text(part: EmailMessage) -> bool:
    # A whole without parts is one that was broken on its way; its text is there to read.
    return (
        (part.get_content_type() in _TEXTS or part.get_content_maintype() == "multipart")
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _children(part: EmailMessage) -> list[EmailMessage]:
    payload = part.get_payload()
    return [cast(EmailMessage, each) for each in payload] if isinstance(payload, list) else []


def _addresses(mail: EmailMessage, name: str) -> list[str]:
    """The addresses in a header."""
    return [address for _, address in getaddresses(_raw(mail, name)) if address]


def _plain(mail: EmailMessage, name: str) -> str:
    """A header as it came, in one line; all of them, where there are several."""
    return " ".join(" ".join(_raw(mail, name)).split())


def _raw(mail: EmailMessage, name: str) -> list[str]:
    """Headers as they came: Python's own parser breaks at what it did not expect in some."""
    return [str(value) for key, value in mail.raw_items() if key.lower() == name.lower()]
