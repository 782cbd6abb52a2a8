"""Zendesk's Ticketing API, as developer.zendesk.com has it.

Known: users/me, tickets by external id and by many ids, tickets with comments, uploads, idempotency
keys, signed webhooks of triggers and of ticket events.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from servers.desk_product import Answer, Product, Refused, Request

USER, API_TOKEN, OAUTH_TOKEN, SECRET = "svara@example.com", "api-token", "oauth-token", "dGhpcw=="
SVARA, ASTRID, ADMIN, CUSTOMER = 900, 901, 902, 950
_LOGINS = {f"{USER}/token": SVARA, "astrid@example.com/token": ASTRID}
_STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_PRIORITIES = ("urgent", "high", "normal", "low")


class ZendeskServer(Product):
    """One account with Svara's own agent, two others and a customer.

    Attributes:
        stale: lists by external id give nothing yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stale = False
        self._time = datetime.now(tz=timezone.utc)
        self.users: dict[int, dict[str, Any]] = {
            SVARA: _user(SVARA, "Svara", USER, "agent"),
            ASTRID: _user(ASTRID, "Astrid Lund", "astrid@example.com", "agent"),
            ADMIN: _user(ADMIN, "Bertil Berg", "bertil@example.com", "admin", alias="Kundtjänst"),
            CUSTOMER: _user(CUSTOMER, "Åsa Öberg", "asa@example.se", "end-user"),
        }
        self.tickets: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.uploads: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[str, dict[str, Any]]] = {}

    def answer(self, call: Request) -> Answer:
        """One call of the API."""
        user = self._authenticated(call)
        path = call.path.removeprefix("/api/v2").removesuffix(".json")
        given = call.headers.get("authorization")
        if (call.method, path) == ("GET", "/users/me") and (user or not given):
            # Who says nothing of themselves gets a user all the same.
            nobody = _user(None, "Anonymous user", "invalid@example.com", "end-user")
            return Answer({"user": self.users[user] if user else nobody})
        if user is None:
            raise Refused(401, {"error": "Couldn't authenticate you"})
        routes = (
            ("GET", "/tickets", self._list),
            ("POST", "/tickets", self._create),
            ("GET", "/tickets/show_many", self._show_many),
            ("GET", r"/tickets/(\d+)", self._show),
            ("PUT", r"/tickets/(\d+)", self._update),
            ("GET", r"/tickets/(\d+)/comments", self._comments),
            ("POST", "/uploads", self._upload),
        )
        for method, pattern, handler in routes:
            match = re.fullmatch(pattern, path)
            if method == call.method and match:
                return handler(call, user, *match.groups())  # type: ignore[operator]
        raise Refused(404, {"error": "InvalidEndpoint", "description": "Not found"})

    def _authenticated(self, call: Request) -> int | None:
        given = call.headers.get("authorization", "")
        if given == f"Bearer {OAUTH_TOKEN}":
            return SVARA
        if not given.startswith("Basic "):
            return None
        login, _, token = base64.b64decode(given[6:]).decode().partition(":")
        return _LOGINS.get(login) if token == API_TOKEN else None

    def _list(self, call: Request, user: int) -> Answer:
        wanted = call.query.get("external_id")
        found = [
            each
            for each in self.tickets.values()
            if wanted is None or (each["external_id"] == wanted and not self.stale)
        ]
        return Answer({"tickets": found, "count": len(found), **_one_page()})

    def _show_many(self, call: Request, user: int) -> Answer:
        numbers = [int(each) for each in call.query["ids"].split(",")]
        if len(numbers) > 100:
            raise Refused(400, {"error": "TooManyIds", "description": "100 at most"})
        found = [self.tickets[each] for each in numbers if each in self.tickets]
        return Answer({"tickets": found, "count": len(found), **_one_page()})

    def _show(self, call: Request, user: int, number: str) -> Answer:
        return Answer({"ticket": self._ticket(number)})

    def _create(self, call: Request, user: int) -> Answer:
        key, body = call.headers.get("idempotency-key"), json.dumps(call.body, sort_keys=True)
        if key in self.keys:
            known, content = self.keys[key]
            if known != body:
                text = "Request parameters don't match the given idempotency key"
                raise Refused(400, {"error": "IdempotentRequestError", "description": text})
            return Answer(content, 201, {"x-idempotency-lookup": "hit"})
        given = call.body["ticket"]
        if not (given.get("comment") or {}).get("body"):
            raise _invalid("base", "Description: cannot be blank")
        if given.get("priority") not in (None, *_PRIORITIES):
            raise _invalid("priority", f"Priority: {given['priority']} is not valid")
        requester = self._requester(given.get("requester"), user)
        number, now = len(self.tickets) + 35436, self._now()
        ticket = {
            "id": number,
            "url": f"{self.url}/api/v2/tickets/{number}.json",
            "external_id": given.get("external_id"),
            "subject": given.get("subject"),
            "description": given["comment"]["body"],
            "priority": given.get("priority"),
            "status": given.get("status", "new"),
            "requester_id": requester,
            "submitter_id": user,
            "assignee_id": given.get("assignee_id"),
            "group_id": given.get("group_id"),
            "tags": given.get("tags", []),
            "created_at": now,
            "updated_at": now,
        }
        self._comment(number, given["comment"], user, check_only=True)
        self.tickets[number], self.comments[number] = ticket, []
        self._comment(number, given["comment"], user)
        content = {"ticket": dict(ticket), "audit": self._audit(number, user)}
        if key is not None:
            self.keys[key] = body, content
        return Answer(content, 201, {"x-idempotency-lookup": "miss"} if key else {})

    def _requester(self, given: Mapping[str, Any] | None, user: int) -> int:
        if given is None:
            return user
        email = str(given.get("email", ""))
        if not re.fullmatch(r"[\w.+-]+@[\w-]+\.[a-z]+", email, re.ASCII):
            raise _invalid("requester", f"Requester: Email:  {email} is not properly formatted")
        for each in self.users.values():
            if each["email"] == email.lower():
                return int(each["id"])
        if not given.get("name"):
            raise _invalid("requester", "Requester: Name: is too short (minimum one character)")
        number = max(self.users) + 1
        self.users[number] = _user(number, given["name"], email.lower(), "end-user")
        return number

    def _update(self, call: Request, user: int, number: str) -> Answer:
        ticket, given = self._ticket(number), call.body["ticket"]
        if ticket["status"] == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        status = given.get("status", ticket["status"])
        if status not in _STATUSES:
            raise _invalid("status", f"Status: {status} is not valid")
        assignee = given.get("assignee_id", ticket["assignee_id"])
        if status == "solved" and assignee is None:
            raise _invalid("base", "Assignee: is required when solving a ticket")
        if given.get("comment"):
            self._comment(int(number), given["comment"], user)
        ticket |= {"status": status, "assignee_id": assignee, "updated_at": self._now()}
        return Answer({"ticket": dict(ticket), "audit": self._audit(int(number), user)})

    def _comment(
        self, number: int, given: Mapping[str, Any], user: int, *, check_only: bool = False
    ) -> None:
        text = given.get("html_body") or given.get("body") or ""
        if not text.strip() and not given.get("uploads"):
            raise _invalid("comment", "Comment: cannot be blank")
        for token in given.get("uploads") or ():
            if token not in self.uploads:
                raise _invalid("uploads", f"Uploads: {token} is not valid")
        if check_only:
            return
        html = given.get("html_body") or f'<div class="zd-comment"><p>{text}</p></div>'
        comments = self.comments[number]
        author = given.get("author_id", user)
        comments.append(
            {
                "id": number * 1000 + len(comments),
                "type": given.get("type", "Comment"),
                "author_id": author,
                "body": re.sub("<[^>]+>", "", text),
                "html_body": html,
                "plain_body": re.sub("<[^>]+>", "", text),
                "public": given.get("public", True),
                "attachments": [self.uploads.pop(each) for each in given.get("uploads") or ()],
                "audit_id": number * 1000 + len(comments) + 1,
                "via": {"channel": "api"},
                "created_at": self._now(),
            }
        )

    def _comments(self, call: Request, user: int, number: str) -> Answer:
        self._ticket(number)
        found = list(self.comments[int(number)])
        if call.query.get("sort_order") == "desc":
            found.reverse()
        found = found[: int(call.query.get("per_page", 100))]
        content: dict[str, Any] = {"comments": found, "count": len(found), **_one_page()}
        if "users" in call.query.get("include", ""):
            authors = {each["author_id"] for each in found}
            content["users"] = [self.users[each] for each in sorted(authors & set(self.users))]
        return Answer(content)

    def _upload(self, call: Request, user: int) -> Answer:
        if not call.query.get("filename"):
            raise Refused(400, {"error": "InvalidValue", "description": "filename is required"})
        content = call.body if isinstance(call.body, bytes) else json.dumps(call.body).encode()
        number = len(self.uploads) + 498483
        token = hashlib.sha256(f"{call.path}{len(self.calls)}".encode()).hexdigest()[:24]
        self.uploads[token] = {
            "id": number,
            "file_name": call.query["filename"],
            "content_url": f"https://example.zendesk.com/attachments/token/{token}/?name=file",
            "content_type": call.headers.get("content-type"),
            "size": len(content),
            "inline": False,
        }
        return Answer({"upload": {"token": token, "attachment": self.uploads[token]}}, 201)

    def _audit(self, number: int, user: int) -> dict[str, Any]:
        return {"id": number * 7, "ticket_id": number, "author_id": user, "events": []}

    def _ticket(self, number: str) -> dict[str, Any]:
        if int(number) not in self.tickets:
            raise Refused(404, {"error": "RecordNotFound", "description": "Not found"})
        return self.tickets[int(number)]

    def _now(self) -> str:
        """A time that grows with every look: Zendesk tells seconds only."""
        self._time = max(self._time + timedelta(seconds=1), datetime.now(tz=timezone.utc))
        return self._time.strftime("%Y-%m-%dT%H:%M:%SZ")

    def writes(self, ticket: str, text: str, agent: int = ASTRID, **more: Any) -> dict[str, Any]:
        """An agent writes on the ticket's page; `public` and the like in `more`."""
        with self._lock:
            self._comment(int(ticket), {"html_body": text, **more}, agent)
            self.tickets[int(ticket)]["updated_at"] = self._now()
            return self.comments[int(ticket)][-1]

    def sets_status(self, ticket: str, status: str) -> None:
        """An agent, or time, changes a ticket's status."""
        with self._lock:
            self.tickets[int(ticket)] |= {"status": status, "updated_at": self._now()}

    def file(self, name: str, **more: Any) -> str:
        """The token of a file that an agent has chosen."""
        with self._lock:
            token = f"token{len(self.uploads)}{name}"
            url = f"https://example.zendesk.com/attachments/token/x/?name={name}"
            self.uploads[token] = {"id": 1, "file_name": name, "content_url": url, **more}
            return token


def signed(content: Any, *, at: datetime | None = None, secret: str = SECRET) -> Any:
    """Headers and body of a webhook, as Zendesk sends it."""
    body = json.dumps(content).encode()
    moment = (at or datetime.now(tz=timezone.utc)).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(secret.encode(), moment.encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "x-zendesk-account-id": "123456",
        "x-zendesk-webhook-id": "01F1KRFQ6BG29CNWFR60NK5FNY",
        "x-zendesk-webhook-invocation-id": "8350205582",
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": moment,
    }, body


def _invalid(name: str, text: str) -> Refused:
    return Refused(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {name: [{"description": text}]},
        },
    )


def _one_page() -> dict[str, Any]:
    return {"next_page": None, "previous_page": None}


def _user(
    number: int | None, name: str, email: str, role: str, *, alias: str | None = None
) -> dict[str, Any]:
    return {"id": number, "name": name, "email": email, "role": role, "alias": alias}
