"""Chatwoot's application API and its webhooks, as documented, for one account.

https://developers.chatwoot.com/api-reference/introduction
https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
import uuid
from typing import Any

from servers.desk_product import Answer, Product, Refused, Request

ACCOUNT, INBOX, OTHER_INBOX = 3, 7, 8
TOKEN, SECRET = "token-of-svara", "secret-of-the-webhook"
SVARA, ASTRID, BOT = 1, 5, 2
_TYPES = {"incoming": 0, "outgoing": 1, "activity": 2, "template": 3}
_STATUSES = ("open", "resolved", "pending", "snoozed")
_PRIORITIES = ("urgent", "high", "medium", "low", None)


class Chatwoot(Product):
    """An account with an API inbox, whose token is that of the user `SVARA`.

    Attributes:
        bot: an agent bot is connected to the inbox: conversations begin as pending.
        single: the inbox gives a contact's earlier conversation instead of a new one.
        per_page: conversations a page.
    """

    def __init__(self, *, bot: bool = False, single: bool = False) -> None:
        super().__init__()
        self.bot, self.single, self.per_page = bot, single, 25
        self.contacts: list[dict[str, Any]] = []
        self.conversations: dict[int, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []

    def answer(self, request: Request) -> Answer:
        """One call of the application API."""
        # Rack takes hyphens and underscores in the name for the same.
        tokens = {name.replace("-", "_"): value for name, value in request.headers.items()}
        if tokens.get("api_access_token") != TOKEN:
            raise Refused(401, {"error": "Invalid Access Token"})
        if (request.method, request.path) == ("GET", "/api/v1/profile"):
            return Answer({"id": SVARA, "name": "Svara", "access_token": TOKEN})
        prefix = f"/api/v1/accounts/{ACCOUNT}/"
        if not request.path.startswith(prefix):
            raise Refused(404, {"error": "Resource could not be found"})
        path = request.path.removeprefix(prefix)
        for pattern, method in (
            (r"GET contacts/search", self._search),
            (r"POST contacts", self._new_contact),
            (r"GET contacts/(\d+)/conversations", self._of_contact),
            (r"POST contacts/(\d+)/contact_inboxes", self._new_tie),
            (r"GET conversations", self._list),
            (r"POST conversations", self._new_conversation),
            (r"GET conversations/(\d+)", self._show),
            (r"POST conversations/(\d+)/toggle_status", self._toggle_status),
            (r"POST conversations/(\d+)/toggle_priority", self._toggle_priority),
            (r"GET conversations/(\d+)/messages", self._messages),
            (r"POST conversations/(\d+)/messages", self._new_message),
        ):
            found = re.fullmatch(pattern, f"{request.method} {path}")
            if found:
                return method(request, *(int(number) for number in found.groups()))
        raise Refused(404, {"error": "Resource could not be found"})

    # What people and others do in Chatwoot, not over the API.

    def say(
        self,
        number: int,
        text: str | None,
        *,
        private: bool = False,
        sender: tuple[str, int] | None = ("user", ASTRID),
        kind: str = "outgoing",
        files: tuple[dict[str, Any], ...] = (),
        **more: Any,
    ) -> dict[str, Any]:
        """A message that somebody writes there."""
        return self._post(number, text, kind, private, sender, files, **more)

    def resolve(self, number: int) -> None:
        """An agent resolves a conversation."""
        self._set_status(self.conversations[number], "resolved")

    def age(self, seconds: float) -> None:
        """All messages become so much older."""
        for item in self.messages:
            item["created_at"] -= seconds

    def hook(
        self, event: str, about: dict[str, Any], *, secret: str = SECRET, at: float | None = None
    ) -> tuple[dict[str, str], bytes]:
        """A webhook of Chatwoot: its headers and body.

        Args:
            about: a message, or a conversation.
            secret: that it is signed with; empty for none, as older ones do.
        """
        payload: dict[str, Any] = {"event": event}
        if event.startswith("message_"):
            names = {number: name for name, number in _TYPES.items()}
            payload |= about | {
                "message_type": names[about["message_type"]],
                "conversation": self.conversations[about["conversation_id"]],
                "inbox": {"id": self.conversations[about["conversation_id"]]["inbox_id"]},
                "account": {"id": ACCOUNT, "name": "Shop"},
            }
        else:
            payload |= about
        body = json.dumps(payload).encode()
        headers = {"content-type": "application/json", "accept": "application/json"}
        if secret:
            moment = str(int(time.time() if at is None else at))
            digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
            headers |= {
                "x-chatwoot-timestamp": moment,
                "x-chatwoot-signature": f"sha256={digest.hexdigest()}",
                "x-chatwoot-delivery": str(uuid.uuid4()),
            }
        return headers, body

    def typing(self, number: int, *, private: bool = False, user: int = ASTRID) -> dict[str, Any]:
        """What a typing webhook is about."""
        return {
            "user": {"id": user, "name": "Astrid Lund", "type": "user"},
            "conversation": self.conversations[number],
            "is_private": private,
        }

    # The API.

    def _search(self, request: Request) -> Answer:
        wanted = request.query.get("q", "").strip()
        if not wanted:
            raise Refused(422, {"error": "Specify search string with parameter q"})
        found = [
            contact
            for contact in self.contacts
            if any(wanted in (contact.get(name) or "") for name in ("name", "identifier", "email"))
        ]
        start = (int(request.query.get("page", 1)) - 1) * 15
        return Answer({"meta": {"count": len(found)}, "payload": found[start : start + 15]})

    def _new_contact(self, request: Request) -> Answer:
        body = request.body
        for name, label in (("identifier", "Identifier"), ("email", "Email")):
            value = body.get(name)
            if value and any(contact[name] == value for contact in self.contacts):
                message = f"{label} has already been taken"
                raise Refused(422, {"message": message, "attributes": [name]})
        if body.get("email") and "@" not in body["email"]:
            raise Refused(422, {"message": "Email is invalid", "attributes": ["email"]})
        contact = {
            "id": len(self.contacts) + 41,
            "name": body.get("name"),
            "identifier": body.get("identifier"),
            "email": body.get("email"),
            "contact_inboxes": [],
        }
        self.contacts.append(contact)
        tie = self._tie(contact, body["inbox_id"]) if body.get("inbox_id") else {}
        return Answer({"payload": {"contact": contact, "contact_inbox": tie}})

    def _new_tie(self, request: Request, contact: int) -> Answer:
        return Answer(self._tie(self._contact(contact), request.body["inbox_id"]))

    def _tie(self, contact: dict[str, Any], inbox: int) -> dict[str, Any]:
        tie = {"source_id": str(uuid.uuid4()), "inbox": {"id": inbox, "name": "Svara"}}
        contact["contact_inboxes"].append(tie)
        return tie

    def _contact(self, number: int) -> dict[str, Any]:
        for contact in self.contacts:
            if contact["id"] == number:
                return contact
        raise Refused(404, {"error": "Resource could not be found"})

    def _of_contact(self, request: Request, contact: int) -> Answer:
        self._contact(contact)
        found = [item for item in self.conversations.values() if item["contact_id"] == contact]
        found.sort(key=lambda item: -item["last_activity_at"])
        return Answer({"payload": found[:20]})

    def _list(self, request: Request) -> Answer:
        status = request.query.get("status", "open")
        inbox = request.query.get("inbox_id")
        found = [
            item
            for item in self.conversations.values()
            if status in ("all", item["status"]) and inbox in (None, str(item["inbox_id"]))
        ]
        found.sort(key=lambda item: -item["last_activity_at"])
        start = (int(request.query.get("page", 1)) - 1) * self.per_page
        page = found[start : start + self.per_page]
        return Answer({"data": {"meta": {"all_count": len(found)}, "payload": page}})

    def _new_conversation(self, request: Request) -> Answer:
        body = request.body
        if body.get("status", "open") not in _STATUSES:
            raise Refused(422, {"error": "is not a valid status"})
        contact = self._contact(body["contact_id"])
        ties = [tie for tie in contact["contact_inboxes"] if tie["inbox"]["id"] == body["inbox_id"]]
        if body["source_id"] not in [tie["source_id"] for tie in ties]:
            raise Refused(404, {"error": "Resource could not be found"})
        for item in self.conversations.values():
            if self.single and item["contact_id"] == contact["id"]:
                return Answer(item)
        number = len(self.conversations) + 1
        now = int(time.time())
        self.conversations[number] = made = {
            "id": number,
            "account_id": ACCOUNT,
            "inbox_id": body["inbox_id"],
            "contact_id": contact["id"],
            "status": "pending" if self.bot else body.get("status", "open"),
            "priority": None,
            "custom_attributes": body.get("custom_attributes") or {},
            "meta": {"sender": contact},
            "created_at": now,
            "timestamp": now,
            "last_activity_at": now,
        }
        return Answer(made)

    def _show(self, request: Request, number: int) -> Answer:
        return Answer(self._conversation(number))

    def _toggle_status(self, request: Request, number: int) -> Answer:
        status = request.body["status"]
        if status not in _STATUSES:
            raise Refused(422, {"error": f"'{status}' is not a valid status"})
        self._set_status(self._conversation(number), status)
        payload = {"success": True, "current_status": status, "conversation_id": number}
        return Answer({"meta": {}, "payload": payload})

    def _toggle_priority(self, request: Request, number: int) -> Answer:
        if request.body["priority"] not in _PRIORITIES:
            raise Refused(422, {"error": "is not a valid priority"})
        self._conversation(number)["priority"] = request.body["priority"]
        return Answer()

    def _messages(self, request: Request, number: int) -> Answer:
        self._conversation(number)
        found = [item for item in self.messages if item["conversation_id"] == number]
        after, before = request.query.get("after"), request.query.get("before")
        if after and before:
            found = [item for item in found if int(after) <= item["id"] < int(before)][:1000]
        elif after:
            found = [item for item in found if item["id"] > int(after)][:100]
        else:
            found = [item for item in found if not before or item["id"] < int(before)][-20:]
        return Answer({"meta": {}, "payload": found})

    def _new_message(self, request: Request, number: int) -> Answer:
        body = request.body
        conversation = self._conversation(number)
        kind = body.get("message_type", "outgoing")
        if len(body.get("content") or "") > 150_000:
            raise Refused(422, {"error": "Content is too long (maximum is 150000 characters)"})
        if kind not in ("incoming", "outgoing"):
            raise Refused(422, {"error": f"'{kind}' is not a valid message_type"})
        sender = ("contact", conversation["contact_id"]) if kind == "incoming" else ("user", SVARA)
        made = self._post(number, body["content"], kind, bool(body.get("private")), sender, ())
        if kind == "incoming" and conversation["status"] in ("resolved", "snoozed"):
            self._set_status(conversation, "open")
        return Answer(made)

    def _conversation(self, number: int) -> dict[str, Any]:
        if number not in self.conversations:
            raise Refused(404, {"error": "Resource could not be found"})
        return self.conversations[number]

    def _set_status(self, conversation: dict[str, Any], status: str) -> None:
        if conversation["status"] != status:
            conversation["status"] = status
            text = f"Conversation was marked {status} by Astrid Lund"
            self._post(conversation["id"], text, "activity", False, None, ())

    def _post(
        self,
        number: int,
        text: str | None,
        kind: str,
        private: bool,
        sender: tuple[str, int] | None,
        files: tuple[dict[str, Any], ...],
        **more: Any,
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "id": 1000 + len(self.messages),
            "content": text,
            "conversation_id": number,
            "message_type": _TYPES[kind],
            "content_type": "text",
            "content_attributes": {},
            "private": private,
            "created_at": int(time.time()),
            **more,
        }
        if sender is not None:
            names = {"user": "Astrid Lund", "agent_bot": "Bot", "contact": "Customer"}
            message["sender"] = {"id": sender[1], "name": names[sender[0]], "type": sender[0]}
            if sender[0] == "user":
                message["sender"]["available_name"] = "Astrid"
        if files:
            message["attachments"] = [{"id": 1, "message_id": message["id"], **f} for f in files]
        self.messages.append(message)
        self.conversations[number]["last_activity_at"] = message["created_at"]
        return message
