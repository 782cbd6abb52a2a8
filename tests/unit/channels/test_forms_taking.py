"""Whether a form took a message as the answer to its question."""

from __future__ import annotations

import pytest
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)

from bot.channels.forms import took

ASKED = [ActiveLoop("visit_form"), SlotSet("requested_slot", "visit_time")]
NEXT = SlotSet("requested_slot", "visit_contact")


def said(*after: Event, before: tuple[Event, ...] = ()) -> bool:
    heard = UserUttered("friday 3pm", message_id="7")
    return took([*(before or ASKED), heard, *after], "7")


def test_the_form_took_it_when_it_asks_for_something_else_or_for_nothing() -> None:
    assert said(SlotSet("visit_time", "friday"), NEXT)
    assert said(SlotSet("requested_slot", None), ActiveLoop(None))


def test_the_form_took_it_when_the_slot_got_another_value() -> None:
    assert said(SlotSet("visit_time", "friday"), SlotSet("requested_slot", "visit_time"))


@pytest.mark.parametrize(
    "after",
    [
        [SlotSet("requested_slot", "visit_time")],
        [SlotSet("visit_time", None), SlotSet("requested_slot", "visit_time")],
        [ActionExecutionRejected("visit_form"), NEXT],
        [ActionExecuted("action_default_fallback"), NEXT],
        [ActionExecuted("action_not_understood"), NEXT],
    ],
)
def test_the_form_did_not_take_it(after: list[Event]) -> None:
    assert not said(*after)


def test_without_a_form_that_waits_nothing_is_taken() -> None:
    begun = (SlotSet("requested_slot", None),)
    assert not said(*ASKED, SlotSet("visit_time", "friday"), before=begun)
    assert not said(NEXT, before=(*ASKED, SlotSet("requested_slot", None), ActiveLoop(None)))
