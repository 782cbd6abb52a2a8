"""Plays test stories to a trained model: what it understands, and what its policies do next.

As `rasa test core --e2e` does, no action is run: what it did in the conversation is in the story,
and the model is asked at each step what comes next. What Rasa's test leaves out is done here: the
slots that a message fills are filled, a message with two questions is taken apart as the model
takes it apart, and the bot must be silent where the story ends a turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import NluError
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Story

if TYPE_CHECKING:
    from rasa.core.policies.policy import PolicyPrediction
    from rasa.shared.core.trackers import DialogueStateTracker

Progress = Callable[[str, int, int], None]

LISTEN = "action_listen"
TAKES_APART = {"action_next_question": "questions", "action_corrected": "correction"}
"""Actions that put a part of a message to the rules, and where its parse has the parts."""


@dataclass(frozen=True)
class Checked:
    """One thing that the story expects.

    Attributes:
        what: `customer` (never wrong), `intent`, `part` or `action`.
        expected: by the story.
        got: from the model; None where it was not asked, because the turn had gone wrong before.
        line: in the story's file.
    """

    what: str
    expected: str
    got: str | None
    line: int

    @property
    def right(self) -> bool:
        """Whether the model does what is expected, as far as it was asked."""
        return self.got is None or self.got.split(" (")[0] == self.expected


@dataclass(frozen=True)
class Result:
    """What came of a story.

    Attributes:
        seconds: that it took.
    """

    story: Story
    checked: tuple[Checked, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the model did all that is expected."""
        return all(each.right for each in self.checked)


def run(
    stories: Sequence[Story],
    model: Path | Player,
    progress: Progress = lambda what, done, total: None,
) -> list[Result]:
    """Plays stories to a model, which is loaded once, in this process.

    Args:
        model: a trained model, `models/....tar.gz`, or one that is loaded already.
        progress: told of each story.

    Raises:
        NluError: the file is not a model that this version can use.
    """
    if not stories:
        return []
    progress("Loading the model", 0, len(stories))
    player = model if isinstance(model, Player) else Player(model)
    results = []
    for number, story in enumerate(stories):
        progress(story.name, number, len(stories))
        results.append(player.play(story))
    progress("Done", len(stories), len(stories))
    return results


class Player:
    """A loaded model that stories are played to.

    Args:
        model: its file.

    Raises:
        NluError: the file is not a model that this version can use.
    """

    def __init__(self, model: Path) -> None:
        # seconds; and nothing else here needs Rasa
        with _quiet():
            from rasa.core.agent import Agent  # noqa: PLC0415
            from rasa.shared.exceptions import RasaException  # noqa: PLC0415
            from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

            from bot.server import reading  # noqa: PLC0415

        if not model.is_file():
            raise NluError(f"There is no model '{model}'. Train one with `svara train`.")
        if not structlog.is_configured():
            configure_structlog(logging.WARNING)  # or it prints all that is said
        reading.apply()
        try:
            with _quiet():
                processor = Agent.load(str(model)).processor
        except (RasaException, OSError, ValueError, KeyError) as error:
            raise NluError(
                f"The model '{model}' cannot be loaded: {error}. Train one with `svara train`."
            ) from error
        if processor is None:
            raise NluError(f"The model '{model}' has no dialogue half. Train one: `svara train`.")
        self._processor = processor

    @property
    def forms(self) -> frozenset[str]:
        """The names of its forms."""
        return frozenset(self._processor.domain.form_names)

    def play(self, story: Story) -> Result:
        """Plays one story."""
        begun = time.perf_counter()
        with _quiet():
            checked = asyncio.run(_Play(self._processor).all(story))
        return Result(story, tuple(checked), time.perf_counter() - begun)


