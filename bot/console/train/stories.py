"""Test stories on the trainer's pages: what a model does otherwise, in words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import StoryImpossible, StoryInvalid
from bot.trainer.models.notes import SUFFIX
from bot.trainer.stories import read_diff, story_at
from bot.trainer.stories.wording import action_in_words, intent_in_words

BROKEN, PASSES, GONE = "broken", "passes", "gone"
_WHAT = {"customer": "Customer", "intent": "Means", "part": "A part means", "action": "Bot"}
_PLACE = re.compile(r"(.+) \((.+), line (\d+)\)")
_SURE = re.compile(r"(.+) \((\d\.\d+)\)")


@dataclass(frozen=True)
class Line:
    """A line of a story that a model breaks.

    Attributes:
        mark: "-" for what only the story expects, "+" for what only the model does, else " ".
        what: who says or does it.
        text: in words.
        code: the name in the file, empty for a customer's words.
    """

    mark: str
    what: str
    text: str
    code: str = ""


@dataclass(frozen=True)
class Broken:
    """A test story for which a model was not shipped.

    Attributes:
        key: of the story on the Stories page.
        state: `broken`, `passes` (it expects by now what the model does), `gone` (it was deleted).
        refused: why it could not be made to expect what the model does.
        evidence: all that is known of it, as text; then there are no lines.
    """

    name: str
    path: str
    line: int
    key: str
    state: str
    lines: Sequence[Line] = ()
    refused: str = ""
    evidence: str = ""


def story_key(path: str, name: str) -> str:
    """What a story is called in the addresses of pages."""
    return "story-" + hashlib.sha256(f"{path}\n{name}".encode()).hexdigest()[:10]


def difference(kept: str | Sequence[Mapping[str, Any]]) -> list[Line]:
    """What a model does otherwise, as it was kept, in words."""
    return [_line(each.mark, each.what, each.said) for each in read_diff(kept)]


def broken_stories(
    verdict: Mapping[str, Any], judged_at: float, played: Mapping[str, Any]
) -> list[Broken]:
    """The test stories that a verdict names, as they stand now.

    Args:
        verdict: `{}` for none: nothing was shipped yet, or it is under way.
        judged_at: when the verdict was given, in seconds since the epoch.
        played: what the last playing of the stories gave, `{}` for none.
    """
    if not verdict:
        return []
    since = played.get("at", 0.0) > judged_at and played.get("model") == verdict["new"] + SUFFIX
    passed = {(each["path"], each["name"]) for each in played.get("stories", ()) if each["passed"]}
    expected = (played.get("expected") or {}) if since else {}
    found = []
    for each in map(_told, verdict.get("broken", ())):
        if isinstance(each, str):
            found.append(Broken("", "", 0, "", BROKEN, evidence=each))
            continue
        path, name = each["path"], each["name"]
        state = PASSES if since and (path, name) in passed else BROKEN
        asked = (expected.get("path"), expected.get("name")) == (path, name)
        found.append(
            Broken(
                name,
                path,
                each["line"],
                story_key(path, name),
                state if _there(path, name, each["line"]) else GONE,
                difference(each["difference"]),
                expected["refused"] if asked else "",
            )
        )
    return found


def _told(kept: str | Mapping[str, Any]) -> str | Mapping[str, Any]:
    """A broken story as a verdict has it; older versions kept a text."""
    first, _, text = kept.partition("\n") if isinstance(kept, str) else ("", "", "")
    place = _PLACE.fullmatch(first)
    if place is None or not read_diff(text):
        return kept
    name, path, line = place.groups()
    return {"name": name, "path": path, "line": int(line), "difference": text}


def _there(path: str, name: str, line: int) -> bool:
    try:
        story_at(path, name, line, Path(path).parent)
    except StoryImpossible:
        return False
    except StoryInvalid:
        return True
    return True


def _line(mark: str, what: str, said: str) -> Line:
    if what == "customer":
        return Line(mark, _WHAT[what], said)
    if what == "action":
        return Line(mark, _WHAT[what], action_in_words(said), said)
    sure = _SURE.fullmatch(said)
    if sure:
        percent = round(100 * float(sure[2]))
        return Line(mark, _WHAT[what], f"{intent_in_words(sure[1])} ({percent} % sure)", sure[1])
    text = ", ".join(intent_in_words(each) for each in said.split(", "))
    return Line(mark, _WHAT[what], text, said)
