"""Zendesk messaging, over the Sunshine Conversations API (v2).

A customer is a user whose external id is the conversation's id, by which Zendesk lists what the
user has; a handoff is one conversation with the handoff's id in its metadata. The switchboard
passes it to the Agent Workspace, and whoever has it tells when agents have ended it. Agents' words
come by a webhook (docs/desks.md), and are asked for besides, so that none is lost with a webhook.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests

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
from bot.handoff.desks.watch import AT_ONCE, Watch, seconds, told_time
from kb_connector.html import to_markdown

logger = logging.getLogger(__name__)

TAG = "svara"
WORKSPACE = "zd:agentWorkspace"
"""Type of the integration that agents work in, and source of what they write."""
_HANDOFF, _CONVERSATION, _KEY = "svaraHandoff", "svaraConversation", "svaraKey"
"""In the metadata of conversations and messages."""
_PAGE = 100
_TEXT_CHARS = 2048
"""Of one message: Zendesk takes 4096 of UTF-16, where a character may count twice."""
_NAME_CHARS = 128
_COMMAND = re.compile(r"%\(\(.*?\)\)%", re.DOTALL)
"""What an agent writes to the switchboard, not to the customer."""


class ZendeskMessagingDesk(TicketDesk):
    """One app of an account.

    Args:
        opening: with the options of `KIND`.
    """

    abilities = Abilities(typing=True, attachments=True, pushes=True, polls=True)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._switchboard = opening.option("switchboard", "next")
        self._bot = opening.option("bot")
        self._field = opening.option("field")
        self._hook_key = opening.hook_key
        url = opening.option("url").rstrip("/")
        self._client = DeskClient(
            self.name,
            f"{url}/sc/v2/apps/{opening.option('app')}",
            allow_private=opening.entry.allow_private,
            auth=(opening.option("key_id"), opening.key),
            headers={"accept": "application/json"},
        )
        self._watch = Watch()
        self._seen: dict[str, Mapping[str, Any]] = {}
        self._turn = 0

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`: those only that agents have; `create` goes on with the others."""
        known = self._conversations(conversation_id) or ()
        return [Ticket(str(each["id"])) for each in reversed(known) if _with_agents(each)]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`; a conversation that was begun before is gone on with."""
        record = self._begun(context)
        number = str(record["id"])
        said = self._said(number)
        if self._bot and _holder(record).get("name") != self._bot:
            self._pass(number, self._bot, {})
        about = {**context["transcript"], "messages": []}
        opening = self.rendering.opening({**context, "transcript": about})
        self._say(number, _US, opening, "opening", said)
        customer = _customer(str(context["conversation_id"]))
        for line in context["transcript"]["messages"]:
            author = customer if line["speaker"] == "customer" else _US
            text = "\n".join(self.rendering.line(line))
            self._say(number, author, text, f"message-{line['id']}", said)
        self._pass(number, self._switchboard, self._metadata(context, said["opening-0"]))
        if not _with_agents(self._show(number)):
            raise DeskRefused(
                f"{self.name} has passed the conversation {number} to '{self._switchboard}', which "
                "is not the Agent Workspace. Set the desk's `switchboard` to the name of the "
                "Agent Workspace's switchboard integration, as zd-agentWorkspace."
            )
        return Ticket(number)

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`."""
        metadata = self._show(ticket.id).get("metadata") or {}
        self._say_once(ticket.id, _customer(str(metadata.get(_CONVERSATION))), text)

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`: a message of the business, which the customer has nowhere."""
        self._say_once(ticket.id, _US, text)

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        found, _ = self._messages(ticket.id)
        ours = (each for each in found if _KEY in (each.get("metadata") or {}))
        return [str(each["content"].get("text") or "") for each in ours]

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`; what agents have given away already is left where it is."""
        if not _with_agents(self._show(ticket.id)):
            return
        if self._bot:
            self._pass(ticket.id, self._bot, {})
        else:
            self._client.post(f"/conversations/{ticket.id}/releaseControl", {})

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: each look is at twenty conversations, and reads those with new words."""
        now = 0.0
        looked: list[str] = []
        for number in self._next(tickets):
            try:
                answer = self._client.call("GET", f"/conversations/{number}")
            except DeskRefused as error:
                if error.status != requests.codes.not_found:
                    raise
                # Deleted, perhaps as its customer asked for it: the others are to be read still.
                logger.warning("%s has no conversation %s any more", self.name, number)
                continue
            now = now or told_time(answer.headers)
            self._seen[number] = self._one(answer.json(self.name), "conversation")
            looked.append(number)
        here = {ticket.id for ticket in tickets}
        self._seen = {number: each for number, each in self._seen.items() if number in here}
        changed = {number: seconds(each["lastUpdatedAt"]) for number, each in self._seen.items()}
        due = self._watch.due(cursor, changed, now)
        events = [event for number in due for event in self._words(number)]
        events += [_ended(number) for number in looked if not _with_agents(self._seen[number])]
        return News(tuple(events), self._watch.looked(cursor, due, changed, now))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`."""
        self._verify(headers)
        try:
            events = json.loads(body)["events"]
            return tuple(found for each in events for found in self._told(each))
        except UNREADABLE as error:
            raise EventRefused(
                "The body must be a webhook of version v2 of a Conversations integration.",
                field="events",
            ) from error

    def _verify(self, headers: Mapping[str, str]) -> None:
        if not self._hook_key:
            raise SignatureRefused(
                f"The desk '{self.name}' has no key for webhooks. Keep the webhook's shared secret "
                f"with `svara handoff secret {self.name} --hook`."
            )
        given = headers.get("x-api-key", "")
        if not hmac.compare_digest(self._hook_key.encode(), given.encode()):
            raise SignatureRefused(
                "X-API-Key is missing or wrong. Keep the shared secret that Zendesk shows of the "
                f"webhook with `svara handoff secret {self.name} --hook`."
            )

    def _told(self, event: Mapping[str, Any]) -> Iterator[FromAgent]:
        """What an event of a webhook means; nothing when it is of no interest."""
        kind, payload = event["type"], event["payload"]
        number = str(payload["conversation"]["id"])
        if kind == "conversation:message":
            yield from self._said_by_agent(number, payload["message"])
        elif kind == "switchboard:releaseControl":
            # Words whose webhook failed are to be read before the end is told.
            yield from self._words(number)
            yield _ended(number)
        elif kind == "conversation:typing":
            activity = payload["activity"]
            if _by_agent(activity) and activity["type"] == "typing:start":
                agent = self._agent(activity)
                yield FromAgent(f"zendesk-{event['id']}", number, TYPING, agent)

    def _words(self, number: str) -> Iterator[FromAgent]:
        found, _ = self._messages(number)
        for message in found:
            yield from self._said_by_agent(number, message)

    def _said_by_agent(self, number: str, message: Mapping[str, Any]) -> Iterator[FromAgent]:
        if message.get("deleted") or not _by_agent(message):
            return
        text, links = _content(message["content"])
        if text or links:
            happening = f"zendesk-{message['id']}"
            yield FromAgent(happening, number, MESSAGE, self._agent(message), text, links)

    def _agent(self, said: Mapping[str, Any]) -> dict[str, str]:
        """Who it was: Zendesk tells the name that customers see, and no id."""
        name = str(said["author"].get("displayName") or self.name)
        return {"id": name, "name": name}

    def _begun(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """The handoff's conversation, made if there is none yet."""
        customer = str(context["conversation_id"])
        known = self._conversations(customer)
        for record in map(dict, known or ()):
            if (record.get("metadata") or {}).get(_HANDOFF) == context["handoff_id"]:
                return record
        if known is None:
            self._make_user(context)
        body = {
            "type": "personal",
            "participants": [{"userExternalId": customer, "subscribeSDKClient": False}],
            "displayName": self.rendering.subject(context),
            "metadata": {_HANDOFF: context["handoff_id"], _CONVERSATION: customer},
        }
        return self._one(self._client.post("/conversations", body), "conversation")

    def _make_user(self, context: Mapping[str, Any]) -> None:
        """Without an e-mail address, which Zendesk would write to besides."""
        profile = {"locale": context["customer"]["language"]}
        name = str(context["customer"].get("name") or "").strip()
        if name:
            profile["givenName"] = name[:_NAME_CHARS]
        try:
            body = {"externalId": context["conversation_id"], "profile": profile}
            self._client.post("/users", body)
        except DeskRefused as error:
            # An earlier attempt, or another one at this moment, has made it.
            if error.status != requests.codes.conflict:
                raise

    def _metadata(self, context: Mapping[str, Any], first: str) -> dict[str, str]:
        """What the ticket is to have; far from the 4 KB that Zendesk takes."""
        metadata = {
            # Else the ticket begins with the last ten messages.
            "first_message_id": first,
            "dataCapture.systemField.tags": TAG,
            "dataCapture.systemField.priority": str(context["priority"]),
        }
        if self._field:
            metadata[f"dataCapture.ticketField.{self._field}"] = str(context["conversation_id"])
        return metadata

    def _pass(self, number: str, to: str, metadata: Mapping[str, str]) -> None:
        body: dict[str, Any] = {"switchboardIntegration": to}
        if metadata:
            body["metadata"] = metadata
        self._client.post(f"/conversations/{number}/passControl", body)

    def _say_once(self, number: str, author: Mapping[str, str], text: str) -> None:
        """Says something; of a text in several messages those only that are not there yet."""
        said = self._said(number, all_of_it=False) if len(text) > _TEXT_CHARS else {}
        self._say(number, author, text, hashlib.sha256(text.encode()).hexdigest()[:16], said)

    def _say(
        self, number: str, author: Mapping[str, str], text: str, key: str, said: dict[str, str]
    ) -> None:
        """Says something, in as many messages as it needs.

        Args:
            key: of the text in its conversation.
            said: ids of the messages that are there, by their keys; those made are added.
        """
        for part, start in enumerate(range(0, len(text), _TEXT_CHARS)):
            own, words = f"{key}-{part}", text[start : start + _TEXT_CHARS]
            if own in said or not words.strip():
                continue
            body = {
                "author": author,
                "content": {"type": "text", "text": words},
                "metadata": {_KEY: own},
            }
            made = self._client.post(f"/conversations/{number}/messages", body)
            said[own] = str(self._records(made, "messages")[0]["id"])

    def _said(self, number: str, *, all_of_it: bool = True) -> dict[str, str]:
        """Ids of the messages that we have made, by their keys."""
        said: dict[str, str] = {}
        before = ""
        while True:
            found, more = self._messages(number, before)
            said |= {
                str(each["metadata"][_KEY]): str(each["id"])
                for each in found
                if _KEY in (each.get("metadata") or {})
            }
            if not (more and all_of_it):
                return said
            before = more

    def _messages(self, number: str, before: str = "") -> tuple[list[Any], str]:
        """A hundred messages, oldest first, and what those before are asked for with."""
        params = {"page[before]": before} if before else None
        path = f"/conversations/{quote(number, safe='')}/messages"
        found = self._client.get(path, params)
        messages = sorted(self._records(found, "messages"), key=lambda each: str(each["received"]))
        meta = found.get("meta") or {}
        return messages, str(meta.get("beforeCursor") or "") if meta.get("hasMore") else ""

    def _conversations(self, customer: str) -> list[Any] | None:
        """All conversations of a customer, as they were made; None where Zendesk knows no such."""
        known: list[Any] = []
        params = {"filter[userExternalId]": customer, "page[size]": str(_PAGE)}
        while True:
            try:
                found = self._client.get("/conversations", params)
            except DeskRefused as error:
                if error.status == requests.codes.not_found:
                    return None
                raise
            known += self._records(found, "conversations")
            meta = found.get("meta") or {}
            if not (meta.get("hasMore") and meta.get("afterCursor")):
                return known
            params["page[after]"] = str(meta["afterCursor"])

    def _next(self, tickets: Sequence[Ticket]) -> list[str]:
        """The conversations whose turn it is to be looked at."""
        if len(tickets) <= AT_ONCE:
            return [ticket.id for ticket in tickets]
        self._turn = (self._turn + AT_ONCE) % len(tickets)
        around = [*tickets[self._turn :], *tickets[: self._turn]]
        return [ticket.id for ticket in around[:AT_ONCE]]

    def _show(self, number: str) -> Mapping[str, Any]:
        return self._one(self._client.get(f"/conversations/{number}"), "conversation")

    def _one(self, found: Any, name: str) -> Mapping[str, Any]:
        record = found.get(name) if isinstance(found, dict) else None
        if isinstance(record, dict) and "id" in record:
            return record
        raise DeskRefused(f"{self.name} gave no {name}: {found!r:.200}")

    def _records(self, found: Any, name: str) -> list[Any]:
        records = found.get(name) if isinstance(found, dict) else None
        if isinstance(records, list):
            return records
        raise DeskRefused(f"{self.name} gave no list of {name}: {found!r:.200}")


