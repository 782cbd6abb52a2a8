"""Zendesk's Sunshine Conversations API v2, as developer.zendesk.com has it.

Known: users, conversations of a user, messages in pages, the switchboard's controls, webhooks with
their shared secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from servers.desk_product import Answer, Product, Refused, Request

APP, KEY_ID, KEY, SECRET = "5d8cff3cd55b040010928b5b", "app_1", "key secret", "shared secret"
SVARA_BOT, ANSWER_BOT, WORKSPACE = "svara-bot", "zd-answerBot", "zd-agentWorkspace"
_TYPES = {SVARA_BOT: "custom", ANSWER_BOT: "zd:answerBot", WORKSPACE: "zd:agentWorkspace"}
_NEXT = {SVARA_BOT: WORKSPACE, ANSWER_BOT: WORKSPACE}
_MOST_METADATA, _MOST_TEXT, _PAGE = 4096, 4096, 100


class SunshineServer(Product):
    """One app; its switchboard has Svara's bot, Zendesk's and the Agent Workspace.

    Attributes:
        default: integration that gets the words of a customer whom none has yet.
        passed: the bodies of `passControl`, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.default = SVARA_BOT
        self._time = datetime.now(tz=timezone.utc)
        self._ids = 0
        self.users: dict[str, dict[str, Any]] = {}
        self.conversations: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.passed: list[dict[str, Any]] = []

    def answer(self, call: Request) -> Answer:
        """One call of the API."""
        given = base64.b64encode(f"{KEY_ID}:{KEY}".encode()).decode()
        if call.headers.get("authorization") != f"Basic {given}":
            raise _refused(401, "unauthorized", "Authorization is required")
        path = call.path.removeprefix(f"/sc/v2/apps/{APP}")
        if path == call.path:
            raise _refused(404, "app_not_found", "App not found")
        routes = (
            ("POST", "/users", self._make_user),
            ("GET", "/conversations", self._list),
            ("POST", "/conversations", self._create),
            ("GET", "/conversations/([^/]+)", self._show),
            ("GET", "/conversations/([^/]+)/messages", self._list_messages),
            ("POST", "/conversations/([^/]+)/messages", self._post),
            ("POST", "/conversations/([^/]+)/passControl", self._pass),
            ("POST", "/conversations/([^/]+)/releaseControl", self._release),
        )
        for method, pattern, handler in routes:
            match = re.fullmatch(pattern, path)
            if method == call.method and match:
                return handler(call, *match.groups())  # type: ignore[operator]
        raise _refused(404, "not_found", "Not found")

    def _make_user(self, call: Request) -> Answer:
        name = call.body["externalId"]
        if name in self.users:
            raise _refused(409, "conflict", "User already exists")
        profile = call.body.get("profile") or {}
        if any(not 1 <= len(value) <= 128 for value in profile.values()):
            raise _refused(400, "bad_request", "profile")
        user = {"id": self._id(), "externalId": name, "profile": profile}
        self.users[name] = user
        return Answer({"user": user}, 201)

    def _list(self, call: Request) -> Answer:
        owner = call.query["filter[userExternalId]"]
        if owner not in self.users:
            raise _refused(404, "user_not_found", "User not found")
        found = [
            each for number, each in self.conversations.items() if self.owners[number] == owner
        ]
        size, after = int(call.query.get("page[size]", 25)), call.query.get("page[after]")
        ids = [each["id"] for each in found]
        start = ids.index(after) + 1 if after else 0
        page = found[start : start + size]
        meta: dict[str, Any] = {"hasMore": start + size < len(found)}
        if meta["hasMore"]:
            meta["afterCursor"] = page[-1]["id"]
        return Answer({"conversations": page, "meta": meta})

    def _create(self, call: Request) -> Answer:
        (participant,) = call.body["participants"]
        owner = participant["userExternalId"]
        if owner not in self.users:
            raise _refused(404, "user_not_found", "User not found")
        number = self._id()
        self.owners[number], self.messages[number] = owner, []
        self.conversations[number] = {
            "id": number,
            "type": call.body["type"],
            "metadata": _flat(call.body.get("metadata")),
            "displayName": call.body.get("displayName"),
            "isDefault": list(self.owners.values()).count(owner) == 1,
            "lastUpdatedAt": self._now(),
        }
        return Answer({"conversation": self.conversations[number]}, 201)

    def _show(self, call: Request, number: str) -> Answer:
        return Answer({"conversation": self._conversation(number)})

    def _list_messages(self, call: Request, number: str) -> Answer:
        self._conversation(number)
        found, before = self.messages[number], call.query.get("page[before]")
        end = [each["id"] for each in found].index(before) if before else len(found)
        start = max(0, end - _PAGE)
        page = found[start:end]
        meta = {"hasMore": start > 0, **({"beforeCursor": page[0]["id"]} if page else {})}
        return Answer({"messages": page, "meta": meta})

    def _post(self, call: Request, number: str) -> Answer:
        conversation = self._conversation(number)
        author, content = call.body["author"], call.body["content"]
        if not 1 <= len(content["text"].encode("utf-16-le")) // 2 <= _MOST_TEXT:
            raise _refused(400, "bad_request", "text")
        if author["type"] == "user" and author["userExternalId"] != self.owners[number]:
            raise _refused(400, "bad_request", "The user is no participant")
        message = self._add(number, author, content, "api", _flat(call.body.get("metadata")))
        if author["type"] == "user" and "activeSwitchboardIntegration" not in conversation:
            self._gives(number, self.default)
        if author["type"] == "user" and self.holder(number) == ANSWER_BOT:
            bot = {"type": "business", "displayName": "Zendesk's bot"}
            self._add(number, bot, {"type": "text", "text": "Hello!"}, "zd:answerBot")
        return Answer({"messages": [message]}, 201)

    def _pass(self, call: Request, number: str) -> Answer:
        self._conversation(number)
        to = call.body["switchboardIntegration"]
        _flat(call.body.get("metadata"))
        if to == "next":
            to = _NEXT.get(self.holder(number) or self.default, "")
        if to not in _TYPES:
            raise _refused(404, "not_found", "Switchboard integration not found")
        self.passed.append(call.body)
        self._gives(number, to)
        return Answer({})

    def _release(self, call: Request, number: str) -> Answer:
        self._conversation(number).pop("activeSwitchboardIntegration", None)
        return Answer({})

    def _conversation(self, number: str) -> dict[str, Any]:
        if number not in self.conversations:
            raise _refused(404, "conversation_not_found", "Conversation not found")
        return self.conversations[number]

    def _gives(self, number: str, to: str) -> None:
        held = {"id": f"id-{to}", "name": to, "integrationType": _TYPES[to]}
        self.conversations[number]["activeSwitchboardIntegration"] = held

    def _add(
        self,
        number: str,
        author: Mapping[str, Any],
        content: Mapping[str, Any],
        source: str,
        metadata: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        message = {
            "id": self._id(),
            "received": self._now(),
            "author": dict(author),
            "content": dict(content),
            "source": {"type": source},
            **({"metadata": metadata} if metadata else {}),
        }
        self.messages[number].append(message)
        self.conversations[number]["lastUpdatedAt"] = message["received"]
        return message

    def _id(self) -> str:
        self._ids += 1
        return f"{self._ids:024x}"

    def _now(self) -> str:
        self._time = max(self._time + timedelta(milliseconds=1), datetime.now(tz=timezone.utc))
        return self._time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self._time.microsecond // 1000:03}Z"

    def holder(self, number: str) -> str:
        """Name of the integration that has a conversation."""
        held = self.conversations[number].get("activeSwitchboardIntegration") or {}
        return str(held.get("name", ""))

    def writes(self, number: str, text: str = "", **more: Any) -> dict[str, Any]:
        """An agent writes; `author`, `source` and parts of the content in `more`."""
        author = {"type": "business", "displayName": "Astrid Lund", **more.pop("author", {})}
        source = more.pop("source", "zd:agentWorkspace")
        with self._lock:
            return self._add(number, author, {"type": "text", "text": text, **more}, source)

    def ends(self, number: str) -> None:
        """An agent ends the session."""
        with self._lock:
            self.conversations[number].pop("activeSwitchboardIntegration", None)

    def hook(self, kind: str, number: str, *, secret: str = SECRET, **payload: Any) -> Any:
        """Headers and body of a webhook, as Zendesk sends it."""
        held = dict(self.conversations[number])
        event = {
            "id": self._id(),
            "createdAt": self._now(),
            "type": kind,
            "payload": {"conversation": held, **payload},
        }
        webhook = {"id": "w1", "version": "v2"}
        body = {"app": {"id": APP}, "webhook": webhook, "events": [event]}
        return {"content-type": "application/json", "x-api-key": secret}, json.dumps(body).encode()


def _flat(metadata: Any) -> dict[str, Any]:
    found = metadata or {}
    if not all(isinstance(value, (str, int, float, bool)) for value in found.values()):
        raise _refused(400, "bad_request", "metadata is not flat")
    if len(json.dumps(found).encode()) > _MOST_METADATA:
        raise _refused(400, "bad_request", "metadata exceeds 4KB")
    return dict(found)


def _refused(status: int, code: str, title: str) -> Refused:
    return Refused(status, {"errors": [{"code": code, "title": title}]})
