"""What a customer wants done with an order, as far as it is known: the form's slots, typed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.orders import ReturnLine, ReturnReason
from bot.orders.recognise import normalise_order_number
from bot.orders.replies import NewAddress
from bot.orders.task import Task

FORM: Final = "order_form"
NUMBER, PROOF, CONFIRMED = "order_number", "order_proof", "confirmed"
ADDRESS, ITEMS, REASON = "new_address", "return_items", "return_reason"


@dataclass
class Wish:
    """What a customer wants done.

    Attributes:
        task: None when there is none (any more).
        number: order number in normal form.
        proof: e-mail address or postcode that the customer gave for it.
        proved: number of the order that `proof` was right for.
        attempts: how many times in a row number and proof did not fit.
        unclear: how many messages in a row were not understood.
        claim: what is wrong with the goods that came, in the customer's words.
        guessed: `proof` may be something else that the message says; not kept.
    """

    task: Task | None = None
    number: str | None = None
    proof: str | None = None
    proved: str | None = None
    attempts: int = 0
    unclear: int = 0
    address: NewAddress | None = None
    items: tuple[ReturnLine, ...] = ()
    reason: ReturnReason | None = None
    confirmed: bool = False
    claim: str = ""
    guessed: bool = False

    @classmethod
    def of(cls, tracker: Tracker) -> Wish:
        """The wish in a conversation's slots."""
        get = tracker.get_slot
        task, number, address, reason = (
            get(name) for name in ("order_task", NUMBER, ADDRESS, REASON)
        )
        # several numbers in one message come as a list; the first is the one
        first = number[0] if isinstance(number, list) and number else number
        return cls(
            task=Task(task) if task else None,
            number=normalise_order_number(str(first or "")),
            proof=get(PROOF),
            proved=get("order_proved"),
            attempts=int(get("order_attempts") or 0),
            unclear=int(get("misunderstood") or 0),
            address=NewAddress(**address) if address else None,
            items=tuple(ReturnLine(*pair) for pair in get(ITEMS) or ()),
            reason=ReturnReason(reason) if reason else None,
            confirmed=bool(get(CONFIRMED)),
            claim=str(get("order_claim") or ""),
        )

    def begin(self, task: Task | None) -> None:
        """Starts on a task, or on none; the order stays known."""
        self.task = task
        self.address, self.items, self.reason, self.confirmed = None, (), None, False
        self.claim = ""

    def use_number(self, number: str) -> None:
        """Another order: what was chosen from the former one is void."""
        if number != self.proved:
            self.items = ()
        self.number = number

    def changes(self, tracker: Tracker) -> list[Any]:
        """Events that bring the conversation's slots up to date."""
        address = self.address
        values: dict[str, Any] = {
            "order_task": self.task.value if self.task else None,
            NUMBER: self.number,
            PROOF: self.proof,
            "order_proved": self.proved,
            "order_attempts": self.attempts or None,
            "misunderstood": self.unclear or None,
            ADDRESS: address and vars(address),
            ITEMS: [[item.line, item.quantity] for item in self.items] or None,
            REASON: self.reason.value if self.reason else None,
            CONFIRMED: self.confirmed or None,
            "order_claim": self.claim or None,
        }
        return [
            SlotSet(name, value)
            for name, value in values.items()
            if (tracker.get_slot(name) or None) != value
        ]

    def key(self, tracker: Tracker) -> str:
        """Idempotency key of the change: a turn that is run again makes the same one.

        The message that confirmed it is part of it: an address that is changed, changed back and
        changed once more is three changes.
        """
        said: dict[str, Any] = next(
            (e for e in reversed(tracker.events) if e.get("event") == "user"), {}
        )
        parts = [
            tracker.sender_id,
            said.get("message_id"),
            self.task and self.task.value,
            self.number,
            self.address and vars(self.address),
            [[item.line, item.quantity] for item in self.items],
            self.reason and self.reason.value,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
