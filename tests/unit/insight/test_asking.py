"""What is a question that an article could answer, by what the model made of it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.insight.asking import asks


def heard(intent: str, **belief: float) -> dict[str, Any]:
    ranking = [{"name": name, "confidence": share} for name, share in belief.items()]
    return {"intent": {"name": intent}, "ranking": ranking}


FELL_BACK = "nlu_fallback"


@pytest.mark.parametrize(
    ("text", "nlu"),
    [
        ("stop", heard(FELL_BACK, cancel_subscription=0.55, deny=0.35)),
        ("cancel", heard(FELL_BACK, cancel_order=0.5, cancel_subscription=0.49)),
        ("thank you all", heard("thank", thank=1.0)),
        ("hej", heard("greet", greet=1.0)),
        ("hm", heard(FELL_BACK, greet=0.65, affirm=0.3)),
        ("how are you doing over there", heard(FELL_BACK, bot_challenge=0.63, greet=0.29)),
        ("never mind", None),
        ("glöm det", heard("shipping_info", shipping_info=0.9)),
        ("i found it myself, no need", None),
        ("a person, please", heard("talk_to_human", talk_to_human=1.0)),
        ("friday 3pm", heard(FELL_BACK, contact_info=0.31) | {"taken_by_form": True}),
    ],
)
def test_this_asks_nothing(text: str, nlu: dict[str, Any] | None) -> None:
    assert not asks(text, nlu)


@pytest.mark.parametrize(
    ("text", "nlu"),
    [
        ("do you gift wrap", None),
        ("do you gift wrap", heard(FELL_BACK, discount_code=0.42, product_availability=0.28)),
        ("engraving", heard(FELL_BACK, invoice_request=0.26, affirm=0.22, thank=0.13)),
        ("is it vegan", heard(FELL_BACK, out_of_scope=0.76, bot_challenge=0.07)),
        ("do you ship to Iceland", heard("shipping_info", shipping_info=1.0)),
        # of more than two words it is a question, though the bot would do something
        ("can I cancel it once it is sent", heard(FELL_BACK, cancel_order=0.7)),
    ],
)
def test_this_does(text: str, nlu: dict[str, Any] | None) -> None:
    assert asks(text, nlu)


def test_while_a_form_waits_what_is_not_understood_is_an_answer_to_it() -> None:
    said = heard(FELL_BACK, contact_info=0.31)
    assert asks("friday 3pm", said)
    assert not asks("friday 3pm", said, form_waits=True)
    assert asks("do you ship to Iceland", heard("shipping_info"), form_waits=True)
