"""Request Tracker 5, over REST 2.0.

A ticket has the conversation's id in a custom field of its queue. Agents' words come by a scrip
that posts them (docs/desks.md), and are asked for besides, so that none is lost with a webhook.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.errors import DeskRefused
from bot.handoff import signing
from bot.handoff.desks.contract import MESSAGE, RESOLVED, Abilities, FromAgent, News, Ticket
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.opening import Kind, Opening
from bot.handoff.desks.ticket import TicketDesk
from kb_connector.html import to_markdown

FIELD = "Conversation ID"
_PRIORITIES = {"urgent": 100, "high": 75, "normal": 50, "low": 25}
_PAGE = 100
_PAGES = 50
"""Of transactions read at once; the rest comes the next time."""
_DONE = ("resolved", "rejected", "deleted")


class RequestTrackerDesk(TicketDesk):
    """One queue.

    Args:
        opening: with the options of `KIND`.
    """

    abilities = Abilities(attachments=True, notes=True, reopen=True, pushes=True, polls=True)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._url = opening.option("url").rstrip("/")
        self._queue = opening.option("queue")
        self._field = opening.option("field", FIELD)
        self._hook_key = opening.hook_key
        self._user = opening.option("user")
        by_token = opening.option("key") == "token"
        self._client = DeskClient(
            self.name,
            f"{self._url}/REST/2.0",
            allow_private=opening.entry.allow_private,
            auth=None if by_token else (self._user, opening.key),
            headers={"authorization": f"token {opening.key}"} if by_token else {},
        )

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`."""
        query = (
            f"Queue = {_quoted(self._queue)} AND CF.{{{self._field}}} = {_quoted(conversation_id)}"
        )
        params = {"query": query, "per_page": _PAGE, "orderby": "id", "order": "DESC"}
        found = self._client.get("/tickets", params)
        return [self._ticket(item["id"]) for item in self._items(found)]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`."""
        customer = context["customer"]
        body: dict[str, Any] = {
            "Queue": self._queue,
            "Subject": self.rendering.subject(context),
            "Content": self.rendering.opening(context),
            "ContentType": "text/plain",
            "Priority": _PRIORITIES[context["priority"]],
            "CustomFields": {self._field: context["conversation_id"]},
            "Attachments": [_as_file(context)],
        }
        email = customer["facts"].get("email") or context["slots"].get("email")
        if email:
            body["Requestor"] = email
        made = self._client.post("/ticket", body)
        try:
            return self._ticket(made["id"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} made no ticket: {made}") from error

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`."""
        self._write(ticket, "correspond", text)

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`."""
        self._write(ticket, "comment", text)

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        query = f"TicketId = {int(ticket.id)} AND Creator = {_quoted(self._user)}"
        params = {"query": query, "orderby": "id", "order": "DESC", "per_page": _PAGE}
        found = self._items(self._client.get("/transactions", params))
        return [self._content(str(item["id"])) for item in found]

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`."""
        self._client.call("PUT", f"/ticket/{int(ticket.id)}", body={"Status": "resolved"})

    def answer_to(self, ticket: Ticket, contact: Mapping[str, str]) -> None:
        """See `TicketDesk.answer_to`: Request Tracker mails its replies to the requestor."""
        if contact.get("email"):
            body = {"Requestor": contact["email"]}
            self._client.call("PUT", f"/ticket/{int(ticket.id)}", body=body)

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: replies and resolutions of others, after the last transaction seen."""
        if cursor is None:
            return News((), str(self._newest()))
        ours = {ticket.id for ticket in tickets}
        last = int(cursor)
        events: list[FromAgent] = []
        for _ in range(_PAGES):
            query = (
                f"(Type = 'Correspond' OR Type = 'Status') AND "
                f"TicketQueue = {_quoted(self._queue)} AND id > {last}"
            )
            found = self._transactions(query)
            for item in found:
                last = max(last, int(item["id"]))
                if str(item["ObjectId"]) in ours:
                    events += self._events(item)
            if len(found) < _PAGE:
                break
        return News(tuple(events), str(last))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`: a hint. What it tells of is stored only when the scrip has ended."""
        signing.verify((self._hook_key,), headers, body)
        return ()

    def _transactions(self, query: str) -> list[Any]:
        params = {
            "query": query,
            "orderby": "id",
            "per_page": _PAGE,
            "fields": "Type,Creator,ObjectId,NewValue",
            "fields[Creator]": "Name,RealName",
        }
        return self._items(self._client.get("/transactions", params))

    def _events(self, item: Mapping[str, Any]) -> Iterator[FromAgent]:
        """What a transaction means; nothing when it is our own or of no interest."""
        creator = item["Creator"]
        login = str(creator["Name"])
        if login == self._user:
            return
        agent = {"id": login, "name": str(creator.get("RealName") or login)}
        ticket, number = str(item["ObjectId"]), str(item["id"])
        happening = f"rt-{number}"
        if item["Type"] == "Correspond":
            text = self._content(number)
            if text.strip():
                yield FromAgent(happening, ticket, MESSAGE, agent, text.strip())
        elif item["Type"] == "Status" and item.get("NewValue") in _DONE:
            yield FromAgent(happening, ticket, RESOLVED, agent)

    def _content(self, transaction: str) -> str:
        """The words of a transaction: its first text, without files."""
        found = self._items(self._client.get(f"/transaction/{int(transaction)}/attachments"))
        for item in found:
            attachment = self._client.get(f"/attachment/{int(item['id'])}")
            kind = str(attachment.get("ContentType") or "")
            if kind in ("text/plain", "text/html") and not attachment.get("Filename"):
                raw = base64.b64decode(attachment.get("Content") or "")
                text = raw.decode("utf-8", errors="replace")
                return to_markdown(text, base_url=self._url).text if kind == "text/html" else text
        return ""

    def _newest(self) -> int:
        params = {"query": "id > 0", "orderby": "id", "order": "DESC", "per_page": 1}
        found = self._items(self._client.get("/transactions", params))
        return int(found[0]["id"]) if found else 0

    def _write(self, ticket: Ticket, how: str, text: str) -> None:
        body = {"Content": text, "ContentType": "text/plain"}
        self._client.call("POST", f"/ticket/{int(ticket.id)}/{how}", body=body)

    def _ticket(self, number: Any) -> Ticket:
        return Ticket(str(number), f"{self._url}/Ticket/Display.html?id={number}")

    def _items(self, found: Any) -> list[Any]:
        try:
            return list(found["items"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} gave no list: {found!r:.200}") from error


def _as_file(context: Mapping[str, Any]) -> dict[str, str]:
    """The context as an attachment, whole, for whoever wants to work with it."""
    content = json.dumps(context, ensure_ascii=False, indent=2).encode()
    return {
        "FileName": "handoff.json",
        "FileType": "application/json",
        "FileContent": base64.b64encode(content).decode(),
    }


def _quoted(text: str) -> str:
    """A text in Request Tracker's query language."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


KIND = Kind(
    "request_tracker",
    "Request Tracker 5",
    RequestTrackerDesk,
    required={
        "url": "of Request Tracker",
        "queue": "for the tickets",
        "user": "login that Svara writes under; only for it",
    },
    optional={
        "key": "`token` when the key is a token of that login; default: its password",
        "field": f"custom field of the queue for the conversation's id; default: {FIELD}",
    },
    key="password or token of the login",
    hook_key="Standard Webhooks secret (whsec_...) that the scrip signs with",
)
