"""Zammad, over its REST API.

A ticket has the conversation's id in one of its attributes. It is looked for by a condition and
without a query: Zammad answers that from its database, a query from a search index that lags.
Agents' words come by a trigger's webhook (docs/desks.md), and are asked for besides, so that none
is lost with a webhook.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import requests

from bot.errors import DeskRefused, EventRefused, SignatureRefused
from bot.handoff.desks.attachments import passed_on
from bot.handoff.desks.contract import MESSAGE, RESOLVED, Abilities, FromAgent, News, Ticket
from bot.handoff.desks.hook import UNREADABLE
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.opening import Kind, Opening
from bot.handoff.desks.ticket import TicketDesk
from bot.handoff.desks.watch import Watch, seconds, told_time
from kb_connector.html import to_markdown

FIELD = "note"
_PRIORITIES = {"urgent": "3 high", "high": "3 high", "normal": "2 normal", "low": "1 low"}
_PAGE = 100
_POSTS = 100
_DONE = ("closed", "merged", "removed")
_ASLEEP = (*_DONE, "pending reminder", "pending action")
_UNUSABLE = requests.codes.unprocessable_entity


class ZammadDesk(TicketDesk):
    """One group.

    Args:
        opening: with the options of `KIND`.
    """

    abilities = Abilities(notes=True, reopen=True, pushes=True, polls=True)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._url = opening.option("url").rstrip("/")
        self._group = opening.option("group")
        self._field = opening.option("field", FIELD)
        self._customer = opening.option("customer")
        self._hook_key = opening.hook_key
        self._client = DeskClient(
            self.name,
            f"{self._url}/api/v1",
            allow_private=opening.entry.allow_private,
            headers={"authorization": f"Token token={opening.key}"},
        )
        self._lists: dict[str, list[Mapping[str, Any]]] = {}
        self._users: dict[str, Mapping[str, Any]] = {}
        self._watch = Watch()

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`."""
        found, _ = self._search({f"ticket.{self._field}": _is(conversation_id)})
        # A Zammad that does not know the condition must not give us somebody else's ticket.
        ours = [int(each["id"]) for each in found if each.get(self._field) == conversation_id]
        return [self._ticket(number) for number in sorted(ours, reverse=True)]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`."""
        body: dict[str, Any] = {
            "title": self.rendering.subject(context),
            "group": self._group,
            "customer_id": f"guess:{self._customer}" if self._customer else self._me(),
            self._field: context["conversation_id"],
            # Staff articles and reasons are in it: a customer who has a login is not to see them.
            "article": {
                **_article(self.rendering.opening(context), "Agent", internal=True),
                "subject": self.rendering.reason(context),
                "attachments": [_as_file(context)],
            },
        }
        priority = _PRIORITIES[context["priority"]]
        if any(each.get("name") == priority for each in self._list("/ticket_priorities")):
            body["priority"] = priority
        email = context["customer"]["facts"].get("email") or context["slots"].get("email")
        made = self._create_for(body, str(email) if email else "")
        try:
            return self._ticket(made["id"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} made no ticket: {made!r:.200}") from error

    def _create_for(self, body: dict[str, Any], email: str) -> Any:
        """Makes the ticket for a customer; an address that Zammad does not take is left out."""
        if email:
            try:
                return self._client.post("/tickets", {**body, "customer_id": f"guess:{email}"})
            except DeskRefused as error:
                if error.status != _UNUSABLE:
                    raise
        return self._client.post("/tickets", body)

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`; a ticket that is put aside or closed is opened again."""
        change: dict[str, Any] = {"article": _article(text, "Customer", internal=False)}
        if self._state_type(self._show(ticket.id)) in _ASLEEP:
            change["state"] = self._state("default_follow_up", True)
        self._client.put(f"/tickets/{int(ticket.id)}", change)

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`."""
        article = {"ticket_id": int(ticket.id), **_article(text, "Agent", internal=True)}
        self._client.post("/ticket_articles", article)

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        own = [each for each in self._articles(ticket.id) if each["created_by_id"] == self._me()]
        return [str(each["body"]) for each in own[-_POSTS:]]

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`."""
        self._client.put(
            f"/tickets/{int(ticket.id)}", {"state": self._state("state_type", "closed")}
        )

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: what Zammad has changed of them is read, oldest words first."""
        known: dict[str, Mapping[str, Any]] = {}
        now = 0.0
        for start in range(0, len(tickets), _PAGE):
            numbers = [int(ticket.id) for ticket in tickets[start : start + _PAGE]]
            found, told = self._search({"ticket.id": _is(numbers)})
            now = now or told
            known |= {str(each["id"]): each for each in found}
        changed = {each: seconds(known[each]["updated_at"]) for each in known}
        due = self._watch.due(cursor, changed, now)
        events = [event for number in due for event in self._events(known[number])]
        return News(tuple(events), self._watch.looked(cursor, due, changed, now))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`: the webhook says which ticket it is, and we read that."""
        self._verify(headers, body)
        try:
            told = json.loads(body)["ticket"]
            number = str(int(told["id"]))
        except UNREADABLE as error:
            raise EventRefused(
                "The body must have ticket.id, as the webhook's default payload has it."
            ) from error
        if self._field in told and not told[self._field]:
            return ()
        return tuple(self._events(self._show(number)))

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not self._hook_key:
            raise SignatureRefused(
                f"The desk '{self.name}' has no key for webhooks. Keep the webhook's HMAC SHA1 "
                f"signature token with `svara handoff secret {self.name} --hook`."
            )
        expected = "sha1=" + hmac.new(self._hook_key.encode(), body, hashlib.sha1).hexdigest()
        given = headers.get("x-hub-signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise SignatureRefused(
                "X-Hub-Signature is missing or wrong. Give the webhook in Zammad the HMAC SHA1 "
                "signature token that Svara has for this desk."
            )

    def _events(self, record: Mapping[str, Any]) -> Iterator[FromAgent]:
        """What agents have done to a ticket: public articles of theirs, and its end."""
        number = str(record["id"])
        for each in self._articles(number):
            # Anything that is not surely meant for the customer stays where it is.
            if each.get("internal") is not False or each.get("sender") != "Agent":
                continue
            if each["created_by_id"] == self._me():
                continue
            text = _words(each, self._url)
            if text:
                agent = self._agent(each["created_by_id"])
                yield FromAgent(f"zammad-{each['id']}", number, MESSAGE, agent, text)
        if self._state_type(record) in _DONE:
            yield FromAgent(f"zammad-closed-{number}", number, RESOLVED)

    def _agent(self, number: Any) -> dict[str, str]:
        user = self._user(str(int(number)))
        name = f"{user.get('firstname') or ''} {user.get('lastname') or ''}".strip()
        return {"id": str(number), "name": name or self.name}

    def _me(self) -> Any:
        return self._user("me")["id"]

    def _user(self, who: str) -> Mapping[str, Any]:
        if who not in self._users:
            self._users[who] = self._records([self._client.get(f"/users/{who}")])[0]
        return self._users[who]

    def _articles(self, number: str) -> list[Mapping[str, Any]]:
        found = self._client.get(f"/ticket_articles/by_ticket/{int(number)}")
        return sorted(self._records(found), key=lambda each: int(each["id"]))

    def _show(self, number: str) -> Mapping[str, Any]:
        return self._records([self._client.get(f"/tickets/{int(number)}")])[0]

    def _search(self, condition: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], float]:
        """Tickets by a condition, and Zammad's time."""
        body = {
            "condition": condition,
            "page": 1,
            "per_page": _PAGE,
            "sort_by": "id",
            "order_by": "desc",
        }
        answer = self._client.call("POST", "/tickets/search", params={"expand": "true"}, body=body)
        return self._records(answer.json(self.name)), told_time(answer.headers)

    def _state_type(self, record: Mapping[str, Any]) -> str:
        """Kind of a ticket's state: companies give the states names of their own."""
        number = record["state_id"]
        kinds = {each["id"]: str(each["state_type"]) for each in self._list("/ticket_states")}
        if number not in kinds:  # a new one
            del self._lists["/ticket_states"]
            kinds = {each["id"]: str(each["state_type"]) for each in self._list("/ticket_states")}
        return kinds[number]

    def _state(self, attribute: str, value: object) -> str:
        """The name of the state for a purpose."""
        for each in self._list("/ticket_states"):
            if each.get("active") and each.get(attribute) == value:
                return str(each["name"])
        raise DeskRefused(
            f"{self.name} has no active state with {attribute} {value}. Activate one in Zammad."
        )

    def _list(self, path: str) -> list[Mapping[str, Any]]:
        """A list that an admin changes once in a year."""
        if path not in self._lists:
            found = self._client.get(path, {"expand": "true", "per_page": _PAGE, "page": 1})
            self._lists[path] = self._records(found)
        return self._lists[path]

    def _records(self, found: Any) -> list[Mapping[str, Any]]:
        if isinstance(found, list) and all(
            isinstance(each, dict) and "id" in each for each in found
        ):
            return found
        raise DeskRefused(f"{self.name} gave no list of records: {found!r:.200}")

    def _ticket(self, number: Any) -> Ticket:
        return Ticket(str(number), f"{self._url}/#ticket/zoom/{number}")


