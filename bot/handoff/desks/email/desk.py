"""A mailbox as a helpdesk: a handoff is a mail to it, and a thread of mails from then on.

SMTP cannot be asked whether a mail has arrived. So each has a Message-ID that is made of the
handoff's id, the same at every attempt; a copy goes to our own mailbox, and one that may have been
sent is looked for there before it is sent again.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP

from bot.errors import DeskError, DeskRefused, EventRefused
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    REQUESTED,
    Abilities,
    Event,
    FromAgent,
    News,
    Ticket,
)
from bot.handoff.desks.email import identity, incoming, outgoing
from bot.handoff.desks.email.mailbox import MAX_MAIL_BYTES, Head, Mailbox, Position
from bot.handoff.desks.email.options import read_options
from bot.handoff.desks.email.sending import send
from bot.handoff.desks.opening import Kind, Opening

logger = logging.getLogger(__name__)

WAITING = timedelta(days=1)
"""For so long an answer is kept whose handoff is not known yet: the mail was sent, but the server's
yes to it was lost."""
_WAITING_MOST = 200
_SUBJECTS = 1000


class EmailDesk:
    """One helpdesk's address.

    Args:
        opening: with the options of `KIND`.

    Raises:
        DeskRefused: an option cannot be used.
    """

    abilities = Abilities(polls=True)

    def __init__(self, opening: Opening) -> None:
        self.name = opening.entry.name
        self._rendering = opening.rendering
        self._options = read_options(opening)
        self._password = opening.key
        self._mailbox = Mailbox(self.name, self._options, opening.key)
        self._subjects: OrderedDict[str, str] = OrderedDict()

    def deliver(
        self, event: Event, ticket: Ticket | None, others: Collection[str] = ()
    ) -> Ticket | None:
        """See `bot.handoff.desks.contract.Desk`."""
        handoff_id = str(event.data["handoff_id"])
        if event.type == REQUESTED:
            mail = outgoing.opening(event, self._options, self._rendering)
            self._remember(handoff_id, str(mail["Subject"]))
            self._send(mail, again=True)
            return Ticket(handoff_id)
        if ticket is None:
            raise DeskRefused(
                f"{self.name} has no mail for the handoff '{handoff_id}'. Send its "
                "handoff.requested again first (`svara handoff replay`).",
                final=True,
            )
        text = self._text(event)
        if text:
            subject = self._subject(handoff_id)
            mail = outgoing.further(event, self._options, text, subject)
            self._send(mail, again=event.again)
        return None

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `bot.handoff.desks.contract.Desk`."""
        if cursor is None and not tickets:
            return News((), str(self._mailbox.position()))
        since = None if cursor is None else Position.parse(cursor)
        position, heads = self._mailbox.new(since)
        known = [ticket.id for ticket in tickets]
        events: list[FromAgent] = []
        waiting: list[int] = []
        for head in heads:
            try:
                mail = incoming.parse(head.headers)
                named = self._named(mail, head)
                ticket = _the_one(named, known)
                if named and ticket is None and _is_fresh(head):
                    waiting.append(head.uid)
                elif ticket is not None:
                    events += self._read(head, ticket)
            except DeskError:
                raise
            except Exception:
                # Whatever is wrong with one mail, those after it are read.
                logger.exception(
                    "%s: mail %d cannot be read and is passed over", self.name, head.uid
                )
        kept = tuple(waiting[-_WAITING_MOST:])
        return News(tuple(events), str(Position(position.validity, position.last, kept)))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `bot.handoff.desks.contract.Desk`: a mailbox sends no webhooks."""
        raise EventRefused(f"{self.name} is a mailbox and sends no webhooks.")

    def _text(self, event: Event) -> str:
        """What a later event says, in words; empty for one that there is nothing to say of."""
        if event.type == MESSAGE:
            return self._rendering.message(event.data["message"])
        if event.type == CANCELLED:
            return self._rendering.cancelled()
        return self._rendering.rated(event.data["rating"]) if event.type == RATED else ""

    def _send(self, mail: EmailMessage, *, again: bool) -> None:
        message_id = str(mail["Message-ID"])
        if again and self._mailbox.has(message_id):
            return
        login = (self._options.user, self._password) if self._options.smtp_login else None
        send(
            self.name,
            self._options.smtp,
            login,
            mail,
            to=self._options.to,
            copy_to=self._options.address,
        )
        try:
            self._mailbox.keep(message_id, mail.as_bytes(policy=SMTP))
        except DeskError as error:
            # It is sent. To call this a failure would send it a second time.
            logger.warning("%s: no copy of %s could be kept: %s", self.name, message_id, error)

    def _remember(self, handoff_id: str, subject: str) -> None:
        self._subjects[handoff_id] = subject
        if len(self._subjects) > _SUBJECTS:
            self._subjects.popitem(last=False)

    def _subject(self, handoff_id: str) -> str | None:
        """Of the first mail, as some mail programs put no other one into its thread."""
        known = self._subjects.get(handoff_id)
        if known is None:
            message_id = identity.opening_id(handoff_id, self._options.domain)
            headers = self._mailbox.headers_of(message_id)
            known = str(incoming.parse(headers)["Subject"] or "") if headers else ""
            self._remember(handoff_id, known)
        return known or None

    def _named(self, mail: EmailMessage, head: Head) -> str | None:
        """The handoff that an agent answers in a mail; None for a mail that no customer may see."""
        if incoming.is_own(mail, self._options):
            return None
        named = incoming.handoff_of(mail, self._options)
        if named is None:
            return None
        reason = self._objection(mail)
        if reason:
            logger.warning(
                "%s: mail %d about %s is not shown to the customer: %s",
                self.name,
                head.uid,
                named,
                reason,
            )
            return None
        return named

    def _objection(self, mail: EmailMessage) -> str:
        """Why a mail is not an agent's words to the customer; empty when it is."""
        if incoming.is_bounce(mail):
            return f"a server's notice. Look whether mails to {self._options.to} arrive"
        who = incoming.sender(mail)
        if who is None or not self._options.is_agent(who.address):
            return f"{who.address if who else 'its sender'} is not one of 'agents'"
        if incoming.is_automatic(mail):
            return "a program has written it"
        if not incoming.is_for_customer(mail, self._options):
            return f"{self._options.address} does not stand in To"
        by = self._options.verified_by
        if by and not incoming.is_verified(mail, by):
            return f"{by} does not say that {who.address} has sent it"
        return ""

    def _read(self, head: Head, ticket: str) -> list[FromAgent]:
        raw = self._mailbox.read(head.uid)
        if raw is None:
            logger.warning("%s: mail %d was deleted before it was read", self.name, head.uid)
            return []
        if head.size > MAX_MAIL_BYTES:
            logger.warning(
                "%s: mail %d has %d bytes; only its beginning is read",
                self.name,
                head.uid,
                head.size,
            )
        mail = incoming.parse(raw)
        who = incoming.sender(mail)
        found = [] if who is None else list(incoming.events(mail, raw, ticket, who))
        if not found:
            logger.warning("%s: mail %d about %s says nothing", self.name, head.uid, ticket)
        return found


