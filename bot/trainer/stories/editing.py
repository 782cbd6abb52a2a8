"""Changes one story of a file; all else of the file stays byte for byte as it is."""

from __future__ import annotations

import codecs
import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import StoryImpossible
from bot.trainer.stories.reading import content_of, parse
from bot.trainer.stories.story import Done, Part, Said, Step, Story
from bot.trainer.stories.writing import plain_value, step_lines

Plan = Sequence[tuple[int | None, Step]]
"""The steps of a story as they are to be: each with its place among those it has, None: it is new.

A step that is there may only change what it expects: its intent or its action.
"""
_DASH = re.compile(r" *- +")
_WRITTEN_INDENT = 2


@dataclass(frozen=True)
class Edited:
    """A file before and after.

    Attributes:
        after: None when nothing of it is left.
    """

    path: Path
    before: bytes
    after: bytes | None


def without(story: Story) -> Edited:
    """The file of a story without it; nothing is written.

    Raises:
        StoryInvalid: the file cannot be read.
        StoryImpossible: the story is not there any more, or cannot be taken out by itself.
    """
    file = _File(story)
    if len(file.stories) == 1:
        return Edited(file.path, file.content, None)
    start, end = file.place(file.node)
    kept = [each for each in file.stories if each is not file.story]
    return file.edited([(start, end, "")], kept)


def with_steps(story: Story, plan: Plan) -> Edited:
    """The file of a story with other steps; nothing is written.

    Raises:
        StoryInvalid: the file cannot be read.
        StoryImpossible: the story is not there any more, or cannot be changed by itself.
    """
    file = _File(story)
    if bare(file.story) != bare(story):
        raise file.refusal("the story has been changed meanwhile")
    nodes = file.steps()
    places = [file.place(node) for node in nodes]
    edits = []
    for number in set(range(len(nodes))) - {origin for origin, _ in plan}:
        edits.append((*places[number], ""))
    after = file.place(file.node)[0]
    for origin, step in plan:
        if origin is None:
            edits.append((after, after, file.as_text(step, nodes[0])))
            continue
        after = places[origin][1]
        was, now = _expects(file.story.steps[origin]), _expects(step)
        if now is not None and was != now:
            edits.append((*_value_of(nodes[origin]), plain_value(now)))
    wanted = dataclasses.replace(file.story, steps=tuple(step for _, step in plan))
    return file.edited(edits, [wanted if each is file.story else each for each in file.stories])


def same_story(stories: Sequence[Story], wanted: Story) -> Story | None:
    """The story of this name, of several with it the one at the same line."""
    found = [each for each in stories if each.name == wanted.name]
    if len(found) > 1:
        found = [each for each in found if each.line == wanted.line]
    return found[0] if found else None


def bare(story: Story) -> tuple[Step, ...]:
    """Its steps, wherever they stand."""
    return tuple(dataclasses.replace(step, line=0) for step in story.steps)


class _File:
    """The file of a story, taken apart."""

    def __init__(self, story: Story) -> None:
        if story.path is None:
            raise StoryImpossible(f"The story '{story.name}' is in no file.")
        self.path = story.path
        self.content = content_of(self.path)
        self._mark = codecs.BOM_UTF8 if self.content.startswith(codecs.BOM_UTF8) else b""
        self._text = self.content.decode("utf-8-sig")
        pairs = parse(self.path, self.content)
        self.stories = [each for each, _ in pairs]
        found = same_story(self.stories, story)
        if found is None:
            raise StoryImpossible(f"{self.path} has no story '{story.name}' any more.")
        self.story = found
        self.node = next(node for each, node in pairs if each is found)

    def refusal(self, why: str) -> StoryImpossible:
        return StoryImpossible(
            f"{self.path}, line {self.story.line}: {why}. Nothing was written; change it by hand."
        )

    def steps(self) -> list[yaml.Node]:
        return next(list(value.value) for key, value in self.node.value if key.value == "steps")

    def place(self, node: yaml.Node) -> tuple[int, int]:
        """From the beginning of its dash's line to the end of the last line with some of it."""
        start = int(node.start_mark.index)
        line = self._text.rfind("\n", 0, start) + 1
        end = _content_end(node)
        if not _DASH.fullmatch(self._text[line:start]) or end < start:
            raise self.refusal("the story's steps are not each on lines of their own")
        end = start + len(self._text[start:end].rstrip())
        newline = self._text.find("\n", end)
        return line, len(self._text) if newline < 0 else newline + 1

    def as_text(self, step: Step, beside: yaml.Node) -> str:
        """A step in lines, indented as another one is."""
        start = int(beside.start_mark.index)
        indent = len(self._text[self._text.rfind("\n", 0, start) + 1 : start].split("-")[0])
        newline = "\r\n" if "\r\n" in self._text else "\n"
        lines = (line[_WRITTEN_INDENT:] for line in step_lines(step))
        return "".join(f"{' ' * indent}{line}{newline}" for line in lines)

    def edited(self, edits: list[tuple[int, int, str]], wanted: Sequence[Story]) -> Edited:
        """The file with edits, once it is sure that they make of it what is wanted."""
        pieces, position = [], 0
        for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
            pieces += [self._text[position:start], text]
            if text.endswith("\n") and start and not self._text[:start].endswith("\n"):
                pieces.insert(-1, "\n")  # the file's last line had no end
            position = end
        after = self._mark + "".join([*pieces, self._text[position:]]).encode()
        if [_content(each) for each, _ in parse(self.path, after)] != [
            _content(each) for each in wanted
        ]:
            raise self.refusal("the story is written so that it cannot be changed by itself")
        return Edited(self.path, self.content, after)


def _content(story: Story) -> tuple[object, ...]:
    return story.name, story.about, bare(story)


def _content_end(node: yaml.Node) -> int:
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _content_end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _expects(step: Step) -> str | None:
    if isinstance(step, (Said, Part)):
        return step.intent
    return step.action if isinstance(step, Done) else None


def _value_of(node: yaml.Node) -> tuple[int, int]:
    value = next(value for key, value in node.value if key.value in ("intent", "action"))
    return int(value.start_mark.index), int(value.end_mark.index)