def _is(value: Any) -> dict[str, Any]:
    return {"operator": "is", "value": value}


def _article(text: str, sender: str, *, internal: bool) -> dict[str, Any]:
    """An article of ours; a note mails nobody."""
    return {
        "body": text,
        "content_type": "text/plain",
        "type": "note",
        "internal": internal,
        "sender": sender,
    }


def _words(article: Mapping[str, Any], base_url: str) -> str:
    """An article as the customer reads it; files need a login in Zammad, so they are named."""
    body = str(article.get("body") or "")
    if "html" in str(article.get("content_type") or ""):
        body = to_markdown(body, base_url=base_url).text
    files = article.get("attachments") or ()
    text, _ = passed_on(body, ((str(each["filename"]), "") for each in files))
    return text


def _as_file(context: Mapping[str, Any]) -> dict[str, str]:
    """The context as an attachment, whole, for whoever wants to work with it."""
    content = json.dumps(context, ensure_ascii=False, indent=2).encode()
    return {
        "filename": "handoff.json",
        "data": base64.b64encode(content).decode(),
        "mime-type": "application/json",
    }


KIND = Kind(
    "zammad",
    "Zammad",
    ZammadDesk,
    required={"url": "of Zammad", "group": "for the tickets"},
    optional={
        "field": f"attribute of the ticket for the conversation's id; default: {FIELD}",
        "customer": "e-mail address of the customer of tickets from people whose own address is "
        "not known; default: the login that the token belongs to",
    },
    key="access token of the login that Svara writes under",
    hook_key="HMAC SHA1 signature token of the webhook",
)
