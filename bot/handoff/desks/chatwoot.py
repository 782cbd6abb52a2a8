"""Chatwoot, over its application API and an inbox of the type API.

A customer's conversation with the bot is a contact there, which has its id as identifier; each
handoff is a conversation of that contact. Chatwoot calls a webhook once and not again, so what it
says is only a hint: messages are read from the API, and asked for besides.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.errors import DeskRefused, EventRefused, SignatureRefused
from bot.handoff.desks.attachments import passed_on
from bot.handoff.desks.contract import (
    MESSAGE,
    RESOLVED,
    TYPING,
    Abilities,
    FromAgent,
    News,
    Ticket,
)
from bot.handoff.desks.hook import UNREADABLE
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.opening import Kind, Opening
from bot.handoff.desks.ticket import TicketDesk

CONVERSATION, HANDOFF = "svara_conversation", "svara_handoff"
"""Custom attributes of a conversation in Chatwoot."""
_PRIORITIES = {"urgent": "urgent", "high": "high", "low": "low"}
_INCOMING, _OUTGOING = 0, 1
_CONTACTS, _LATEST, _AFTER, _POSTS = 15, 20, 100, 100
"""How many Chatwoot gives at once: contacts, latest messages, messages after one. And our own."""
_OVERLAP = 60.0
"""Seconds that are read once more: what is committed late has an earlier time."""
_FIRST_LOOK = 7 * 86400.0
_TOLERANCE = 300.0
_STATUS_EVENTS = ("conversation_status_changed", "conversation_resolved")


class ChatwootDesk(TicketDesk):
    """One inbox of an account.

    Args:
        opening: with the options of `KIND`.

    Raises:
        DeskRefused: an option is not a number.
    """

    abilities = Abilities(
        typing=True, attachments=True, notes=True, reopen=True, pushes=True, polls=True
    )

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._account = _number(opening, "account")
        self._inbox = _number(opening, "inbox")
        self._url = opening.option("url").rstrip("/")
        self._hook_key = opening.hook_key
        self._me: int | None = None
        # Chatwoot reads it as its api_access_token; proxies drop names with underscores.
        token = {"api-access-token": opening.key}
        base, private = f"{self._url}/api/v1", opening.entry.allow_private
        self._client = DeskClient(
            self.name, f"{base}/accounts/{self._account}", allow_private=private, headers=token
        )
        self._profile = DeskClient(
            self.name, f"{base}/profile", allow_private=private, headers=token
        )

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`."""
        contact = self._contact(conversation_id)
        if contact is None:
            return []
        found = self._list(self._client.get(f"/contacts/{int(contact['id'])}/conversations"))
        numbers = [
            int(item["id"])
            for item in found
            if item["inbox_id"] == self._inbox
            and (item.get("custom_attributes") or {}).get(CONVERSATION) == conversation_id
        ]
        return [self._ticket(number) for number in sorted(numbers, reverse=True)]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`: a conversation of its own for each handoff.

        The contact's earlier ones are beside it in Chatwoot, under "Previous conversations".
        """
        contact = self._contact(str(context["conversation_id"])) or self._new_contact(context)
        attributes = {
            CONVERSATION: context["conversation_id"],
            HANDOFF: context["handoff_id"],
            "svara_link": context["links"]["console"],
            "language": context["customer"]["language"],
        }
        body = {
            "inbox_id": self._inbox,
            "contact_id": contact["id"],
            "source_id": self._source(contact),
            "status": "open",
            "custom_attributes": attributes,
        }
        made = self._client.post("/conversations", body)
        if (made.get("custom_attributes") or {}).get(HANDOFF) != context["handoff_id"]:
            raise DeskRefused(
                f"{self.name} has given an earlier conversation instead of a new one. Let the "
                f"inbox {self._inbox} create new conversations: in its settings, Conversation "
                "Routing."
            )
        return self._ticket(made["id"])

    def _open(self, context: Mapping[str, Any], others: Collection[str]) -> Ticket:
        """Also completes a conversation that an earlier attempt has made, but not filled."""
        ticket = super()._open(context, others)
        self._note(ticket, self.rendering.opening(context), again=True)
        priority = _PRIORITIES.get(context["priority"])
        if priority:
            self._act(ticket, "toggle_priority", {"priority": priority})
        if self._conversation(ticket.id).get("status") == "pending":
            # An agent bot is connected to the inbox, and Chatwoot waits for that one.
            self._act(ticket, "toggle_status", {"status": "open"})
        return ticket

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`: a message of the contact; it opens a resolved conversation."""
        self._act(ticket, "messages", {"content": text, "message_type": "incoming"})

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`: a private note."""
        body = {"content": text, "message_type": "outgoing", "private": True}
        self._act(ticket, "messages", body)

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        texts: list[str] = []
        params: dict[str, Any] = {}
        while len(texts) < _POSTS:
            found = self._messages(ticket.id, params)
            texts += [str(item.get("content") or "") for item in found if self._ours(item)]
            if len(found) < _LATEST:
                break
            params = {"before": min(int(item["id"]) for item in found)}
        return texts

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`."""
        self._act(ticket, "toggle_status", {"status": "resolved"})

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: of the conversations in which something has happened since.

        The cursor has the time of the newest activity and, by conversation, up to which message
        it was read.
        """
        state: dict[str, Any] = {"at": time.time() - _FIRST_LOOK, "read": {}}
        if cursor:
            state = json.loads(cursor)
        watched = {ticket.id for ticket in tickets}
        read = {number: last for number, last in state["read"].items() if number in watched}
        newest = state["at"]
        events: list[FromAgent] = []
        for conversation in self._active(state["at"] - _OVERLAP):
            newest = max(newest, _activity(conversation))
            number = str(conversation["id"])
            if number in watched:
                said, read[number] = self._said(number, read.get(number, 0))
                events += [*said, *self._end(conversation)]
        return News(tuple(events), json.dumps({"at": newest, "read": read}))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`: what it tells of is read from the API.

        Without a secret anybody may have sent it. Then it can do no more than make us look, and
        what we could not look up, that somebody writes, is not believed.
        """
        if self._hook_key:
            self._check(headers, body)
        try:
            event = json.loads(body)
            kind = str(event["event"])
            conversation = event if kind in _STATUS_EVENTS else event.get("conversation")
            if conversation is None or conversation["inbox_id"] != self._inbox:
                return ()
            number = int(conversation["id"])
            message = int(event["id"]) if kind == "message_created" else 0
        except UNREADABLE as error:
            raise EventRefused("The body is not that of a webhook of Chatwoot.") from error
        if kind == "conversation_typing_on" and self._hook_key:
            return self._typing(event, number)
        if kind == "message_created" and _is_agents(event):
            return tuple(self._one(number, message))
        if kind in _STATUS_EVENTS:
            return tuple(self._end(self._conversation(number)))
        return ()

    def _contact(self, conversation_id: str) -> Mapping[str, Any] | None:
        """The contact with that identifier, of which there is one at most."""
        for page in itertools.count(1):
            params = {"q": conversation_id, "page": page}
            found = self._list(self._client.get("/contacts/search", params))
            for item in found:
                if item.get("identifier") == conversation_id:
                    return dict(item)
            if len(found) < _CONTACTS:
                break
        return None

    def _new_contact(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        customer = context["customer"]
        body = {
            "inbox_id": self._inbox,
            "identifier": context["conversation_id"],
            "name": customer.get("name") or str(context["conversation_id"]),
        }
        email = customer["facts"].get("email") or context["slots"].get("email")
        try:
            made = self._client.post("/contacts", body | ({"email": email} if email else {}))
        except DeskRefused as error:
            if not email or error.status != 422:
                raise
            # Not an address, or that of another contact: nobody has checked that it is the
            # customer's, so the two stay apart. The note has it anyway.
            made = self._client.post("/contacts", body)
        try:
            return dict(made["payload"]["contact"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} made no contact: {made!r:.200}") from error

    def _source(self, contact: Mapping[str, Any]) -> str:
        """What ties the contact to the inbox."""
        for tie in contact.get("contact_inboxes") or ():
            if tie["inbox"]["id"] == self._inbox:
                return str(tie["source_id"])
        path = f"/contacts/{int(contact['id'])}/contact_inboxes"
        return str(self._client.post(path, {"inbox_id": self._inbox})["source_id"])

    def _active(self, since: float) -> Iterator[Mapping[str, Any]]:
        """Conversations of the inbox with any activity since a time, the latest first."""
        seen: set[int] = set()
        for page in itertools.count(1):
            params = {"inbox_id": self._inbox, "status": "all", "assignee_type": "all"}
            answer = self._client.get("/conversations", params | {"page": page})
            found = self._list(answer.get("data") if isinstance(answer, dict) else None)
            fresh = [item for item in found if item["id"] not in seen]
            for item in fresh:
                if _activity(item) < since:
                    return
                seen.add(item["id"])
                yield item
            if not fresh:
                return

    def _said(self, number: str, after: int) -> tuple[list[FromAgent], int]:
        """Agents' words after a message, and up to which one need not be read again."""
        events: list[FromAgent] = []
        settled, last = after, after
        while True:
            found = self._messages(number, {"after": last})
            for item in found:
                last = max(last, int(item["id"]))
                if item["created_at"] <= time.time() - _OVERLAP:
                    settled = max(settled, int(item["id"]))
                events += self._words(number, item)
            if len(found) < _AFTER:
                return events, settled

    def _one(self, number: int, message: int) -> Iterator[FromAgent]:
        for item in self._messages(number, {"after": message - 1}):
            if item["id"] == message:
                yield from self._words(str(number), item)

    def _words(self, number: str, item: Mapping[str, Any]) -> Iterator[FromAgent]:
        """A message as an agent's words; nothing when no customer is to see it."""
        sender = item.get("sender") or {}
        if (
            item["message_type"] != _OUTGOING
            or item.get("private") is not False
            or sender.get("type") != "user"
            or (item.get("content_attributes") or {}).get("deleted")
            or sender["id"] == self._own()
        ):
            return
        files = [_file(each) for each in item.get("attachments") or ()]
        text, links = passed_on(str(item.get("content") or ""), files)
        if text or links:
            yield FromAgent(
                f"chatwoot-{item['id']}", number, MESSAGE, _agent(sender), text, tuple(links)
            )

    def _end(self, conversation: Mapping[str, Any]) -> Iterator[FromAgent]:
        """That a conversation is resolved. A handoff ends once, so its number is enough."""
        if conversation.get("status") == "resolved" and conversation["inbox_id"] == self._inbox:
            number = str(conversation["id"])
            assignee = (conversation.get("meta") or {}).get("assignee") or {}
            agent = _agent(assignee) if assignee else {}
            yield FromAgent(f"chatwoot-resolved-{number}", number, RESOLVED, agent)

    def _typing(self, event: Mapping[str, Any], number: int) -> Sequence[FromAgent]:
        user = event.get("user") or {}
        if event.get("is_private") or user.get("type") != "user" or user["id"] == self._own():
            return ()
        moment = f"chatwoot-typing-{number}-{user['id']}-{time.time_ns()}"
        return (FromAgent(moment, str(number), TYPING, _agent(user)),)

    def _check(self, headers: Mapping[str, str], body: bytes) -> None:
        moment = headers.get("x-chatwoot-timestamp", "")
        signed = f"{moment}.".encode() + body
        expected = hmac.new(self._hook_key.encode(), signed, hashlib.sha256).hexdigest()
        given = headers.get("x-chatwoot-signature", "").encode()
        if not hmac.compare_digest(f"sha256={expected}".encode(), given):
            raise SignatureRefused(
                "The webhook is not signed with the secret that Chatwoot shows for it. Give Svara "
                f"that one: `svara handoff secret {self.name} --hook`. An old Chatwoot signs "
                "nothing: then give none."
            )
        if not moment.isdecimal() or abs(time.time() - int(moment)) > _TOLERANCE:
            raise SignatureRefused("The webhook's time is off by over five minutes.")

    def _own(self) -> int:
        """The account that the token is of."""
        if self._me is None:
            self._me = int(self._profile.get("")["id"])
        return self._me

    def _ours(self, item: Mapping[str, Any]) -> bool:
        note = item.get("private") and (item.get("sender") or {}).get("id") == self._own()
        return bool(note or item["message_type"] == _INCOMING)

    def _conversation(self, number: str | int) -> Mapping[str, Any]:
        return dict(self._client.get(f"/conversations/{int(number)}"))

    def _messages(self, number: str | int, params: Mapping[str, Any]) -> list[Any]:
        return self._list(self._client.get(f"/conversations/{int(number)}/messages", params))

    def _act(self, ticket: Ticket, what: str, body: Mapping[str, Any]) -> None:
        self._client.call("POST", f"/conversations/{int(ticket.id)}/{what}", body=body)

    def _ticket(self, number: Any) -> Ticket:
        url = f"{self._url}/app/accounts/{self._account}/conversations/{int(number)}"
        return Ticket(str(number), url)

    def _list(self, found: Any) -> list[Any]:
        try:
            return list(found["payload"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} gave no list: {found!r:.200}") from error


def _number(opening: Opening, name: str) -> int:
    value = opening.option(name)
    if not value.isdecimal():
        raise DeskRefused(
            f"The desk '{opening.entry.name}' needs the number of its {name}, not {value!r}. It "
            "is in the address of Chatwoot's page of it."
        )
    return int(value)


def _is_agents(event: Mapping[str, Any]) -> bool:
    """Whether a message that a webhook tells of may be an agent's words: is it worth a look?"""
    return event.get("message_type") in ("outgoing", _OUTGOING) and not event.get("private")


def _activity(conversation: Mapping[str, Any]) -> float:
    return float(conversation.get("last_activity_at") or conversation["timestamp"])


def _agent(user: Mapping[str, Any]) -> dict[str, str]:
    """An agent by the name that customers are to see."""
    return {
        "id": str(user["id"]),
        "name": str(user.get("available_name") or user.get("name") or ""),
    }


def _file(attachment: Mapping[str, Any]) -> tuple[str, str]:
    """Name and address of an attachment; a place or a contact has no address."""
    url = str(attachment.get("data_url") or "")
    name = unquote(urlsplit(url).path.rpartition("/")[2]) or str(
        attachment.get("fallback_title") or attachment.get("file_type") or ""
    )
    return name, url


KIND = Kind(
    "chatwoot",
    "Chatwoot",
    ChatwootDesk,
    required={
        "url": "of Chatwoot",
        "account": "number of the account",
        "inbox": "number of an inbox of the type API; only for Svara",
    },
    key="access token of a user; only for Svara",
    hook_key="secret that Chatwoot shows for the webhook; none when it shows none",
)
