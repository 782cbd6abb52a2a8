"""Freshdesk, over its API v2.

A customer's conversation with the bot is a contact there, with its id as external id: a contact's
tickets are listed from the database, at once and exactly, while Freshdesk's search lags by minutes.
Agents' words are the public replies and notes of a ticket. A webhook of an automation rule says
that there is something new, and what changed is asked for besides.
"""

from __future__ import annotations

import hmac
import html
import itertools
import json
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

from bot.errors import DeskRefused, EventRefused, SignatureRefused
from bot.handoff.desks.attachments import passed_on
from bot.handoff.desks.contract import MESSAGE, RESOLVED, Abilities, FromAgent, News, Ticket
from bot.handoff.desks.hook import UNREADABLE
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.opening import Kind, Opening
from bot.handoff.desks.ticket import TicketDesk
from bot.handoff.desks.watch import seconds, told_time
from kb_connector.html import to_markdown

TAG = "svara"
"""Of the tickets that Svara makes, for automation rules, and to know them by."""
HOOK_HEADER = "x-svara-secret"
PAUSE = "6"
"""Seconds between two looks: the smallest plan allows twenty lists of tickets a minute."""
_PRIORITIES = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
_OPEN, _RESOLVED, _CLOSED = 2, 4, 5
_REPLY, _NOTE = 0, 2
"""Kinds of words; others are forwards to third parties, surveys and the like."""
_PAGE = 100
_PAGES = 3
"""Of changed tickets; when there are more, the watched ones are read one by one."""
_OVERLAP = 60.0
"""Seconds that are asked for once more: what is committed late has an earlier time."""
_SETTLED = 10.0
"""Seconds after which a change is no longer followed by another one of the same time."""
_FIRST_LOOK = 7 * 86400.0
_BEFORE_HOOK = 3600.0
"""Seconds before a ticket's last change whose words a webhook may be about."""
_KNOWN = 1000


