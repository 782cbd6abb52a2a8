"""Whether a form took a message as the answer to what it had asked."""

from __future__ import annotations

from collections.abc import Iterable

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)

_FALLBACKS = frozenset({"action_default_fallback", "action_not_understood"})


def took(events: Iterable[Event], message_id: str) -> bool:
    """Whether a form was waiting for an answer, and the message was one.

    It was when the form did not leave it to the rules, nothing fell back, and either the slot
    that was asked for got another value or the form no longer asks for it.

    Args:
        events: of a tracker, the message's turn the last.
        message_id: of the customer's message.
    """
    loop = asked = None
    before: dict[str, object] = {}
    form: str | None = None
    waiting: str | None = None
    filled = False
    for event in events:
        if isinstance(event, UserUttered) and event.message_id == message_id and waiting is None:
            if not loop or not asked:
                return False
            form, waiting = str(loop), str(asked)
        elif isinstance(event, ActiveLoop):
            loop = event.name
        elif isinstance(event, SlotSet):
            if event.key == REQUESTED_SLOT:
                asked = event.value
            elif waiting == event.key and event.value not in (None, before.get(event.key)):
                filled = True
            if waiting is None:
                before[event.key] = event.value
        elif waiting is not None and (
            (isinstance(event, ActionExecutionRejected) and event.action_name == form)
            or (isinstance(event, ActionExecuted) and event.action_name in _FALLBACKS)
        ):
            return False
    return waiting is not None and (filled or asked != waiting)
