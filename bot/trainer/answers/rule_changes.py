"""Another action in a rule, or one intent less: that one line changes, and no other byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.errors import NluDataInvalid
from bot.trainer.answers.journal import Swap
from bot.trainer.answers.reading import Use
from bot.trainer.answers.rule_places import RulePlace
from bot.trainer.answers.yaml_file import YamlFile, parsed
from bot.trainer.nlu_files.writing import Written

_SECTION = "rules"
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
Changed = tuple[Written, Swap]


def with_action(file: YamlFile, folder: Path, use: Use, name: str) -> Changed:
    """A file with another action in the rule of a use.

    Args:
        folder: of the conversations.

    Raises:
        NluDataInvalid: something else would change, or the name needs quotes.
    """
    place = _place(use)
    if not _PLAIN_NAME.fullmatch(name):
        raise _by_hand(file, place.action.line)
    lines = list(file.lines)
    line, spot = lines[place.action.line - 1], place.action
    lines[spot.line - 1] = line[: spot.start] + name + line[spot.end :]

    def changed(steps: list[Any]) -> list[Any]:
        kind, ((key, (tag, _)),) = steps[1]
        return [steps[0], (kind, [(key, (tag, name))])]

    return _swapped(file, folder, use, lines, end=place.end, changed=changed)


def without_intent(file: YamlFile, folder: Path, use: Use, intent: str) -> Changed:
    """A file whose rule waits for the other intents of a use only.

    Raises:
        NluDataInvalid: something else would change.
    """
    place = _place(use)
    if place.item is None:
        raise _by_hand(file, use.line)
    lines = list(file.lines)
    del lines[place.item - 1]

    def changed(steps: list[Any]) -> list[Any]:
        kind, ((key, (several, each)),) = steps[0]
        left = [one for one in each if one[1][0][1][1] != intent]
        return [(kind, [(key, (several, left))]), steps[1]]

    return _swapped(file, folder, use, lines, end=place.end - 1, changed=changed)


def swapped_back(file: YamlFile, swap: Swap) -> Written | None:
    """The file with the rule as it was; None where it is not as it was left.

    Raises:
        NluDataInvalid: something else would change.
    """
    text = (file.content or b"").decode("utf-8")
    found = list(re.finditer(rf"^{re.escape(swap.after)}(?=\r?\n|\Z)", text, re.MULTILINE))
    if len(found) != 1:
        return None
    new = (text[: found[0].start()] + swap.before + text[found[0].end() :]).encode("utf-8")
    was, now = file.plain(), parsed(file.path, new).plain()
    line = text[: found[0].start()].count("\n") + 1
    if _other_rules(was, now) > 1:
        raise _by_hand(file, line)
    return Written(file.path, file.content, new)


def _swapped(
    file: YamlFile,
    folder: Path,
    use: Use,
    lines: list[str],
    *,
    end: int,
    changed: Callable[[list[Any]], list[Any]],
) -> Changed:
    """The change, if it is all that changes.

    Args:
        end: the last line of the rule as it will be.
        changed: makes its steps what they are to be.
    """
    place = _place(use)
    new = "".join(lines).encode("utf-8")
    kind, rule = file.plain()[_SECTION][1][place.number]
    wanted = [
        (key, (value[0], changed(value[1])) if key[1] == "steps" else value) for key, value in rule
    ]
    was = file.plain()
    was[_SECTION][1][place.number] = (kind, wanted)
    try:
        right = parsed(file.path, new).plain() == was
    except NluDataInvalid:
        right = False
    if not right:
        raise _by_hand(file, place.line)
    path = file.path.relative_to(folder).as_posix()
    before = "".join(file.lines[place.line - 1 : place.end]).rstrip("\r\n")
    after = "".join(lines[place.line - 1 : end]).rstrip("\r\n")
    return Written(file.path, file.content, new), Swap(path, before, after)


def _other_rules(was: dict[str, Any], now: dict[str, Any]) -> int:
    """How many rules differ; more than one where anything else does."""
    rules, others = was.pop(_SECTION, None), now.pop(_SECTION, None)
    if was != now or rules is None or others is None or len(rules[1]) != len(others[1]):
        return len(was) + 2
    return sum(one != other for one, other in zip(rules[1], others[1], strict=True))


def _place(use: Use) -> RulePlace:
    assert use.place is not None  # noqa: S101 -- not asked for an answer that is fixed
    return use.place


def _by_hand(file: YamlFile, line: int) -> NluDataInvalid:
    return file.invalid(
        line, "the rule cannot be changed here without touching something else; do it by hand."
    )