_US = {"type": "business", "displayName": "Svara"}


def _customer(conversation_id: str) -> dict[str, str]:
    return {"type": "user", "userExternalId": conversation_id}


def _holder(conversation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The switchboard integration that has a conversation; empty when none has."""
    return conversation.get("activeSwitchboardIntegration") or {}


def _with_agents(conversation: Mapping[str, Any]) -> bool:
    return _holder(conversation).get("integrationType") == WORKSPACE


def _ended(number: str) -> FromAgent:
    return FromAgent(f"zendesk-released-{number}", number, RESOLVED)


def _by_agent(said: Mapping[str, Any]) -> bool:
    """Whether a person has said it, or is about to; the system's own activities are no words."""
    author = said["author"]
    return (
        author["type"] == "business"
        and (said.get("source") or {}).get("type") == WORKSPACE
        and "activity" not in (author.get("subtypes") or ())
    )


def _content(content: Mapping[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """A message as the customer reads it, and links to its files."""
    html = content.get("htmlText")
    text = to_markdown(str(html)).text if html else str(content.get("text") or "")
    lines = [_COMMAND.sub("", text).strip()]
    for each in content.get("items") or ():
        lines += [str(each.get(name) or "") for name in ("title", "description")]
    lines += [str(each.get("label") or "") for each in content.get("fields") or ()]
    for each in content.get("actions") or ():
        link = str(each.get("uri") or "")
        lines.append(f"{each.get('text') or ''} {link}".strip())
    place = content.get("coordinates")
    if place:
        lines.append(f"{place.get('lat')}, {place.get('long')}")
    url = str(content.get("mediaUrl") or "")
    name = str(content.get("altText") or "") or unquote(urlsplit(url).path.rpartition("/")[2])
    return passed_on("\n".join(line for line in lines if line), [(name, url)] if url else [])


KIND = Kind(
    "zendesk_messaging",
    "Zendesk messaging",
    ZendeskMessagingDesk,
    required={
        "url": "of the account, as https://example.zendesk.com",
        "app": "id of the account's Conversations app",
        "key_id": "id of the Conversations API key",
    },
    optional={
        "switchboard": "switchboard integration that agents have, as zd-agentWorkspace; default: "
        "next, the one that follows",
        "bot": "name of Svara's own switchboard integration; default: none",
        "field": "number of a ticket field for the conversation's id; default: none",
    },
    key="secret of the Conversations API key",
    hook_key="shared secret of the Conversations webhook",
)
