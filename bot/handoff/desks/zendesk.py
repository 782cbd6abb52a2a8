"""Zendesk Support, over its Ticketing API.

A ticket has the conversation's id as its external id, by which Zendesk lists tickets exactly, and
is made with an idempotency key. Agents' words come by a webhook (docs/desks.md), and are asked for
besides, so that none is lost with a webhook. The incremental exports are not asked: they leave out
the last minute.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
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

TAG = "svara"
TOLERANCE = 300.0
"""Seconds by which a webhook's timestamp may be off."""
_PAGE = 100
_DONE = ("solved", "closed")
_ASLEEP = ("pending", "hold", "solved")
_AGENTS = ("agent", "admin")
_BAD, _UNUSABLE = requests.codes.bad_request, requests.codes.unprocessable_entity


class ZendeskDesk(TicketDesk):
    """One account.

    Args:
        opening: with the options of `KIND`.
    """

    abilities = Abilities(attachments=True, notes=True, reopen=True, pushes=True, polls=True)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._url = opening.option("url").rstrip("/")
        self._group = opening.option("group_id")
        self._hook_key = opening.hook_key
        by_oauth = opening.option("key") == "oauth"
        self._client = DeskClient(
            self.name,
            f"{self._url}/api/v2",
            allow_private=opening.entry.allow_private,
            auth=None if by_oauth else (f"{opening.option('user')}/token", opening.key),
            headers={"accept": "application/json"}
            | ({"authorization": f"Bearer {opening.key}"} if by_oauth else {}),
        )
        self._own_id: int | None = None
        self._watch = Watch()

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`."""
        params = {"external_id": conversation_id, "per_page": _PAGE}
        found = self._records(self._client.get("/tickets.json", params), "tickets")
        # Were the parameter not known, all tickets of the account would come.
        ours = [int(each["id"]) for each in found if each.get("external_id") == conversation_id]
        return [self._ticket(number) for number in sorted(ours, reverse=True)]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`."""
        comment = _private(self.rendering.opening(context)) | {"uploads": [self._upload(context)]}
        ticket: dict[str, Any] = {
            "subject": self.rendering.subject(context),
            "comment": comment,
            "external_id": context["conversation_id"],
            "priority": context["priority"],
            "tags": [TAG],
        }
        if self._group:
            ticket["group_id"] = int(self._group)
        email = context["customer"]["facts"].get("email") or context["slots"].get("email")
        made = self._create_for(ticket, context, str(email) if email else "")
        return self._ticket(self._one(made, "ticket")["id"])

    def _create_for(self, ticket: dict[str, Any], context: Mapping[str, Any], email: str) -> Any:
        """Makes the ticket; a requester that Zendesk does not take is left out."""
        if email:
            named = {"name": context["customer"].get("name") or email, "email": email}
            try:
                return self._create({**ticket, "requester": named}, context, "")
            except DeskRefused as error:
                if error.status != _UNUSABLE:
                    raise
        return self._create(ticket, context, "-nobody")

    def _create(self, ticket: Mapping[str, Any], context: Mapping[str, Any], variant: str) -> Any:
        key = {"idempotency-key": f"{context['handoff_id']}{variant}"}
        try:
            answer = self._client.call(
                "POST", "/tickets.json", body={"ticket": ticket}, headers=key
            )
        except DeskRefused as error:
            # An earlier attempt's ticket, whose upload had another token, has the key already.
            if error.status == _BAD:
                for found in self.find(str(context["conversation_id"])):
                    return {"ticket": {"id": found.id}}
            raise
        return answer.json(self.name)

    def _upload(self, context: Mapping[str, Any]) -> str:
        """Brings the whole context there, for whoever wants to work with it; its token."""
        answer = self._client.call(
            "POST",
            "/uploads.json",
            params={"filename": "handoff.json"},
            data=json.dumps(context, ensure_ascii=False, indent=2).encode(),
            headers={"content-type": "application/json"},
        )
        return str(self._one(answer.json(self.name), "upload")["token"])

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`; a ticket that is put aside or solved is opened again."""
        change: dict[str, Any] = {"comment": _private(text)}
        if self._show(ticket)["status"] in _ASLEEP:
            change["status"] = "open"
        self._update(ticket, change)

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`."""
        self._update(ticket, {"comment": _private(text)})

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        comments, _ = self._comments(ticket.id)
        return [str(each["body"]) for each in comments if each["author_id"] == self._me()]

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`; Zendesk has nothing solved that nobody is assigned to."""
        record = self._show(ticket)
        if record["status"] in _DONE:
            return
        change: dict[str, Any] = {"status": "solved"}
        if record.get("assignee_id") is None:
            change["assignee_id"] = self._me()
        self._update(ticket, change)

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: what Zendesk has changed of them is read, oldest words first."""
        known: dict[str, Mapping[str, Any]] = {}
        now = 0.0
        for start in range(0, len(tickets), _PAGE):
            numbers = ",".join(str(int(ticket.id)) for ticket in tickets[start : start + _PAGE])
            answer = self._client.call("GET", "/tickets/show_many.json", params={"ids": numbers})
            now = now or told_time(answer.headers)
            found = self._records(answer.json(self.name), "tickets")
            known |= {str(each["id"]): each for each in found}
        changed = {each: seconds(known[each]["updated_at"]) for each in known}
        due = self._watch.due(cursor, changed, now)
        events = [event for number in due for event in self._events(known[number])]
        return News(tuple(events), self._watch.looked(cursor, due, changed, now))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`: the webhook says which ticket it is, and we read that."""
        self._verify(headers, body)
        try:
            told = json.loads(body)
            number = int(told["detail"]["id"] if "detail" in told else told["ticket"])
        except UNREADABLE as error:
            raise EventRefused(
                'The body must be {"ticket": "{{ticket.id}}"} of a trigger, or a ticket event.'
            ) from error
        return tuple(self._events(self._show(Ticket(str(number)))))

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        if not self._hook_key:
            raise SignatureRefused(
                f"The desk '{self.name}' has no key for webhooks. Keep the webhook's signing "
                f"secret with `svara handoff secret {self.name} --hook`."
            )
        timestamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
        digest = hmac.new(self._hook_key.encode(), timestamp.encode() + body, hashlib.sha256)
        expected = base64.b64encode(digest.digest())
        given = headers.get("x-zendesk-webhook-signature", "")
        if not hmac.compare_digest(expected, given.encode()):
            raise SignatureRefused(
                "X-Zendesk-Webhook-Signature is missing or wrong. Keep the signing secret that "
                f"Zendesk shows of the webhook with `svara handoff secret {self.name} --hook`."
            )
        try:
            off = abs(time.time() - seconds(timestamp))
        except ValueError as error:
            raise SignatureRefused(f"The webhook's time '{timestamp}' is none.") from error
        if off > TOLERANCE:
            raise SignatureRefused(
                f"The webhook is {off:.0f} seconds off, {TOLERANCE:.0f} at most. Check this "
                "machine's clock."
            )

    def _events(self, record: Mapping[str, Any]) -> Iterator[FromAgent]:
        """What agents have done to a ticket: public comments of theirs, and its end."""
        number = str(record["id"])
        comments, users = self._comments(number)
        for each in comments:
            author = users.get(each["author_id"], {})
            # Anything that is not surely meant for the customer stays where it is; a call's
            # record is none of it.
            if each.get("public") is not True or each.get("type") != "Comment":
                continue
            if author.get("role") not in _AGENTS or each["author_id"] == self._me():
                continue
            text, links = _words(each)
            if text or links:
                agent = {"id": str(each["author_id"]), "name": _name(author) or self.name}
                happening = f"zendesk-{each['id']}"
                yield FromAgent(happening, number, MESSAGE, agent, text, links)
        if record["status"] in _DONE:
            yield FromAgent(f"zendesk-solved-{number}", number, RESOLVED)

    def _comments(self, number: str) -> tuple[list[Any], dict[int, Mapping[str, Any]]]:
        """The newest hundred, oldest first, and their authors by id."""
        params = {"sort_order": "desc", "per_page": _PAGE, "include": "users"}
        found = self._client.get(f"/tickets/{int(number)}/comments.json", params)
        users = {int(each["id"]): each for each in self._records(found, "users")}
        return self._records(found, "comments")[::-1], users

    def _me(self) -> int:
        if self._own_id is None:
            user = self._one(self._client.get("/users/me.json"), "user")
            if user["id"] is None:
                raise DeskRefused(
                    f"{self.name} takes us for a stranger. Check the login and the API token, and "
                    "that API tokens are allowed.",
                    status=requests.codes.unauthorized,
                )
            self._own_id = int(user["id"])
        return self._own_id

    def _show(self, ticket: Ticket) -> Mapping[str, Any]:
        found = self._client.get(f"/tickets/{int(ticket.id)}.json")
        return self._one(found, "ticket")

    def _update(self, ticket: Ticket, change: Mapping[str, Any]) -> None:
        try:
            self._client.put(f"/tickets/{int(ticket.id)}.json", {"ticket": change})
        except DeskRefused as error:
            if error.status == _UNUSABLE and self._show(ticket)["status"] == "closed":
                raise DeskRefused(
                    f"Zendesk has closed ticket {ticket.id} for good: {error}",
                    status=error.status,
                    final=True,
                ) from error
            raise

    def _one(self, found: Any, name: str) -> Mapping[str, Any]:
        record = found.get(name) if isinstance(found, dict) else None
        if isinstance(record, dict) and ("id" in record or "token" in record):
            return record
        raise DeskRefused(f"{self.name} gave no {name}: {found!r:.200}")

    def _records(self, found: Any, name: str) -> list[Any]:
        records = found.get(name) if isinstance(found, dict) else None
        if isinstance(records, list):
            return records
        raise DeskRefused(f"{self.name} gave no list of {name}: {found!r:.200}")

    def _ticket(self, number: Any) -> Ticket:
        return Ticket(str(number), f"{self._url}/agent/tickets/{number}")


def _private(text: str) -> dict[str, Any]:
    """A comment for agents only; one that is public is mailed to people."""
    return {"body": text, "public": False}


def _name(user: Mapping[str, Any]) -> str:
    """What customers are to call an agent: many go by an alias."""
    return str(user.get("alias") or user.get("name") or "")


def _words(comment: Mapping[str, Any]) -> tuple[str, list[dict[str, str]]]:
    """A comment as the customer reads it, and links to its files."""
    html = comment.get("html_body")
    text = to_markdown(str(html)).text if html else str(comment.get("body") or "")
    files = comment.get("attachments") or ()
    return passed_on(
        text, ((str(each["file_name"]), str(each.get("content_url") or "")) for each in files)
    )


KIND = Kind(
    "zendesk",
    "Zendesk Support",
    ZendeskDesk,
    required={
        "url": "of the account, as https://example.zendesk.com",
        "user": "e-mail address of the agent that Svara writes as; only for it",
    },
    optional={
        "key": "`oauth` when the key is an OAuth access token; default: an API token",
        "group_id": "number of the group for the tickets; default: as Zendesk assigns them",
    },
    key="API token, or OAuth access token of that agent",
    hook_key="signing secret of the webhook",
)
