"""Zammad's REST API, as docs.zammad.org has it and its controllers do it.

Known: users, tickets with articles, states, priorities, tags; search by a condition (from the
database) and by a query (from an index that lags); triggers' webhooks with X-Hub-Signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from servers.desk_product import Answer, Product, Refused, Request

TOKEN, SIGNATURE_TOKEN = "svara-token", "hub secret"
SVARA, ASTRID, BERTIL = 3, 4, 5
TOKENS = {TOKEN: SVARA, "astrid-token": ASTRID}
_STATES = (
    (1, "new", "new"),
    (2, "open", "open"),
    (3, "pending reminder", "pending reminder"),
    (4, "closed", "closed"),
    (5, "merged", "merged"),
    (6, "solved by us", "closed"),
)
_PRIORITIES = {1: "1 low", 2: "2 normal", 3: "3 high"}
_TYPES = {1: "email", 5: "phone", 9: "note", 10: "web"}
_SENDERS = {1: "Agent", 2: "Customer", 3: "System"}
_TICKET_ATTRIBUTES = ("title", "note", "customer_id", "svara_conversation")


class ZammadServer(Product):
    """One Zammad with two agents and Svara's own login, whose search index knows nothing yet."""

    def __init__(self) -> None:
        super().__init__()
        self._time = datetime.now(tz=timezone.utc)
        self.users: dict[int, dict[str, Any]] = {
            SVARA: _user(SVARA, "Svara", "", "svara@example.com"),
            ASTRID: _user(ASTRID, "Astrid", "Lund", "astrid@example.com"),
            BERTIL: _user(BERTIL, "Bertil", "", "bertil@example.com"),
        }
        self.tickets: dict[int, dict[str, Any]] = {}
        self.articles: dict[int, dict[str, Any]] = {}

    def answer(self, call: Request) -> Answer:
        """One call of the API."""
        user = self._authenticated(call)
        if call.method != "GET" and "json" not in call.headers.get("content-type", ""):
            raise Refused(400, {"error": "not JSON"})
        path = call.path.removeprefix("/api/v1")
        for method, pattern, handler in self._routes():
            match = re.fullmatch(pattern, path)
            if method == call.method and match:
                found = handler(call, user, *match.groups())
                created = call.method == "POST" and path in ("/tickets", "/ticket_articles")
                return Answer(found, 201 if created else 200)
        raise Refused(404, {"error": f"No route matches [{call.method}] {call.path}"})

    def _routes(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("GET", "/users/me", lambda call, user: self.users[user]),
            ("GET", r"/users/(\d+)", lambda call, user, n: self._found(self.users, n)),
            ("GET", "/ticket_states", lambda call, user: [_state(*each) for each in _STATES]),
            (
                "GET",
                "/ticket_priorities",
                lambda call, user: [
                    {"id": number, "name": name, "active": True}
                    for number, name in _PRIORITIES.items()
                ],
            ),
            ("GET", "/tickets/search", self._search),
            ("POST", "/tickets/search", self._search),
            ("POST", "/tickets", self._create),
            ("GET", r"/tickets/(\d+)", lambda call, user, n: self._found(self.tickets, n)),
            ("PUT", r"/tickets/(\d+)", self._update),
            ("POST", "/ticket_articles", self._add_article),
            (
                "GET",
                r"/ticket_articles/by_ticket/(\d+)",
                lambda call, user, n: self.of_ticket(int(self._found(self.tickets, n)["id"])),
            ),
        )

    def _authenticated(self, call: Request) -> int:
        given = call.headers.get("authorization", "")
        token = re.fullmatch(r"Token token=(\S+)", given)
        if token is None:
            raise Refused(403, {"error": "Authentication required"})
        if token[1] not in TOKENS:
            raise Refused(401, {"error": "Can't find User for Token"})
        return TOKENS[token[1]]

    def _found(self, records: Mapping[int, Any], number: str) -> Any:
        if int(number) not in records:
            raise Refused(404, {"error": f"Couldn't find record with 'id'={number}"})
        return records[int(number)]

    def _create(self, call: Request, user: int) -> Any:
        given = dict(call.body)
        for name in ("title", "group"):
            if not given.get(name):
                raise Refused(422, {"error": f"Missing required value for field '{name}'!"})
        if given["group"] != "Users":
            raise Refused(422, {"error": "No lookup value found for 'group': " + given["group"]})
        article = given.get("article")
        if article is not None:
            self._check(article)
        now = self._stamp()
        number = len(self.tickets) + 1
        customer = self._customer(given)
        self.tickets[number] = {
            "id": number,
            "number": f"10{number:03}",
            "group_id": 1,
            "priority_id": self._lookup(_PRIORITIES, "priority", given.get("priority", "2 normal")),
            "created_by_id": user,
            "updated_by_id": user,
            "created_at": now,
            "updated_at": now,
            **dict.fromkeys(_TICKET_ATTRIBUTES),
            # What is no attribute of a ticket is dropped without a word.
            **{name: given[name] for name in _TICKET_ATTRIBUTES if name in given},
            "customer_id": customer,
        }
        self._set_state(self.tickets[number], given.get("state", "new"))
        if article is not None:
            self._article(number, article, user)
        return dict(self.tickets[number])

    def _customer(self, given: Mapping[str, Any]) -> int:
        who = given.get("customer_id") or given.get("customer")
        if isinstance(who, int):
            return int(self._found(self.users, str(who))["id"])
        guess = re.fullmatch("guess:(.+?)", who or "")
        if guess is None:
            raise Refused(422, {"error": "No lookup value found for 'customer'"})
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", guess[1]):
            raise Refused(422, {"error": f"Invalid email '{guess[1]}' of customer"})
        for each in self.users.values():
            if each["email"] == guess[1].lower():
                return int(each["id"])
        number = max(self.users) + 1
        self.users[number] = _user(number, "", "", guess[1].lower())
        return number

    def _update(self, call: Request, user: int, number: str) -> Any:
        ticket, given = self._found(self.tickets, number), call.body
        if "state" in given:
            self._set_state(ticket, given["state"])
        if given.get("article"):
            self._check(given["article"])
            self._article(int(number), given["article"], user)
        ticket |= {"updated_at": self._stamp(), "updated_by_id": user}
        return dict(ticket)

    def _add_article(self, call: Request, user: int) -> Any:
        given = dict(call.body)
        number = str(given.pop("ticket_id", 0))
        self._found(self.tickets, number)
        self._check(given)
        return self._article(int(number), given, user)

    def _check(self, article: Mapping[str, Any]) -> None:
        if not article.get("body"):
            raise Refused(422, {"error": 'Need at least article: { body: "some text" }'})
        self._lookup(_TYPES, "type", article.get("type", "note"))
        self._lookup(_SENDERS, "sender", article.get("sender", "Agent"))
        for position, each in enumerate(article.get("attachments") or ()):
            for key in ("mime-type", "filename", "data"):
                if not each.get(key):
                    text = f"Attachment needs '{key}' param for attachment with index '{position}'"
                    raise Refused(422, {"error": text})
            try:
                base64.b64decode(each["data"], validate=True)
            except binascii.Error as error:
                text = f"Invalid base64 for attachment with index '{position}'"
                raise Refused(422, {"error": text}) from error

    def _article(self, ticket: int, given: Mapping[str, Any], user: int) -> dict[str, Any]:
        number, now = len(self.articles) + 11, self._stamp()
        name = self.users[user]
        self.articles[number] = {
            "id": number,
            "ticket_id": ticket,
            "type": given.get("type", "note"),
            "sender": given.get("sender", "Agent"),
            "from": f"{name['firstname']} {name['lastname']}".strip(),
            "subject": given.get("subject"),
            "body": given["body"],
            "content_type": given.get("content_type", "text/plain"),
            "internal": bool(given.get("internal", False)),
            "created_by_id": user,
            "created_by": name["email"],
            "created_at": now,
            "updated_at": now,
            "attachments": [
                {
                    "id": number * 10 + position,
                    "filename": each["filename"],
                    "size": str(len(base64.b64decode(each["data"]))),
                    "preferences": {"Mime-Type": each["mime-type"]},
                    "store": each["data"],
                }
                for position, each in enumerate(given.get("attachments") or ())
            ],
        }
        self.tickets[ticket]["updated_at"] = now
        return self.articles[number]

    def _search(self, call: Request, user: int) -> Any:
        given = {**call.query, **(call.body or {})}
        if given.get("query"):
            return []
        found = list(self.tickets.values())
        for name, rule in (given.get("condition") or {}).items():
            table, _, attribute = name.partition(".")
            if table != "ticket" or rule.get("operator") != "is":
                raise Refused(500, {"error": f"invalid selector {name}"})
            if attribute not in ("id", *_TICKET_ATTRIBUTES):
                raise Refused(500, {"error": f"PG::UndefinedColumn: tickets.{attribute}"})
            values = rule["value"] if isinstance(rule["value"], list) else [rule["value"]]
            found = [each for each in found if each[attribute] in values]
        found.sort(key=lambda each: each["id"], reverse=given.get("order_by") == "desc")
        found = found[: min(int(given.get("per_page", 50)), 200)]
        if str(given.get("expand")) != "true":
            return {"tickets": [each["id"] for each in found], "tickets_count": len(found)}
        return [dict(each) for each in found]

    def _set_state(self, ticket: dict[str, Any], name: str) -> None:
        names = {number: state for number, state, _ in _STATES}
        ticket["state_id"] = self._lookup(names, "state", name)
        ticket["state"] = name

    def _lookup(self, names: Mapping[int, str], attribute: str, name: str) -> int:
        for number, each in names.items():
            if each == name:
                return number
        raise Refused(422, {"error": f"No lookup value found for '{attribute}': {name!r}"})

    def of_ticket(self, number: int) -> list[dict[str, Any]]:
        """Articles of a ticket, oldest first."""
        return [dict(each) for each in self.articles.values() if each["ticket_id"] == number]

    def writes(self, ticket: str, body: str, agent: int = ASTRID, **more: Any) -> dict[str, Any]:
        """An agent writes on the ticket's page; `content_type` and the like in `more`."""
        given = {"body": body, "content_type": "text/html", "internal": False, **more}
        with self._lock:
            self._check(given)
            return self._article(int(ticket), given, agent)

    def sets_state(self, ticket: str, name: str) -> None:
        """An agent changes a ticket's state."""
        with self._lock:
            self._set_state(self.tickets[int(ticket)], name)
            self.tickets[int(ticket)]["updated_at"] = self._stamp()

    def hook(self, ticket: str, article: Mapping[str, Any] | None = None) -> tuple[Any, bytes]:
        """Headers and body of the webhook that a trigger sends for a ticket."""
        body = json.dumps(
            {"ticket": self.tickets[int(ticket)], "article": article or {}}, ensure_ascii=False
        ).encode()
        digest = hmac.new(SIGNATURE_TOKEN.encode(), body, hashlib.sha1).hexdigest()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zammad User Agent",
            "X-Zammad-Trigger": "Svara",
            "X-Zammad-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature": f"sha1={digest}",
        }
        return headers, body

    def _stamp(self) -> str:
        """A time that grows with every look, so that nothing happens at the same moment."""
        self._time = max(self._time + timedelta(milliseconds=1), datetime.now(tz=timezone.utc))
        return self._time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _state(number: int, name: str, kind: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "state_type": kind,
        "active": True,
        "default_create": name == "new",
        "default_follow_up": name == "open",
    }


def _user(number: int, first: str, last: str, email: str) -> dict[str, Any]:
    return {"id": number, "firstname": first, "lastname": last, "email": email, "login": email}