def _the_one(named: str | None, known: Sequence[str]) -> str | None:
    """The ticket that a name, or the beginning of one, stands for."""
    found = [each for each in known if named and each.startswith(named)]
    return found[0] if len(found) == 1 else None


def _is_fresh(head: Head) -> bool:
    if head.arrived is None:
        return False
    return datetime.now(tz=timezone.utc) - head.arrived.astimezone(timezone.utc) < WAITING


KIND = Kind(
    "email",
    "a mailbox",
    EmailDesk,
    required={
        "to": "the helpdesk's address, which handoffs are sent to",
        "from": "Svara's own address, which agents answer to; only for it",
        "smtp": "server that mails are sent by, e.g. `mail.example.com`, with its port if need be",
        "imap": "server that answers are fetched from, likewise",
        "agents": "addresses and domains of those who may answer customers",
    },
    optional={
        "user": "login at both servers; default: the address in `from`",
        "smtp_security": "`tls` (default, port 465), `starttls` (587) or `none` (25)",
        "imap_security": "`tls` (default, port 993), `starttls` (143) or `none` (143)",
        "smtp_login": "`no` for a server that takes mails without a login; default: yes",
        "unencrypted": "`yes` allows `none` to another machine than this one",
        "folder": "that answers come to; default: INBOX",
        "sent": "folder with what was sent, for copies, and to look in before sending again",
        "plus": "`yes` when mails to `name+anything@domain` arrive too: answers then go to such",
        "verified_by": "name of your mail server in `Authentication-Results`; then an agent's mail "
        "counts only if it says `dmarc=pass`",
    },
    key="password of the login",
)