class _Play:
    """One story being played."""

    def __init__(self, processor: Any) -> None:
        from rasa.shared.core.events import ActionExecuted, SessionStarted  # noqa: PLC0415
        from rasa.shared.core.trackers import DialogueStateTracker  # noqa: PLC0415

        self._processor = processor
        self._checked: list[Checked] = []
        self._astray = False
        self._parts: list[Mapping[str, Any]] = []
        self._tracker: DialogueStateTracker = DialogueStateTracker(
            f"story-{uuid.uuid4().hex}", processor.domain.slots
        )
        self._happen(ActionExecuted("action_session_start"), SessionStarted())
        self._happen(ActionExecuted(LISTEN))

    async def all(self, story: Story) -> list[Checked]:
        """Plays it to its end."""
        from rasa.shared.core.events import ActiveLoop, SlotSet  # noqa: PLC0415

        silent = True
        for step in story.steps:
            if isinstance(step, Said):
                if not silent:
                    self._check_action(LISTEN, step.line)
                await self._say(step)
                silent = False
            elif isinstance(step, Part):
                await self._put(step)
            elif isinstance(step, Done):
                self._check_action(step.action, step.line)
            elif isinstance(step, Loop):
                self._happen(ActiveLoop(step.form))
            elif isinstance(step, SlotsSet):
                self._happen(*(SlotSet(name, value) for name, value in step.values.items()))
        if story.steps:
            self._check_action(LISTEN, story.steps[-1].line)
        return self._checked

    async def _say(self, step: Said) -> None:
        from rasa.core.channels.channel import UserMessage  # noqa: PLC0415

        self._astray = False
        said = UserMessage(step.text, sender_id=self._tracker.sender_id)
        parsed = await self._processor.parse_message(said, self._tracker)
        self._checked.append(Checked("customer", step.text, None, step.line))
        # In a form it is the answer that counts, and whether the form takes it: what the bot does.
        if step.intent is not None and self._tracker.active_loop is None:
            self._checked.append(Checked("intent", step.intent, _understood(parsed), step.line))
        found = [*(parsed.get("questions") or []), *_listed(parsed.get("correction"))]
        self._parts = found or self._parts
        await self._hear(step.text, parsed)

    async def _put(self, step: Part) -> None:
        """The part of the message that the action before has put to the rules."""
        parts = {str(part["intent"]["name"]): part for part in reversed(self._parts)}
        if not self._astray:
            last = self._tracker.latest_message
            # a correction has the whole message's intent where that is not sure enough
            whole = str((last.intent if last else {}).get("name") or "")
            got = step.intent if step.intent in (*parts, whole) else ", ".join(parts) or "no part"
            self._checked.append(Checked("part", step.intent, got, step.line))
            self._astray = got != step.intent
        part = parts.get(step.intent, {"text": "", "intent": {"name": step.intent}, "entities": []})
        intent = {**part["intent"], "name": step.intent}
        from rasa.shared.core.events import ActionExecuted  # noqa: PLC0415

        self._happen(ActionExecuted(LISTEN))
        await self._hear(str(part["text"]), {**part, "intent": intent, "part": True})

    async def _hear(self, text: str, parsed: Mapping[str, Any]) -> None:
        from rasa.core.channels.channel import CollectingOutputChannel  # noqa: PLC0415
        from rasa.shared.core.events import UserUttered  # noqa: PLC0415

        parsed = dict(parsed)
        self._happen(UserUttered(text, parsed["intent"], parsed.get("entities") or [], parsed))
        await self._processor.run_action_extract_slots(CollectingOutputChannel(), self._tracker)

    def _check_action(self, expected: str, line: int) -> None:
        """Asks the model what comes next, and goes on with what the story says."""
        from rasa.shared.core.events import ActionExecuted  # noqa: PLC0415

        got = None
        if not self._astray:
            got, prediction = self._next(expected)
            self._astray = got != expected
            if not self._astray and prediction is not None:
                self._happen(*prediction.events)
        # that the bot falls silent is worth a line only where it does not
        if expected != LISTEN or (self._astray and got is not None):
            self._checked.append(Checked("action", expected, got, line))
        self._happen(ActionExecuted(expected))

    def _next(self, expected: str) -> tuple[str, PolicyPrediction | None]:
        from rasa.exceptions import ActionLimitReached  # noqa: PLC0415
        from rasa.shared.core.events import ActionExecutionRejected  # noqa: PLC0415

        try:
            action, prediction = self._processor.predict_next_with_tracker_if_should(self._tracker)
            form = self._tracker.active_loop_name
            if action.name() == form != expected and expected != LISTEN:
                # The form may have said no to the message, which only running it would show. It
                # asks again where the turn would end: so late it does not say no.
                self._happen(ActionExecutionRejected(form))
                action, prediction = self._processor.predict_next_with_tracker_if_should(
                    self._tracker
                )
        except ActionLimitReached:
            return "no end of actions", None
        return str(action.name()), prediction

    def _happen(self, *events: Any) -> None:
        self._tracker.update_with_events(list(events), self._processor.domain)


def _understood(parsed: Mapping[str, Any]) -> str:
    """The intent with how sure it is: "order_status (0.93)"."""
    intent = parsed.get("intent") or {}
    confidence = float(intent.get("confidence") or 0.0)
    return f"{intent.get('name') or 'nothing'} ({confidence:.2f})"


def _listed(part: Any) -> Iterable[Mapping[str, Any]]:
    return [part] if isinstance(part, Mapping) else []


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what Rasa and its libraries say at start and of each message."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
