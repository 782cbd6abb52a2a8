"""django-helpdesk 2, over its REST API.

A ticket has the conversation's id in a custom field. The product tells of a follow-up once, to
whoever listens, unsigned, and not at all of a ticket closed over its API: so a webhook is only a
reason to ask at once. Reading a single ticket, or the list of all, costs the product a look at
each ticket it ever had; so the open ones are listed, and follow-ups.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from bot.errors import DeskError, DeskRefused, SignatureRefused
from bot.handoff.desks.attachments import passed_on
from bot.handoff.desks.contract import MESSAGE, RESOLVED, Abilities, FromAgent, News, Ticket
from bot.handoff.desks.http import DeskClient
from bot.handoff.desks.opening import Kind, Opening
from bot.handoff.desks.ticket import TicketDesk

FIELD = "conversation_id"
HOOK_USER = "svara"
"""User name in the address that the product's webhooks are posted to."""
_PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
_TICKETS_PAGE, _FOLLOWUPS_PAGE = 25, 100
_MAX_BYTES = 16 * 1024 * 1024
_OVERLAP = timedelta(minutes=10)
"""Follow-ups can become visible so much later than their date says, in a long transaction."""
_UNSETTLED = timedelta(seconds=60)
_FIRST_LOOK, _RETRIES = timedelta(days=7), timedelta(days=4)
_TEMPLATE = re.compile(r"\{(?=[{%#])|%(?=\})")
_LINK = re.compile(r"^In Svara: \S*/conversations/(.+?)\r?$", re.MULTILINE)
_JOINER = "\N{WORD JOINER}"


@dataclass
class Seen:
    """What has been read, as the cursor keeps it.

    Attributes:
        own: numbers of the logins that we write under; more than one when it was changed.
        until: date of the newest follow-up; None before the first look.
        taken: by ticket the numbers of the agents' replies that were passed on.
        ended: tickets whose end was passed on.
    """

    own: list[int] = field(default_factory=list)
    until: datetime | None = None
    taken: dict[str, list[int]] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, cursor: str | None) -> Seen:
        """From a cursor."""
        if cursor is None:
            return cls()
        kept = json.loads(cursor)
        until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
        return cls(kept["own"], until, kept["taken"], kept["ended"])

    def cursor(self, watched: Sequence[str]) -> str:
        """As a cursor, without what is no longer asked for."""
        kept = {
            "own": self.own,
            "until": self.until.isoformat() if self.until else None,
            "taken": {name: ids for name, ids in self.taken.items() if name in watched},
            "ended": [name for name in self.ended if name in watched],
        }
        return json.dumps(kept)