class FreshdeskDesk(TicketDesk):
    """The tickets of an account.

    Args:
        opening: with the options of `KIND`.

    Raises:
        DeskRefused: an option is not a number.
    """

    abilities = Abilities(attachments=True, notes=True, pushes=True, polls=True)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._url = opening.option("url").rstrip("/")
        self._group = _number(opening, "group", "0")
        self._pause = _number(opening, "pause", PAUSE)
        self._rested = 0.0
        self._hook_key = opening.hook_key
        self._me: int | None = None
        self._names: dict[int, str] = {}
        self._requesters: dict[str, int] = {}
        self._client = DeskClient(
            self.name,
            f"{self._url}/api/v2",
            allow_private=opening.entry.allow_private,
            auth=(opening.key, "X"),
        )

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`: of the last thirty days, longer than any retry."""
        params = {"unique_external_id": conversation_id, "per_page": _PAGE}
        try:
            found = self._client.get("/tickets", params)
        except DeskRefused as error:
            if error.status == 400 and "unique_external_id" in str(error):
                return []  # there is no such contact yet
            raise
        numbers = sorted((int(item["id"]) for item in self._list(found)), reverse=True)
        # A ticket that an agent has made for the contact is none of ours.
        return [
            self._ticket(number) for number in numbers if TAG in (self._read(number)["tags"] or ())
        ]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`.

        The contact has no e-mail address, also where the customer's is known: else Freshdesk would
        send agents' words by e-mail too, and to an address that nobody has checked.
        """
        body: dict[str, Any] = {
            "unique_external_id": context["conversation_id"],
            "name": context["customer"].get("name") or str(context["conversation_id"]),
            "subject": self.rendering.subject(context),
            "description": _as_html(self.rendering.opening(context)),
            "priority": _PRIORITIES[context["priority"]],
            "status": _OPEN,
            "tags": [TAG],
        }
        if self._group:
            body["group_id"] = self._group
        made = self._client.post("/tickets", body)
        try:
            return self._ticket(made["id"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} made no ticket: {made!r:.200}") from error

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`: a public note that came from the requester.

        A reply would be an agent's, to the customer.
        """
        requester = self._requesters.get(ticket.id)
        if requester is None:
            requester = int(self._read(ticket.id)["requester_id"])
            if len(self._requesters) >= _KNOWN:
                self._requesters.clear()
            self._requesters[ticket.id] = requester
        try:
            self._write(ticket, {"private": False, "incoming": True, "user_id": requester}, text)
        except DeskRefused:
            # Agents may have merged the contact into another one: it is looked up the next time.
            self._requesters.pop(ticket.id, None)
            raise

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`."""
        self._write(ticket, {"private": True}, text)

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        own = self._own()
        return [
            _soup(str(item.get("body") or "")).get_text("\n")
            for item in self._conversations(ticket.id)
            if item.get("incoming") or item.get("user_id") == own
        ]

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`."""
        self._client.call("PUT", f"/tickets/{int(ticket.id)}", body={"status": _RESOLVED})

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: of the tickets that have changed since.

        The cursor has Freshdesk's own time of the last look, and which changes after it, told in
        whole seconds, were read when no other one of the same second could follow any more.
        """
        state: dict[str, Any] = {"since": time.time() - _FIRST_LOOK, "read": {}}
        if cursor:
            if time.monotonic() < self._rested:
                return News((), cursor)
            state = json.loads(cursor)
        self._rested = time.monotonic() + self._pause
        since, read = float(state["since"]), dict(state["read"])
        watched = {ticket.id for ticket in tickets}
        changed, asked = self._changed(since, watched)
        events: list[FromAgent] = []
        for item in changed:
            number, at = str(item["id"]), str(item["updated_at"])
            if number in watched and read.get(number) != at:
                events += self._happened(item, since)
                if seconds(at) <= asked - _SETTLED:
                    read[number] = at
        since = asked - _OVERLAP
        read = {number: at for number, at in read.items() if seconds(at) >= since - _SETTLED}
        return News(tuple(events), json.dumps({"since": since, "read": read}))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`: a rule says that a ticket has changed, and we read it."""
        given = headers.get(HOOK_HEADER, "").encode()
        if not self._hook_key or not hmac.compare_digest(self._hook_key.encode(), given):
            raise SignatureRefused(
                f"The webhook needs the header {HOOK_HEADER.title()} with the secret that Svara "
                f"was given by `svara handoff secret {self.name} --hook`."
            )
        try:
            number = int(json.loads(body)["ticket"])
        except UNREADABLE as error:
            raise EventRefused('The body must be {"ticket": its number}.') from error
        item = self._read(number)
        return tuple(self._happened(item, seconds(item["updated_at"]) - _BEFORE_HOOK))

    def _changed(self, since: float, watched: set[str]) -> tuple[list[Any], float]:
        """Tickets that have changed since a time, and Freshdesk's time when it was asked."""
        moment = datetime.fromtimestamp(int(since), tz=timezone.utc)
        params = {
            "updated_since": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "order_by": "updated_at",
            "order_type": "asc",
            "per_page": _PAGE,
        }
        found: list[Any] = []
        asked = 0.0
        for page in range(1, _PAGES + 1):
            answer = self._client.call("GET", "/tickets", params=params | {"page": page})
            asked = asked or told_time(answer.headers)
            items = self._list(answer.json(self.name))
            found += items
            if len(items) < _PAGE:
                return found, asked
        return list(self._each(watched)), asked

    def _each(self, watched: set[str]) -> Iterator[Any]:
        for number in sorted(watched, key=int):
            try:
                yield self._read(number)
            except DeskRefused as error:
                if error.status != 404:  # deleted for good: nobody will say anything there
                    raise

    def _happened(self, item: Mapping[str, Any], since: float) -> Iterator[FromAgent]:
        """Agents' words in a ticket since a time, and its end."""
        number = str(item["id"])
        for said in self._conversations(number):
            if seconds(said["created_at"]) >= since:
                yield from self._words(number, said)
        if item["status"] in (_RESOLVED, _CLOSED):
            # A handoff ends once, so the ticket's number is enough.
            yield FromAgent(f"freshdesk-resolved-{number}", number, RESOLVED)

    def _words(self, number: str, said: Mapping[str, Any]) -> Iterator[FromAgent]:
        """What was said as an agent's words; nothing when no customer is to see it."""
        if (
            said.get("private") is not False
            or said.get("incoming") is not False
            or said.get("source") not in (_REPLY, _NOTE)
            or not said.get("user_id")
            or said["user_id"] == self._own()
        ):
            return
        soup = _soup(str(said.get("body") or ""))
        for quote in soup.select(".freshdesk_quote"):
            quote.decompose()
        text = to_markdown(str(soup), base_url=self._url).text
        files = [
            (str(each.get("name") or ""), str(each.get("attachment_url") or ""))
            for each in said.get("attachments") or ()
        ]
        text, links = passed_on(text, files)
        if text or links:
            agent = {"id": str(said["user_id"]), "name": self._name_of(int(said["user_id"]))}
            yield FromAgent(f"freshdesk-{said['id']}", number, MESSAGE, agent, text, tuple(links))

    def _name_of(self, agent: int) -> str:
        """An agent's name; empty when our agent may not see it."""
        name = self._names.get(agent)
        if name is None:
            try:
                found = self._client.get(f"/agents/{agent}")
            except DeskRefused as error:
                if error.status not in (403, 404):
                    raise
                found = {}
            name = str((found.get("contact") or {}).get("name") or "")
            if len(self._names) >= _KNOWN:
                self._names.clear()
            self._names[agent] = name
        return name

    def _own(self) -> int:
        """The agent that the key is of."""
        if self._me is None:
            self._me = int(self._client.get("/agents/me")["id"])
        return self._me

    def _conversations(self, number: str) -> list[Any]:
        found: list[Any] = []
        for page in itertools.count(1):
            params = {"per_page": _PAGE, "page": page}
            path = f"/tickets/{int(number)}/conversations"
            items = self._list(self._client.get(path, params))
            found += items
            if len(items) < _PAGE:
                break
        return found

    def _read(self, number: str | int) -> Mapping[str, Any]:
        return dict(self._client.get(f"/tickets/{int(number)}"))

    def _write(self, ticket: Ticket, how: Mapping[str, Any], text: str) -> None:
        body = {"body": _as_html(text), **how}
        self._client.call("POST", f"/tickets/{int(ticket.id)}/notes", body=body)

    def _ticket(self, number: Any) -> Ticket:
        return Ticket(str(number), f"{self._url}/a/tickets/{int(number)}")

    def _list(self, found: Any) -> list[Any]:
        if not isinstance(found, list):
            raise DeskRefused(f"{self.name} gave no list: {found!r:.200}")
        return found


def _number(opening: Opening, name: str, default: str) -> int:
    value = opening.option(name, default)
    if not value.isdecimal():
        raise DeskRefused(
            f"The desk '{opening.entry.name}' needs a whole number as its {name}, not {value!r}."
        )
    return int(value)


def _as_html(text: str) -> str:
    """Plain text as Freshdesk shows it: lines stay lines, and indented ones stay so."""
    lines = []
    for line in text.strip().splitlines():
        words = line.lstrip(" ")
        lines.append("&nbsp;" * (len(line) - len(words)) + html.escape(words, quote=False))
    return "<div>" + "<br>\n".join(lines) + "</div>"


def _soup(content: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        # words that are nothing but an address are words all the same
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(content, "lxml")


KIND = Kind(
    "freshdesk",
    "Freshdesk",
    FreshdeskDesk,
    required={"url": "of the account, as in https://shop.freshdesk.com"},
    optional={
        "group": "number of the group that gets the tickets",
        "pause": f"seconds between two looks at least, as plans limit calls; default: {PAUSE}",
    },
    key="API key of an agent; only for Svara",
    hook_key="secret of your choice (letters and digits) that the automation rule sends along",
)
