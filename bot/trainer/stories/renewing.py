"""Makes a story expect what a model does, as far as that can be known without running actions.

The story is played, what differs is taken from the model, and it is played again, until it passes.
What a form would ask, and what comes after a person has the conversation, only a real conversation
shows: then the story is left as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NoReturn

from bot.errors import StoryImpossible
from bot.settings import Settings
from bot.trainer.kept_changes import KeptChange
from bot.trainer.stories.changing import renew
from bot.trainer.stories.editing import Plan
from bot.trainer.stories.making import NO_BUSINESS, NOT_UNDERSTOOD
from bot.trainer.stories.running import LISTEN, TAKES_APART, Checked, Player, Result
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story

MOST_ROUNDS = 60
_TO_A_PERSON = "action_hand_off"
_ENDS_A_FORM = "action_deactivate_loop"
_WORDS_CHARS = 80
_ANOTHER = "Make a new test of a conversation that goes this way, and delete this one."

_Steps = list[tuple[int | None, Step]]
"""The steps with their place in the story, None: taken from the model."""


def expect(settings: Settings, story: Story, player: Player, by: str) -> KeptChange | None:
    """Makes a story in a file expect what a model does; only the lines change that have to.

    Args:
        by: login of who wants it.

    Returns:
        What was changed; None when the model does all that the story expects.

    Raises:
        StoryImpossible: what the model does there, only a conversation shows; says what to do.
        StoryInvalid: the file cannot be read.
        DataChanged: somebody else changes the file at this moment.
        NluError: the disk does not take it.
    """
    plan = renewed(story, player.play, player.forms)
    return None if plan is None else renew(settings, story, plan, by)


def renewed(story: Story, play: Callable[[Story], Result], forms: Collection[str]) -> Plan | None:
    """The steps with which a model passes a story; None when it passes as it is.

    Args:
        play: plays a story to the model.
        forms: the names of the model's forms.

    Raises:
        StoryImpossible: what the model does there, only a conversation shows; says what to do.
    """
    steps: _Steps = list(enumerate(story.steps))
    for played in range(MOST_ROUNDS):
        numbered = tuple(
            dataclasses.replace(step, line=place) for place, (_, step) in enumerate(steps)
        )
        result = play(dataclasses.replace(story, steps=numbered))
        if result.passed:
            return steps if played else None
        steps = _Round(steps, forms).taken_over(result.checked)
    raise StoryImpossible(f"What the model does in this story has no end. {_ANOTHER}")


class _Round:
    """What one playing tells, taken over into the steps."""

    def __init__(self, steps: _Steps, forms: Collection[str]) -> None:
        self._steps = steps
        self._forms = forms
        self._instead: dict[int, Step] = {}
        self._dropped: set[int] = set()
        self._added: dict[int, Step] = {}
        self._turn = 0
        self._intent: str | None = None

    def taken_over(self, checked: Sequence[Checked]) -> _Steps:
        """The steps with what the model understands, and with the first thing that it does.

        What differs after that may only come of it: the next round tells.
        """
        for each in checked:
            if each.what == "customer":
                self._turn, self._intent = each.line, None
            elif each.what in ("intent", "part"):
                self._intent = each.expected if each.right else _name(each.got)
            if each.right or each.got is None:
                continue
            if each.what == "intent":
                self._means(each.line, _name(each.got))
                continue
            if each.what == "part":
                self._part(each.line, each.got)
            elif each.expected == LISTEN:
                self._more(each.line, each.got)
            else:
                self._other(each.line, each.expected, each.got)
            break
        return list(self._all())

    def _all(self) -> Iterator[tuple[int | None, Step]]:
        for place, (origin, step) in enumerate(self._steps):
            if place in self._added:
                yield None, self._added[place]
            if place not in self._dropped:
                yield origin, self._instead.get(place, step)
        if len(self._steps) in self._added:
            yield None, self._added[len(self._steps)]

    def _means(self, place: int, intent: str) -> None:
        step = self._step(place)
        if isinstance(step, Said):
            self._instead[place] = dataclasses.replace(step, intent=intent)

    def _part(self, place: int, got: str) -> None:
        if got == "no part" or "," in got:
            self._refuse_parts()
        self._instead[place] = Part(got)

    def _more(self, line: int, got: str) -> None:
        """The model does something where the story has the bot fall silent."""
        before_next = line > self._turn and isinstance(self._step(line), Said)
        place = line if before_next else len(self._steps)
        self._refuse_strange(got, place)
        if got in self._forms and got != self._form(place):
            self._refuse_form(got)
        self._added[place] = Done(got)

    def _other(self, place: int, expected: str, got: str) -> None:
        """The model does something else, or nothing, where the story expects an action."""
        followed = list(self._following(place))
        form = self._form(place)
        if expected in TAKES_APART:
            self._refuse_parts()
        self._refuse_strange(got, place)
        if got in self._forms:
            self._refuse_form(got)
        begins = expected in self._forms
        if begins and (form is not None or self._goes_on(place)):
            self._refuse_form(expected)
        if form is not None and any(isinstance(self._step(each), Loop) for each in followed):
            self._refuse_form(form)
        self._dropped.update(followed)
        if got == LISTEN:
            self._dropped.add(place)
        else:
            self._instead[place] = Done(got)

    def _refuse_strange(self, got: str, place: int) -> None:
        if got in TAKES_APART:
            self._refuse_parts()
        if got == _ENDS_A_FORM:
            self._refuse_form(self._form(place) or got)
        if got == _TO_A_PERSON and (self._form(place) or self._goes_on(place)):
            self._refuse(
                "the model passes the customer to a person, who would have the conversation then"
            )
        if got in NOT_UNDERSTOOD and self._intent != NO_BUSINESS:
            raise StoryImpossible(
                f"The model does not understand “{self._words()}”; a test would hold every later "
                "model to that. Label the message, or delete this test."
            )
        if " " in got:  # no name of an action
            self._refuse("the model does not come to an end")

    def _step(self, place: int) -> Step:
        return self._steps[place][1]

    def _form(self, place: int) -> str | None:
        """The form that is open before a step."""
        loops = [step.form for _, step in self._steps[:place] if isinstance(step, Loop)]
        return loops[-1] if loops else None

    def _following(self, place: int) -> Iterator[int]:
        """What the action at a place has done: the steps right after it that are not checked."""
        for each in range(place + 1, len(self._steps)):
            if not isinstance(self._step(each), (Loop, SlotsSet)):
                return
            yield each

    def _goes_on(self, place: int) -> bool:
        """Whether the customer says something later."""
        return any(isinstance(step, Said) for _, step in self._steps[place:])

    def _words(self) -> str:
        step = self._step(self._turn)
        words = " ".join(step.text.split()) if isinstance(step, Said) else ""
        return words if len(words) <= _WORDS_CHARS else words[:_WORDS_CHARS] + " ..."

    def _refuse_form(self, form: str) -> NoReturn:
        self._refuse(
            f"the model begins or leaves what it asks ({form}) otherwise, and only a conversation "
            "shows how that goes on"
        )

    def _refuse_parts(self) -> NoReturn:
        self._refuse("the model takes the message apart otherwise")

    def _refuse(self, why: str) -> NoReturn:
        raise StoryImpossible(f"At “{self._words()}” {why}. {_ANOTHER}")


def _name(got: str | None) -> str:
    return str(got).split(" (")[0]
