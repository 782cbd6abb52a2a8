"""Where the action of a plain rule stands, and where one of its intents does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.trainer.answers.responses import Spot
from bot.trainer.answers.yaml_file import YamlFile, items, pairs, text_of

_PLAIN = {"rule", "steps"}
_ITEM = re.compile(r"\s*- intent: *\S+\s*")


@dataclass(frozen=True)
class RulePlace:
    """A rule that waits for an intent, or one of several, and then does one thing.

    Attributes:
        number: of the rule in its section, counted from 0.
        line, end: its first line, counted from 1, and its last.
        action: where the name of what it does stands.
        item: the line of the intent among several, if it can go without the others; None where the
            rule waits for one intent alone, or the line has to stay.
    """

    number: int
    line: int
    end: int
    action: Spot
    item: int | None = None


def rule_place(file: YamlFile, number: int, rule: Node, line: int) -> RulePlace | None:
    """The places of a plain rule; None for one with conditions or with more than one step.

    Args:
        line: of the intent, counted from 1.
    """
    parts = {key.value: value for key, value in pairs(rule)}
    if not isinstance(rule, MappingNode) or rule.flow_style or not set(parts) <= _PLAIN:
        return None
    steps = parts.get("steps")
    if not isinstance(steps, SequenceNode) or len(steps.value) != 2:
        return None
    waits, does = steps.value
    action = _action(file, does)
    if action is None:
        return None
    first = rule.start_mark.line + 1
    named = [value for _, value in pairs(rule) if isinstance(value, ScalarNode)]
    end = max([action.line, *(value.end_mark.line + 1 for value in named)])
    return RulePlace(number, first, end, action, _item(file, waits, line))


def _action(file: YamlFile, step: Node) -> Spot | None:
    found = list(pairs(step))
    if [key.value for key, _ in found] != ["action"]:
        return None
    value = found[0][1]
    if not isinstance(value, ScalarNode) or value.start_mark.line != value.end_mark.line:
        return None
    spot = Spot(value.start_mark.line + 1, value.start_mark.column, value.end_mark.column)
    # An anchor or an alias would stand for another place as well.
    written = file.lines[spot.line - 1][spot.start : spot.end]
    return spot if written.strip("'\"") == value.value else None


def _item(file: YamlFile, step: Node, line: int) -> int | None:
    """The line of an intent in an `or` with two others at least, and nothing else in it."""
    found = list(pairs(step))
    if [key.value for key, _ in found] != ["or"]:
        return None
    several = found[0][1]
    if not isinstance(several, SequenceNode) or several.flow_style or len(several.value) < 3:
        return None
    intents = [text_of(value) for each in items(several) for _, value in pairs(each)]
    if len(set(intents)) != len(intents):
        return None
    return line if _ITEM.fullmatch(file.lines[line - 1]) else None
