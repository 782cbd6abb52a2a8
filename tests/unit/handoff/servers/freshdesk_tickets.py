"""Freshdesk's API v2 for tickets, and the webhook of an automation rule, as documented.

https://developers.freshdesk.com/api/
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import re
import time
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Any

from servers.desk_product import Answer, Product, Refused, Request

KEY, HOOK_KEY = "key-of-svara", "secret-of-the-rule"
SVARA, ASTRID = 501, 502
_TICKET = {
    "name", "requester_id", "email", "phone", "unique_external_id", "subject", "type", "status",
    "priority", "description", "responder_id", "custom_fields", "group_id", "source", "tags",
}  # fmt: skip
_REQUESTERS = ("requester_id", "email", "phone", "unique_external_id")
_LISTED = {
    "filter", "requester_id", "email", "unique_external_id", "updated_since", "order_by",
    "order_type", "per_page", "page", "include",
}  # fmt: skip


class Freshdesk(Product):
    """An account; the key is that of the agent `SVARA`.

    Attributes:
        names: whether our agent may see other agents.
        skew: seconds that its clock is ahead of ours.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names, self.skew = True, 0.0
        self.contacts: list[dict[str, Any]] = []
        self.tickets: dict[int, dict[str, Any]] = {}
        self.said: list[dict[str, Any]] = []
        self._numbers = itertools.count(9001)

    def now(self) -> float:
        """Its clock."""
        return time.time() + self.skew

    def answer(self, request: Request) -> Answer:
        """One call of the API."""
        scheme, _, basic = request.headers.get("authorization", "").partition(" ")
        user, _, _any_password = base64.b64decode(basic).decode().partition(":")
        if (scheme, user) != ("Basic", KEY):
            message = "You have to be logged in to perform this action."
            raise Refused(401, {"code": "invalid_credentials", "message": message})
        for pattern, method in (
            (r"GET tickets", self._list),
            (r"POST tickets", self._create),
            (r"GET tickets/(\d+)", self._show),
            (r"PUT tickets/(\d+)", self._update),
            (r"GET tickets/(\d+)/conversations", self._conversations),
            (r"POST tickets/(\d+)/notes", self._note),
            (r"GET agents/(\d+|me)", self._agent),
        ):
            path = request.path.removeprefix("/api/v2/")
            found = re.fullmatch(pattern, f"{request.method} {path}")
            if found:
                answer = method(request, *found.groups())
                date = formatdate(self.now(), usegmt=True)
                return Answer(answer.body, answer.status, {**answer.headers, "date": date})
        raise Refused(404, None)

    # What people and others do in Freshdesk, not over the API.

    def say(
        self,
        number: int,
        body: str,
        *,
        user: int | None = ASTRID,
        private: bool = False,
        incoming: bool = False,
        source: int = 0,
        files: tuple[dict[str, Any], ...] = (),
    ) -> dict[str, Any]:
        """A reply (0) or note (2) that somebody writes there, or another kind of words."""
        made = {
            "id": next(self._numbers),
            "body": body,
            "body_text": html.unescape(re.sub(r"<[^>]+>", "", body)),
            "incoming": incoming,
            "private": private,
            "source": source,
            "user_id": user,
            "ticket_id": number,
            "support_email": None,
            "attachments": list(files),
            "created_at": _moment(self.now()),
            "updated_at": _moment(self.now()),
        }
        self.said.append(made)
        self._touch(number)
        return made

    def set_status(self, number: int, status: int) -> None:
        """An agent gives a ticket another status."""
        self.tickets[number]["status"] = status
        self._touch(number)

    def age(self, seconds: float) -> None:
        """All that is there becomes so much older."""
        for item in (*self.tickets.values(), *self.said):
            for name in ("created_at", "updated_at"):
                item[name] = _moment(_seconds(item[name]) - seconds)

    def hook(self, number: int, secret: str = HOOK_KEY) -> tuple[dict[str, str], bytes]:
        """The webhook of a rule with `{"ticket": "{{ticket.id}}"}` and a header of its own."""
        headers = {"content-type": "application/json", "x-svara-secret": secret}
        return headers, json.dumps({"ticket": str(number)}).encode()

    # The API.

    def _create(self, request: Request) -> Answer:
        body = request.body
        wrong = [{"field": name, "code": "invalid_field"} for name in set(body) - _TICKET]
        if not any(body.get(name) for name in _REQUESTERS):
            wrong.append({"field": "requester_id", "code": "missing_field"})
        wrong += [
            {"field": name, "code": "missing_field"}
            for name in ("subject", "description")
            if not body.get(name)
        ]
        if body.get("status", 2) not in (2, 3, 4, 5) or body.get("priority", 1) not in (1, 2, 3, 4):
            wrong.append({"field": "status", "code": "invalid_value"})
        if body.get("group_id") not in (None, 77):
            wrong.append({"field": "group_id", "code": "invalid_value"})
        _refuse(wrong)
        contact = self._contact("unique_external_id", body.get("unique_external_id"))
        if contact is None:
            contact = {"id": 101 + len(self.contacts), "email": body.get("email")}
            contact |= {name: body.get(name) for name in ("name", "unique_external_id")}
            self.contacts.append(contact)
        number = len(self.tickets) + 1
        now = _moment(self.now())
        self.tickets[number] = made = {
            "id": number,
            "subject": body["subject"],
            "description": body["description"],
            "description_text": html.unescape(re.sub(r"<[^>]+>", "", body["description"])),
            "status": body.get("status", 2),
            "priority": body.get("priority", 1),
            "source": body.get("source", 2),
            "requester_id": contact["id"],
            "group_id": body.get("group_id"),
            "tags": body.get("tags", []),
            "created_at": now,
            "updated_at": now,
        }
        location = {"location": f"{self.url}/api/v2/tickets/{number}"}
        return Answer(made, 201, location)

    def _list(self, request: Request) -> Answer:
        query = request.query
        _refuse([{"field": name, "code": "invalid_field"} for name in set(query) - _LISTED])
        found = list(self.tickets.values())
        for name in ("unique_external_id", "email"):
            if name in query:
                contact = self._contact(name, query[name])
                if contact is None:
                    message = f"There is no contact matching the given {name}"
                    _refuse([{"field": name, "message": message, "code": "invalid_value"}])
                found = [
                    item for item in found if contact and item["requester_id"] == contact["id"]
                ]
        since = self.now() - 30 * 86400
        if "updated_since" in query:
            since = _seconds(query["updated_since"])
            found = [item for item in found if _seconds(item["updated_at"]) >= since]
        else:
            found = [item for item in found if _seconds(item["created_at"]) >= since]
        order = query.get("order_by", "created_at")
        _refuse([] if order in ("created_at", "updated_at") else [{"field": "order_by"}])
        found.sort(key=lambda item: (item[order], item["id"]))
        if query.get("order_type", "desc") == "desc":
            found.reverse()
        short = [
            {name: value for name, value in item.items() if not name.startswith("description")}
            for item in found
        ]
        return self._page(request, short)

    def _show(self, request: Request, number: str) -> Answer:
        return Answer(self._ticket(number))

    def _update(self, request: Request, number: str) -> Answer:
        ticket = self._ticket(number)
        _refuse([{"field": name, "code": "invalid_field"} for name in set(request.body) - _TICKET])
        if request.body.get("status", 2) not in (2, 3, 4, 5):
            _refuse([{"field": "status", "code": "invalid_value"}])
        ticket |= request.body
        self._touch(int(number))
        return Answer(ticket)

    def _conversations(self, request: Request, number: str) -> Answer:
        self._ticket(number)
        return self._page(request, [item for item in self.said if item["ticket_id"] == int(number)])

    def _note(self, request: Request, number: str) -> Answer:
        self._ticket(number)
        body = request.body
        known = {"body", "incoming", "notify_emails", "private", "user_id"}
        wrong = [{"field": name, "code": "invalid_field"} for name in set(body) - known]
        if not body.get("body"):
            wrong.append({"field": "body", "code": "missing_field"})
        people = {SVARA, ASTRID, *(contact["id"] for contact in self.contacts)}
        if body.get("user_id", SVARA) not in people:
            wrong.append({"field": "user_id", "code": "invalid_value"})
        _refuse(wrong)
        made = self.say(
            int(number),
            body["body"],
            user=body.get("user_id", SVARA),
            private=body.get("private", True),
            incoming=body.get("incoming", False),
            source=2,
        )
        return Answer(made, 201)

    def _agent(self, request: Request, number: str) -> Answer:
        if number == "me":
            return Answer({"id": SVARA, "contact": {"name": "Svara"}})
        if not self.names:
            message = "You are not authorized to perform this action."
            raise Refused(403, {"code": "access_denied", "message": message})
        if int(number) != ASTRID:
            raise Refused(404, None)
        return Answer({"id": ASTRID, "contact": {"name": "Astrid Lund", "email": "a@x.example"}})

    def _page(self, request: Request, found: list[Any]) -> Answer:
        size, page = int(request.query.get("per_page", 30)), int(request.query.get("page", 1))
        if not 1 <= size <= 100:
            _refuse([{"field": "per_page", "code": "invalid_value"}])
        items = found[(page - 1) * size : page * size]
        more = {"link": f'<{self.url}{request.path}?page={page + 1}>;rel="next"'}
        return Answer(items, 200, more if len(found) > page * size else {})

    def _contact(self, name: str, value: Any) -> dict[str, Any] | None:
        return next((c for c in self.contacts if value and c.get(name) == value), None)

    def _ticket(self, number: str) -> dict[str, Any]:
        if int(number) not in self.tickets:
            raise Refused(404, None)
        return self.tickets[int(number)]

    def _touch(self, number: int) -> None:
        self.tickets[number]["updated_at"] = _moment(self.now())


def _refuse(errors: list[dict[str, Any]]) -> None:
    if errors:
        raise Refused(400, {"description": "Validation failed", "errors": errors})


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
