"""What a customer is told of the wait: is somebody there, what is their place, how long is it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from bot import texts
from bot.handoff import lookup
from bot.handoff.desks.plan import desk_plan
from bot.handoff.hours import moment
from bot.handoff.lookup import Handoff
from bot.nlu.entities.patterns import find_patterns
from bot.settings import Settings
from bot.storage import conversations

CONTACTS = ("email", "phone_number")


@dataclass(frozen=True)
class Outlook:
    """What can honestly be said of the wait at a desk.

    Attributes:
        open: somebody is there now.
        opens: when somebody comes, as people say it; None when they are there, or it is unknown.
        place: in the queue, from 1 on.
        seconds: the wait to expect; None when it is unknown.
    """

    open: bool
    opens: str | None
    place: int
    seconds: float | None

    def response(self, *, reachable: bool = False, timed: bool = False) -> str:
        """The response of `domain.yml` that says so.

        Args:
            reachable: the customer has said where else to answer.
            timed: they have a time at which they are called, so that there is no wait to tell.
        """
        if timed and (self.open or self.opens):
            return "utter_wait_call" if self.open else "utter_closed_call"
        if not self.open and self.opens:
            return "utter_closed_reachable" if reachable else "utter_closed"
        if not self.open:
            return "utter_closed_unknown"
        if self.seconds is None:
            return "utter_wait_unknown"
        return "utter_wait_queue" if self.place > 1 else "utter_wait_known"

    @property
    def values(self) -> dict[str, Any]:
        """What its text needs."""
        return {
            "minutes": max(1, round((self.seconds or 0) / 60)),
            "place": self.place,
            "opens": self.opens or "",
        }


def outlook(
    connection: Connection,
    settings: Settings,
    desk: str,
    language: str | None,
    *,
    now: dt.datetime | None = None,
) -> Outlook:
    """The wait for whoever comes to a desk next.

    Args:
        language: that the time of opening is said in.
        now: with time zone; None for the present.
    """
    at = now or dt.datetime.now(dt.timezone.utc)
    entry = desk_plan(settings).desks.get(desk)
    hours = entry.hours if entry else None
    place = len(lookup.waiting_at(connection, desk)) + 1
    if hours is None or hours.is_open(at):
        return Outlook(True, None, place, lookup.expected_wait(connection, desk))
    opening = hours.next_opening(at)
    opens = moment(opening, at, language) if opening else None
    return Outlook(False, opens, place, None)


def contact_in(text: str, language: str | None) -> dict[str, str]:
    """Where a customer wants the answer, if their message says so: `email`, `phone_number`."""
    found = {span.entity: str(span.value) for span in find_patterns(text, language)}
    return {name: found[name] for name in CONTACTS if name in found}


def keep_contact(connection: Connection, handoff: Handoff, contact: Mapping[str, str]) -> None:
    """Notes where a customer wants the answer, and repeats it to them, so that they see a slip."""
    conversation = conversations.find(connection, handoff.conversation_id)
    known = dict(conversation.customer) if conversation else {}
    conversations.update(connection, handoff.conversation_id, customer={**known, **contact})
    conversations.append(
        connection,
        handoff.conversation_id,
        "system",
        texts.say("utter_contact_noted", handoff.language, contact=" / ".join(contact.values())),
        data={"event": "utter_contact_noted"},
        push=conversations.push_state(connection, handoff.conversation_id),
    )
