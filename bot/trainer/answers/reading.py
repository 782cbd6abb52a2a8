"""How each intent is answered, read from rules, stories and the domain."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yaml.nodes import Node

from bot.trainer.answers.responses import Response, read_responses
from bot.trainer.answers.rule_places import RulePlace, rule_place
from bot.trainer.answers.yaml_file import YamlFile, items, names, pairs, read_yaml, text_of
from bot.trainer.checks.domain import Domain, Named, conversation_files, unanswered
from bot.trainer.checks.loading import Project
from bot.trainer.checks.project import FALLBACK, NO_RULE
from bot.trainer.checks.set_aside import read_asides

NONE, TEXT, HELP_CENTRE, PERSON = "none", "text", "help_centre", "person"
FORM, TASK, ASIDE = "form", "task", "aside"
KINDS = {
    NONE: "no answer",
    TEXT: "a text",
    HELP_CENTRE: "from the help centre",
    PERSON: "handed over to a person",
    FORM: "a form that asks",
    TASK: "a task",
    ASIDE: "needs no answer",
}
"""How an intent is answered, in words."""
ACTIONS = {HELP_CENTRE: "action_answer", PERSON: "action_hand_off"}
"""What the bot does for the two answers that have no words of their own."""
RULES = "rules.yml"
TITLES = "utter_title_"
"""What the names of responses begin with that say an intent on a button."""
_KINDS = {"rules": "rule", "stories": "story"}


@dataclass(frozen=True)
class Use:
    """A place where the bot waits for an intent, and what it does then.

    Attributes:
        story: it is one of the stories, and no rule.
        name: of the rule or story.
        line: counted from 1.
        kind: TEXT, HELP_CENTRE, PERSON, FORM or TASK.
        action: the response, form or action that comes next; empty where nothing does.
        within: the form that has to be asking meanwhile; empty for any time.
        special: it also waits for entities or slots.
        place: where the action stands in the rule; None where more than that word would have to
            change for another answer.
        shared: the other intents that the rule waits for.
    """

    story: bool
    name: str
    path: Path
    line: int
    kind: str
    action: str
    within: str = ""
    special: bool = False
    place: RulePlace | None = None
    shared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """How an intent is answered.

    Attributes:
        kind: that of its first use; NONE without an answer, ASIDE where the checks were told
            that it needs none.
        because: why it needs none.
        response: its texts; of one without a text, what would be its response, if it is there.
        title: what it is called on a button; None: it is never offered when the bot is unsure.
    """

    intent: str
    kind: str
    uses: tuple[Use, ...] = ()
    because: str = ""
    response: Response | None = None
    title: Response | None = None

    @property
    def missing(self) -> bool:
        """Whether customers who mean it are told that they were misunderstood."""
        return self.kind == NONE

    @property
    def can_change(self) -> bool:
        """Whether its texts are changed here."""
        return self.kind == TEXT and self.response is not None and not self.response.refusal

    @property
    def fixed(self) -> str:
        """Why it is not answered in another way from here; empty where it can be."""
        if self.kind not in (TEXT, HELP_CENTRE, PERSON):
            return "it is a form or a task" if self.kind in (FORM, TASK) else ""
        if len(self.uses) > 1:
            return f"the bot waits for it in {len(self.uses)} places"
        (use,) = self.uses
        if use.story:
            return "it is part of a story"
        if use.within or use.special:
            return "its rule holds only at times"
        if use.place is None:
            return "its rule does more than that, or is written in another form"
        if use.shared and use.place.item is None:
            others = " and ".join(use.shared)
            return (
                f"its rule is written for {others}, too, in a form that it cannot be taken out of"
            )
        return ""

    @property
    def seen(self) -> str:
        """Changes when the answer does: what a page has seen, to give back when it is saved."""
        texts = dict(self.response.texts) if self.response else {}
        titles = dict(self.title.texts) if self.title else {}
        told = [[use.action, use.within, use.story] for use in self.uses]
        content = json.dumps([self.kind, told, texts, titles], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Answers:
    """What was read.

    Attributes:
        domain: the file that it was read from.
        by_intent: in the order of the domain.
    """

    domain: YamlFile
    responses: Mapping[str, Response]
    by_intent: Mapping[str, Answer]


def read_answers(project: Project) -> Answers:
    """How each intent of a project is answered.

    Raises:
        NluDataInvalid: a file cannot be read; it names the line.
    """
    domain = read_yaml(project.domain)
    responses = read_responses(domain)
    intents = _section_names(domain, "intents")
    forms = {key.value for key, _ in pairs(_node(domain, "forms"))}
    uses: dict[str, list[Use]] = defaultdict(list)
    steps: list[Named] = []
    for path in conversation_files(project.conversations):
        for intent, use in _uses(read_yaml(path), forms):
            uses[intent].append(use)
            steps.append(Named(intent, path.as_posix(), use.line))
    named = Domain({each: Named(each, project.domain.as_posix(), 0) for each in intents})
    without = set(unanswered(named, steps)) - {FALLBACK}
    asides = {
        each.about[1]: each.because
        for each in read_asides(project.asides)
        if each.about[0] == NO_RULE
    }
    return Answers(
        domain,
        responses,
        {
            intent: replace(
                _answer(intent, uses[intent], responses, asides)
                if intent not in without
                else _without(intent, responses, asides),
                title=responses.get(title_name(intent)),
            )
            for intent in intents
            if intent != FALLBACK
        },
    )


def response_name(intent: str) -> str:
    """What the response of an intent is called that is answered by a text."""
    return f"utter_{intent}"


def title_name(intent: str) -> str:
    """What the response is called that says an intent on a button."""
    return f"{TITLES}{intent}"


def _without(intent: str, responses: Mapping[str, Response], asides: Mapping[str, str]) -> Answer:
    response = responses.get(response_name(intent))
    if intent in asides:
        return Answer(intent, ASIDE, because=asides[intent], response=response)
    return Answer(intent, NONE, response=response)


def _answer(
    intent: str, uses: list[Use], responses: Mapping[str, Response], asides: Mapping[str, str]
) -> Answer:
    # What holds at any time before what holds while a form asks, rules before stories.
    ordered = sorted(uses, key=lambda use: (use.special, bool(use.within), use.story))
    first = ordered[0]
    name = response_name(intent) if first.kind in ACTIONS else first.action
    return Answer(intent, first.kind, tuple(ordered), asides.get(intent, ""), responses.get(name))


def _uses(file: YamlFile, forms: set[str]) -> Iterator[tuple[str, Use]]:
    for section, kind in _KINDS.items():
        for number, each in enumerate(items(_node(file, section))):
            parts = {key.value: value for key, value in pairs(each)}
            within, slots = _condition(parts.get("condition"))
            steps = items(parts.get("steps"))
            for place, step in enumerate(steps):
                waited = list(_waited_for(step))
                if not waited:
                    continue
                action = _next_action(steps[place + 1 :])
                for name, line, entities in waited:
                    place_of = rule_place(file, number, each, line) if kind == "rule" else None
                    use = Use(
                        story=kind == "story",
                        name=text_of(parts.get(kind)),
                        path=file.path,
                        line=line,
                        kind=_kind(action, forms),
                        action=action,
                        within=within,
                        special=slots or entities,
                        place=place_of,
                        shared=tuple(n for n, _, _ in waited if n != name),
                    )
                    yield name, use


def _waited_for(step: Node) -> Iterator[tuple[str, int, bool]]:
    """The intents of a step, of which one is enough: line, and whether entities have to come."""
    for key, value in pairs(step):
        if key.value == "intent":
            entities = any(key.value == "entities" for key, _ in pairs(step))
            yield text_of(value), value.start_mark.line + 1, entities
        elif key.value == "or":
            for each in items(value):
                yield from _waited_for(each)


def _next_action(steps: Sequence[Node]) -> str:
    """What the bot does next; empty where the customer speaks first."""
    for step in steps:
        for key, value in pairs(step):
            if key.value in ("intent", "user", "or"):
                return ""
            if key.value == "action":
                return text_of(value)
    return ""


def _kind(action: str, forms: set[str]) -> str:
    if action.startswith("utter_"):
        return TEXT
    for kind, name in ACTIONS.items():
        if action == name:
            return kind
    return FORM if action in forms else TASK


def _condition(condition: Node | None) -> tuple[str, bool]:
    """The form that a rule holds in, and whether slots have to be set."""
    within, slots = "", False
    for each in items(condition):
        for key, value in pairs(each):
            if key.value == "active_loop":
                within = text_of(value)
            elif key.value == "slot_was_set":
                slots = True
    return within, slots


def _section_names(file: YamlFile, section: str) -> list[str]:
    return names(_node(file, section))


def _node(file: YamlFile, section: str) -> Node | None:
    found = file.sections.get(section)
    return found.node if found else None


__all__ = [
    "ACTIONS",
    "ASIDE",
    "FORM",
    "HELP_CENTRE",
    "KINDS",
    "NONE",
    "PERSON",
    "RULES",
    "TASK",
    "TEXT",
    "TITLES",
    "Answer",
    "Answers",
    "Use",
    "read_answers",
    "response_name",
    "title_name",
]
