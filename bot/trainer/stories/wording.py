"""Test stories in words: what the customer means, and what the bot does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story

_ACTIONS = {
    "action_answer": "Answers from the help centre",
    "action_show_article": "Shows the article that was chosen",
    "action_article_helped": "Is glad that it helped",
    "action_article_rejected": "Looks for another article, or a person",
    "action_not_understood": "Did not understand",
    "action_default_fallback": "Did not understand",
    "action_rephrase": "Asks to say it in other words",
    "action_next_question": "Takes up the next question",
    "action_corrected": "Takes the correction",
    "action_keep_numbers_out": "Asks not to write such numbers",
    "action_affirmed": "Takes up the yes",
    "action_denied": "Takes up the no",
    "action_hand_off": "Passes to a person",
    "action_callback": "Has the customer called",
    "action_book_visit": "Books the visit",
    "action_order_task": "Does what is to be done with the order",
    "action_rate": "Thanks for the rating",
    "action_rate_word": "Thanks for the word about the help",
    "action_deactivate_loop": "Stops asking",
    "action_listen": "Waits for the customer",
    "order_form": "Asks about the order",
    "callback_form": "Asks where and when to call",
    "visit_form": "Asks about the visit",
    "no end of actions": "Does not come to an end",
}
_INTENTS = {"out_of_scope": "None of the bot’s business", "nlu_fallback": "Not understood"}


@dataclass(frozen=True)
class Line:
    """A line of a story to be read.

    Attributes:
        kind: `customer` (their words), `means` (what they must be understood as), `bot`.
        text: in words.
        code: the name in the file, empty for a customer's words.
    """

    kind: str
    text: str
    code: str = ""


def action_in_words(name: str) -> str:
    """What the bot does.

    >>> action_in_words("action_not_understood"), action_in_words("utter_bot_challenge")
    ('Did not understand', 'Says: bot challenge')
    >>> action_in_words("gift_form"), action_in_words("action_wrap_gift")
    ('Asks: gift', 'Wrap gift')
    """
    if name in _ACTIONS:
        return _ACTIONS[name]
    if name.startswith("utter_"):
        return f"Says: {_plain(name.removeprefix('utter_'))}"
    if name.endswith("_form"):
        return f"Asks: {_plain(name.removesuffix('_form'))}"
    return _upper(_plain(name.removeprefix("action_")))


def intent_in_words(name: str) -> str:
    """What a customer wants.

    >>> intent_in_words("order_status"), intent_in_words("nlu_fallback")
    ('Order status', 'Not understood')
    """
    return _INTENTS.get(name) or _upper(_plain(name))


def to_read(story: Story) -> list[Line]:
    """A story as a conversation. What an answer to a form means is left out: it is not judged."""
    lines: list[Line] = []
    asking = False
    for step in story.steps:
        lines += _lines(step, asking=asking)
        if isinstance(step, Loop):
            asking = step.form is not None
    return lines


def _lines(step: Step, *, asking: bool) -> Iterator[Line]:
    if isinstance(step, Said):
        yield Line("customer", step.text)
        if step.intent is not None and not asking:
            yield Line("means", intent_in_words(step.intent), step.intent)
    elif isinstance(step, Part):
        yield Line("means", intent_in_words(step.intent), step.intent)
    elif isinstance(step, Done):
        yield Line("bot", action_in_words(step.action), step.action)
    elif isinstance(step, SlotsSet) and step.values.get("requested_slot"):
        asked = str(step.values["requested_slot"])
        yield Line("bot", f"Waits for: {_plain(asked)}", asked)
    elif isinstance(step, Loop) and step.form is None and asking:
        yield Line("bot", "Asks no more", "active_loop: null")


def _plain(name: str) -> str:
    return name.replace("_", " ").strip()


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