class DjangoHelpdeskDesk(TicketDesk):
    """One queue.

    Args:
        opening: with the options of `KIND`.

    Raises:
        DeskRefused: an option has an unusable value.
    """

    abilities = Abilities(attachments=True, notes=True, pushes=True, polls=True)

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening.entry.name, opening.rendering)
        self._url = opening.option("url").rstrip("/")
        self._queue = self._numbers(opening, "queue", "")[0]
        self._field = f"custom_{opening.option('field', FIELD)}"
        self._open_statuses = self._numbers(opening, "open", "1, 2")
        self._closed_status = self._numbers(opening, "closed", "4")[0]
        self._links = opening.option("attachments", "linked") != "named"
        self._agents = self._names(opening)
        self._hook_key = opening.hook_key
        self._own: set[int] = set()
        self._field_is_there = False
        auth = (opening.option("user"), opening.key)
        self._private = opening.entry.allow_private
        self._client = DeskClient(
            self.name,
            f"{self._url}/api",
            allow_private=self._private,
            auth=auth,
            max_bytes=_MAX_BYTES,
        )

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """See `TicketDesk.find`: among the open tickets, then among those closed of late."""
        listed = self._open_tickets()
        numbers = {number for number, item in listed.items() if self._is_of(item, conversation_id)}
        followups = self._followups(datetime.now(tz=timezone.utc) - _RETRIES)
        for number in {
            str(item["ticket"]) for item in followups if conversation_id in _words(item)
        }:
            if number not in listed and self._is_of(self._ticket(number) or {}, conversation_id):
                numbers.add(number)
        return [self._as_ticket(number) for number in sorted(numbers, key=int, reverse=True)]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        """See `TicketDesk.create`.

        Without the customer's e-mail address: to that one the product would mail every word,
        their own too, and a link to the whole ticket, with what is in it for staff only.
        """
        self._need_field()
        body = {
            "queue": self._queue,
            "title": self.rendering.subject(context),
            "description": self.rendering.opening(context),
            "priority": _PRIORITIES[context["priority"]],
            self._field: str(context["conversation_id"]),
        }
        made = self._client.post("/tickets/", body)
        self._own |= _openers(made)
        return self._as_ticket(str(made["id"]))

    def add(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.add`."""
        self._write(ticket, text, public=True)

    def note(self, ticket: Ticket, text: str) -> None:
        """See `TicketDesk.note`."""
        self._write(ticket, text, public=False)

    def posts(self, ticket: Ticket) -> Sequence[str]:
        """See `TicketDesk.posts`."""
        item = self._ticket(ticket.id, only_open=True) or self._ticket(ticket.id) or {}
        return [_words(each).replace(_JOINER, "") for each in item.get("followup_set", ())][-100:]

    def close(self, ticket: Ticket) -> None:
        """See `TicketDesk.close`."""
        self._write(ticket, "", public=False, new_status=self._closed_status)

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `Desk.news`: replies of others in open tickets and closed ones, and what was closed.

        The open tickets are read before the follow-ups: the words that a ticket was closed with
        are among these then, and come before its end.
        """
        seen = Seen.read(cursor)
        watched = [ticket.id for ticket in tickets]
        listed = self._open_tickets() if watched else {}
        gone = [
            number
            for number in watched
            if number not in listed
            and number not in seen.ended
            and self._ticket(number, only_open=True) is None
        ]
        seen.ended = [number for number in seen.ended if number not in listed]
        followups = self._followups(self._horizon(seen, watched))
        said: dict[str, dict[int, Any]] = {number: {} for number in watched}
        for number in watched:
            for item in listed.get(number, {}).get("followup_set", ()):
                said[number][int(item["id"])] = item
        for item in followups:
            said.get(str(item["ticket"]), {})[int(item["id"])] = item
        self._learn(seen.own, listed, watched)
        seen.own = sorted(self._own)
        events: list[FromAgent] = []
        for number in watched:
            taken = seen.taken.setdefault(number, [])
            replies = [
                item
                for key, item in sorted(said[number].items())
                if key not in taken and self._is_reply(item)
            ]
            ready = list(itertools.takewhile(_settled, replies))
            events += [self._reply(item) for item in ready]
            taken += [int(item["id"]) for item in ready]
            if number in gone and len(ready) == len(replies):
                events.append(self._end(number))
                seen.ended.append(number)
        if followups:
            seen.until = max([_date(followups[-1]), *([seen.until] if seen.until else [])])
        return News(tuple(events), seen.cursor(watched))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `Desk.receive`: a hint, whatever it says: it is not signed, nor sent again."""
        expected = base64.b64encode(f"{HOOK_USER}:{self._hook_key}".encode())
        given = headers.get("authorization", "").removeprefix("Basic ").encode()
        if not self._hook_key or not hmac.compare_digest(given, expected):
            raise SignatureRefused(
                f"The webhook does not have the secret of '{self.name}' as the password in its "
                "address (docs/desks.md)."
            )
        return ()

    def _open_tickets(self) -> dict[str, Any]:
        """The open ones by number."""
        found: dict[str, Any] = {}
        page = 1
        while True:
            params = {"status": self._statuses, "page": page, "page_size": _TICKETS_PAGE}
            listed = self._client.get("/tickets/", params)
            for item in self._results(listed):
                # A product that knows none of these statuses gives all tickets instead.
                if item["status"] in self._open_statuses:
                    found[str(item["id"])] = item
            if not listed.get("next"):
                return found
            page += 1

    def _followups(self, since: datetime | None) -> list[Any]:
        """Follow-ups of all tickets after a moment, oldest first; at least the newest page."""
        params: dict[str, Any] = {"page": "last", "page_size": _FOLLOWUPS_PAGE}
        listed = self._client.get("/followups/", params)
        found = self._results(listed)
        page = math.ceil(int(listed["count"]) / _FOLLOWUPS_PAGE)
        while since is not None and page > 1 and found and _date(found[0]) > since:
            page -= 1
            found = self._results(self._client.get("/followups/", {**params, "page": page})) + found
        return found

    def _horizon(self, seen: Seen, watched: Sequence[str]) -> datetime | None:
        if not watched:
            return None
        now = datetime.now(tz=timezone.utc)
        return seen.until - _OVERLAP if seen.until else now - _FIRST_LOOK

    def _learn(
        self, known: Sequence[int], listed: Mapping[str, Any], watched: Sequence[str]
    ) -> None:
        """Numbers of our login; the product tells of none, but each ticket was opened by it."""
        self._own.update(known)
        for number in watched:
            self._own |= _openers(listed.get(number, {}))
        for number in watched:
            if not self._own:
                self._own |= _openers(self._ticket(number) or {})

    def _is_reply(self, item: Mapping[str, Any]) -> bool:
        """Whether a customer is to read a follow-up: an agent's, public, and not empty.

        What came by mail or from the product's own public page has no user: nobody knows whose
        words these are.
        """
        return bool(
            item["public"] is True
            and self._own
            and item["user"] not in (None, *self._own)
            and not item.get("message_id")
            and (_words(item).strip() or item["followupattachment_set"])
        )

    def _reply(self, item: Mapping[str, Any]) -> FromAgent:
        user = str(item["user"])
        files = [
            (str(each["filename"]), self._link(each)) for each in item["followupattachment_set"]
        ]
        text, links = passed_on(_words(item), files)
        return FromAgent(
            f"djh-{item['id']}",
            str(item["ticket"]),
            MESSAGE,
            {"id": user, "name": self._agents.get(user, "")},
            text,
            links,
        )

    def _end(self, number: str) -> FromAgent:
        return FromAgent(f"djh-ticket-{number}-end", number, RESOLVED)

    def _link(self, file: Mapping[str, Any]) -> str:
        """Address of a file that opens for somebody who is not logged in; empty for none."""
        url = str(file["file"])
        if not self._links or not url.startswith(("https://", "http://")):
            return ""
        try:
            DeskClient(self.name, url, allow_private=self._private).call("GET", "", wanted=False)
        except DeskError:
            return ""
        return url

    def _write(self, ticket: Ticket, text: str, **more: Any) -> None:
        # The product runs what it is given as a template. No title: that would rename the ticket.
        comment = _TEMPLATE.sub(lambda found: found[0] + _JOINER, text)
        body = {"ticket": int(ticket.id), "comment": comment, **more}
        self._own.add(int(self._client.post("/followups/", body)["user"]))

    def _need_field(self) -> None:
        """The product takes a ticket without the field as well, and it would never be found."""
        if self._field_is_there:
            return
        told = self._client.call("OPTIONS", "/tickets/").json(self.name)
        if self._field not in told.get("actions", {}).get("POST", {}):
            raise DeskRefused(
                f"{self.name} has no custom field '{self._field.removeprefix('custom_')}' for "
                "tickets. Add one of that name in django-helpdesk's administration."
            )
        self._field_is_there = True

    def _ticket(self, number: str, *, only_open: bool = False) -> Any:
        """A ticket; None when there is none (that is open)."""
        params = {"status": self._statuses} if only_open else None
        item = self._maybe(f"/tickets/{int(number)}/", params)
        return (
            item if item is None or not only_open or item["status"] in self._open_statuses else None
        )

    def _maybe(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        try:
            return self._client.get(path, params)
        except DeskRefused as error:
            if error.status == 404:
                return None
            raise

    def _is_of(self, item: Mapping[str, Any], conversation_id: str) -> bool:
        """Whether a ticket is a conversation's.

        The product empties custom fields when an agent chooses an owner in the list beside a
        ticket. It then says what it is by the link to the conversation that it began with.
        """
        given = item.get(self._field)
        return given == conversation_id if given else _linked(item) == conversation_id

    def _as_ticket(self, number: str) -> Ticket:
        return Ticket(number, f"{self._url}/tickets/{number}/")

    @property
    def _statuses(self) -> str:
        return ",".join(str(status) for status in self._open_statuses)

    def _results(self, listed: Any) -> list[Any]:
        try:
            return list(listed["results"])
        except (TypeError, KeyError) as error:
            raise DeskRefused(f"{self.name} gave no list: {listed!r:.200}") from error

    def _numbers(self, opening: Opening, name: str, default: str) -> tuple[int, ...]:
        given = opening.option(name, default)
        found = re.findall(r"[0-9]+", given)
        if not found or re.search(r"[^0-9,\s\[\]]", given):
            raise DeskRefused(f"{self.name}: '{name}' must be a number, not {given!r}.")
        return tuple(int(each) for each in found)

    def _names(self, opening: Opening) -> dict[str, str]:
        given = opening.entry.options.get("agents") or {}
        if not isinstance(given, Mapping):
            raise DeskRefused(f"{self.name}: 'agents' must have lines of the form 'number: name'.")
        return {str(number): str(name) for number, name in given.items()}


def _openers(item: Mapping[str, Any]) -> set[int]:
    """Who opened a ticket of ours, if it can be told: its first follow-up has the same text."""
    followups = sorted(item.get("followup_set", ()), key=lambda each: int(each["id"]))
    found = [each for each in followups if _words(each) and _words(each) == item["description"]]
    return {int(found[0]["user"])} if found and found[0]["user"] is not None else set()


def _linked(item: Mapping[str, Any]) -> str:
    """Id of the conversation that a ticket's first text has a link to; empty for none."""
    # The last one: what customers say after it never begins a line.
    found = _LINK.findall(str(item.get("description") or ""))
    return str(found[-1]) if found else ""


def _words(item: Mapping[str, Any]) -> str:
    return str(item["comment"] or "")


def _date(item: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(str(item["date"]).replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def _settled(item: Mapping[str, Any]) -> bool:
    """Whether a follow-up is complete: it is there before its files are, and before its mails."""
    if item.get("email_recipients", ()) is not None:
        return True
    return abs(datetime.now(tz=timezone.utc) - _date(item)) > _UNSETTLED


KIND = Kind(
    "django_helpdesk",
    "django-helpdesk 2",
    DjangoHelpdeskDesk,
    required={
        "url": "of django-helpdesk",
        "queue": "number of the queue for the tickets",
        "user": "login that Svara writes under; only for it",
    },
    optional={
        "field": f"name of the custom field for the conversation's id; default: {FIELD}",
        "agents": "names that customers read, by the numbers of the agents' logins; default: "
        "the name of the desk",
        "open": "numbers of the statuses in which a ticket is open; default: 1, 2",
        "closed": "number of the status of a ticket whose customer no longer needs a person; "
        "default: 4",
        "attachments": "`named` when customers cannot open the product's files; default: linked",
    },
    key="password of the login",
    hook_key="secret of your choice (letters and digits), the password in the webhook's address",
)
