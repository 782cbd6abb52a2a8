"""What a message says of a wish: number, proof, address, goods, reason."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, Final

from rasa_sdk import Tracker

from actions import turn
from actions.order_wish import ADDRESS, CONFIRMED, ITEMS, NUMBER, PROOF, REASON, Wish
from bot.orders import Order, ReturnLine, ReturnReason, is_proof, normalise_order_number, returning
from bot.orders.replies import NewAddress, match_lines, parse_address, parse_reason
from bot.orders.task import Task

_SHORT_PROOF: Final = 10
_PERSONAL: Final = {"personal_number"}
_SAID_ALIKE: Final = {
    Task.CANCEL: ("cancel_subscription", "delete_account"),
    Task.READDRESS: ("update_account_details",),
}
_LEANS_FROM: Final = 0.5
NUMBERS: Final = {"order_number", "email", "postcode", "phone_number"}


class Reading:
    """Takes what the latest message says into a wish.

    Args:
        asked: the form's slot that was asked for; empty for the first message.
        order: the order, when it is known already.

    Attributes:
        found: the slots that the message had something for.
    """

    def __init__(self, tracker: Tracker, wish: Wish, asked: str, order: Order | None) -> None:
        self._tracker, self._wish, self._asked = tracker, wish, asked
        # the number of a person is never the one of an order
        self._text = _without(_PERSONAL, text_of(tracker), _meant(tracker))
        numberless = _without({*_PERSONAL, "order_number"}, text_of(tracker), _meant(tracker))
        self._rest = numberless.strip(" /:;,.-\u2013")
        self.found: set[str] = set()
        number = self._number()
        self._proof(number)
        if wish.task is Task.READDRESS:
            self._address()
        if wish.task is Task.RETURN:
            self._reason()
            self._items(order)

    def _number(self) -> str | None:
        values = self._tracker.get_latest_entity_values("order_number")
        number = next((n for n in (normalise_order_number(str(v)) for v in values) if n), None)
        if number is None and self._asked == NUMBER:
            number = normalise_order_number(self._text)
        if number is not None:
            self._wish.use_number(number)
            self.found.add(NUMBER)
        return number

    def _proof(self, number: str | None) -> None:
        wish, asked = self._wish, self._asked
        if wish.proved is not None and wish.proved == wish.number:
            return
        proof, address = self._given_proof(), self._new_address()
        by_postcode = proof is not None and "@" not in proof
        odd_number = asked == NUMBER and number is None
        if by_postcode and (odd_number or (address is not None and asked != PROOF)):
            proof = None
        if proof is not None:
            wish.proof, wish.proved = proof, None
            # whether it is where the order goes, or where it shall go, only the order tells
            asked_for = asked == PROOF and address in (None, wish.address)
            wish.guessed = wish.task is Task.READDRESS and by_postcode and not asked_for
            self.found.add(PROOF)
        elif number and address is None and is_proof(self._rest):
            wish.proof, wish.guessed = is_proof(self._rest), True

    def _given_proof(self) -> str | None:
        """An e-mail address or postcode; as our question's answer, also one of a strange form."""
        email = turn.entity(self._tracker, "email")
        if email:
            return is_proof(str(email))
        postcode = turn.entity(self._tracker, "postcode")
        if postcode and is_proof(self._rest):  # a Dutch "1016 HD" holds a Danish 1016
            return is_proof(str(postcode))
        if self._asked != PROOF:
            return None
        text = self._text.strip(" .,!")
        short = len(text) <= _SHORT_PROOF and any(character.isdigit() for character in text)
        strange = text if short and normalise_order_number(text) is None else None
        return is_proof(text) or strange

    def _new_address(self) -> NewAddress | None:
        return parse_address(self._text) if self._wish.task is Task.READDRESS else None

    def _address(self) -> None:
        found = self._new_address()
        if found is not None:
            self._wish.address = found
            self.found.add(ADDRESS)

    def _reason(self) -> None:
        value = self._chosen("reason")
        if value in {reason.value for reason in ReturnReason}:
            found: ReturnReason | None = ReturnReason(value)
        else:
            found = parse_reason(self._text) if self._asked not in (PROOF, CONFIRMED) else None
        if found is not None and (self._wish.reason is None or self._asked == REASON):
            self._wish.reason = found
            self.found.add(REASON)

    def _items(self, order: Order | None) -> None:
        if order is None or self._asked != ITEMS:
            return
        value = self._chosen("items")
        found: tuple[ReturnLine, ...] = (
            returning.chosen(value, order)
            if value
            else match_lines(self._text, returning.left(order))
        )
        if found:
            self._wish.items = found
            self.found.add(ITEMS)

    def _chosen(self, kind: str) -> str:
        """What a pressed button chose of a kind, if that is what was asked."""
        name, _, value = str(turn.entity(self._tracker, "choice") or "").partition(":")
        asked = {"items": ITEMS, "reason": REASON}[kind]
        return value if name == kind and self._asked == asked else ""


def text_of(tracker: Tracker) -> str:
    """The customer's own words in this turn; empty for a pressed button.

    Of "no, I meant ...", what was meant.
    """
    text = str(_meant(tracker).get("text") or "")
    return "" if text.startswith("/") else text


def task_of(intent: Any) -> Task | None:
    """The task that an intent asks for."""
    return Task(intent) if intent in {task.value for task in Task} else None


def leans_to(message: Mapping[str, Any]) -> Task | None:
    """Of a message about an order, the task that it is likeliest to ask for.

    "Cancel" and "change the address" are said of a subscription and an account, too; beside an
    order they are said of the order.
    """
    shares = {
        each["name"]: float(each.get("confidence") or 0.0)
        for each in message.get("intent_ranking") or []
    }
    likely = {
        task: sum(shares.get(name, 0.0) for name in (task.value, *_SAID_ALIKE.get(task, ())))
        for task in Task
    }
    best = max(likely, key=lambda task: likely[task])
    return best if likely[best] >= _LEANS_FROM else None


def has_words(message: Mapping[str, Any], least: int = 2) -> bool:
    """False for a message of a number or an address only: its intent means nothing."""
    text = str(message.get("text") or "")
    if not text or text.startswith("/"):
        return True
    rest = _without(NUMBERS | _PERSONAL, text, message)
    return sum(any(c.isalpha() for c in word) for word in rest.split()) >= least


def _meant(tracker: Tracker) -> Mapping[str, Any]:
    """The latest message; of "no, I meant ...", what was meant."""
    message: Mapping[str, Any] = tracker.latest_message
    return message.get("correction") or message


def _without(kinds: Set[str], text: str, message: Mapping[str, Any]) -> str:
    """A message's text, entities of some kinds blanked out."""
    for entity in message.get("entities") or []:
        if entity.get("entity") in kinds:
            start, end = int(entity.get("start", 0)), int(entity.get("end", 0))
            text = text[:start] + " " * (end - start) + text[end:]
    return text
