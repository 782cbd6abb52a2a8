"""Orders: does what the order form has found out, and says what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import Any, Final

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.handoff import hand_off
from actions.order_wish import Wish
from bot import texts
from bot.errors import OrderSystemError
from bot.orders import HttpOrderSystem, OrderSystem, Refusal, answers
from bot.orders.task import Say, Task

logger = logging.getLogger(__name__)

_TIMEOUT: Final = (1.0, 3.0)
"""Seconds to connect and to answer: with its retries, a call stays under `action_timeout`."""


@lru_cache(maxsize=1)
def order_system() -> OrderSystem:
    """The company's order system, opened once in a process."""
    settings = turn.settings()
    return HttpOrderSystem(settings.orders_url, settings.order_system_key, _TIMEOUT)


def today() -> date:
    """The day now, in UTC as the order system's times are."""
    return datetime.now(timezone.utc).date()


def say(dispatcher: CollectingDispatcher, says: Sequence[Say]) -> None:
    """Says one thing after the other."""
    for one in says:
        words = texts.variation(one.response, None)["text"]
        # only what is said: Rasa keeps all of it with the message
        fields = {name: value for name, value in one.fields.items() if f"{{{name}}}" in words}
        dispatcher.utter_message(
            response=one.response, buttons=[dict(b) for b in one.buttons] or None, **fields
        )


class ActionOrderTask(Action):
    """Does what the customer wants done with the order, once the form knows all of it."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_order_task"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[Any]:
        """Does it, says so, and forgets the task; the order stays known."""
        wish, language = Wish.of(tracker), turn.language(tracker)
        if wish.task is None:
            return []  # the form was left
        task, key = wish.task.value, wish.key(tracker)
        try:
            says = await asyncio.to_thread(_do, wish, language, key)
        except OrderSystemError as error:
            logger.error("The task %s failed: %s", task, error)
            evidence = {"task": task, "order_number": wish.number}
            handed = hand_off(dispatcher, tracker, "technical_error", evidence)
            wish.begin(None)
            return [*wish.changes(tracker), *handed]
        # where it is may be all the answer to what is missing
        claim = [SlotSet("last_question", wish.claim)] if wish.claim else []
        if wish.task is Task.STATUS and (claim or _asked_again(tracker)):
            says = [*says, Say("utter_order_no_more")]
        say(dispatcher, says)
        wish.begin(None)
        return [*wish.changes(tracker), *claim]


def _asked_again(tracker: Tracker) -> bool:
    """Where the same order is was the last thing that was said."""
    told = turn.asked(tracker).startswith(("utter_order_state_", "utter_order_tracking"))
    return told and turn.entity(tracker, "order_number") is None


def _do(wish: Wish, language: str, key: str) -> list[Say]:
    """Carries a wish out; gives what to say.

    Raises:
        OrderSystemError: we cannot find out; the same `key` makes it safe to do again.
    """
    match wish.task:
        case Task.CANCEL:
            return _cancel(wish, language, key)
        case Task.READDRESS:
            return _readdress(wish, language, key)
        case Task.RETURN:
            return _send_back(wish, language, key)
    found = order_system().lookup(wish.number or "", wish.proof or "")
    if isinstance(found, Refusal):
        return [Say("utter_order_refused", {"order": wish.number})]
    tell = answers.status if wish.task is Task.STATUS else answers.refund
    return tell(found, language, today())


def _cancel(wish: Wish, language: str, key: str) -> list[Say]:
    done = order_system().cancel(wish.number or "", wish.proof or "", idempotency_key=key)
    if isinstance(done, Refusal):
        return _why_not(done, wish, language)
    return answers.cancelled(done, language, today())


def _readdress(wish: Wish, language: str, key: str) -> list[Say]:
    address = wish.address
    if address is None:
        return []
    done = order_system().change_address(
        wish.number or "",
        wish.proof or "",
        street=address.street,
        postcode=address.postcode,
        city=address.city,
        idempotency_key=key,
    )
    if isinstance(done, Refusal):
        return _why_not(done, wish, language)
    if "@" not in (wish.proof or ""):
        wish.proof = done.address.postcode  # the old postcode proves nothing any more
    return answers.readdressed(done, language, today())


def _send_back(wish: Wish, language: str, key: str) -> list[Say]:
    if wish.reason is None:
        return []
    made = order_system().create_return(
        wish.number or "",
        wish.proof or "",
        lines=wish.items,
        reason=wish.reason,
        idempotency_key=key,
    )
    if isinstance(made, Refusal):
        return _why_not(made, wish, language)
    return answers.label_made(made, language)


def _why_not(why: Refusal, wish: Wish, language: str) -> list[Say]:
    """The order has changed since we asked, or the shop knows more of it than we do."""
    order = order_system().lookup(wish.number or "", wish.proof or "")
    if isinstance(order, Refusal) or wish.task is None:
        return [Say("utter_order_refused", {"order": wish.number})]
    return answers.refused(wish.task, order, language, today()) or [
        answers.refused_by_shop(why.reason, order, language, today())
    ]
