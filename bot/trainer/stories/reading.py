"""Reads test stories from files in Rasa's format, and says where one is wrong.

Rasa's own reader warns and goes on, so that a misspelt step would be a test that always passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from bot.errors import StoryInvalid
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story

STORIES_FOLDER = Path("tests/stories")
MAX_BYTES = 1_000_000
MOST_NODES = 100_000
"""Values in a file, counted with what aliases repeat."""
_STEPS = "user, intent, action, active_loop or slot_was_set"
_MARK = re.compile(r"\[([^\]]+)\](?:\([^)]+\)|\{[^}]+\})")


def read_folder(folder: Path = STORIES_FOLDER) -> list[Story]:
    """The stories of all `.yml` files of a folder, by the files' names; none of a missing one.

    Raises:
        StoryInvalid: a file is not a test story's.
    """
    return [story for path in sorted(folder.glob("*.yml")) for story in read_stories(path)]


def read_stories(path: Path) -> list[Story]:
    """The stories of a file.

    Raises:
        StoryInvalid: it cannot be read, or is not a test story's; says the line.
    """
    return [story for story, _ in parse(path, content_of(path))]


def content_of(path: Path) -> bytes:
    """What a file of stories holds.

    Raises:
        StoryInvalid: it cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise StoryInvalid(path, 1, f"The file has more than {MAX_BYTES:,} bytes.")
        return path.read_bytes()
    except OSError as error:
        raise StoryInvalid(path, 1, f"The file cannot be read: {error.strerror}.") from error


def parse(path: Path, content: bytes) -> list[tuple[Story, yaml.Node]]:
    """The stories of a file's content, each with where it stands in the text.

    Args:
        path: of the file; it is not read.

    Raises:
        StoryInvalid: it is not a test story's; says the line.
    """
    root = _compose(path, content)
    if root is None:
        return []
    file = _File(path)
    keys = file.mapping(root, "The file")
    for key, (line, _) in keys.items():
        if key not in ("version", "stories"):
            file.refuse(line, f"'{key}' is not for test stories: only version and stories are")
    if "stories" not in keys:
        file.refuse(1, "There is no list 'stories:'")
    return [(file.story(node), node) for node in file.sequence(keys["stories"][1], "'stories'")]


def _compose(path: Path, content: bytes) -> yaml.Node | None:
    try:
        text = content.decode("utf-8-sig")
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise StoryInvalid(path, 1, "The file is not UTF-8. Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        tabs = " Use spaces, not tabs." if r"\t" in str(error.problem) else ""
        raise StoryInvalid(path, line, f"This is not YAML: {error.problem}.{tabs}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise StoryInvalid(path, 1, f"This is not YAML: {error}.") from error
    return node


class _File:
    """Takes apart the nodes of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = 0

    def refuse(self, line: int, message: str) -> NoReturn:
        raise StoryInvalid(self._path, line, f"{message}.")

    def mapping(self, node: yaml.Node, what: str) -> dict[str, tuple[int, yaml.Node]]:
        """Its keys with their lines and values."""
        if not isinstance(node, yaml.MappingNode):
            self.refuse(_line(node), f"{what} must have keys and values")
        found: dict[str, tuple[int, yaml.Node]] = {}
        for key, value in node.value:
            name = str(self.value(key))
            if name in found:
                self.refuse(_line(key), f"'{name}' is there twice")
            found[name] = (_line(key), value)
        return found

    def sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self.refuse(_line(node), f"{what} must be a list")
        return list(node.value)

    def value(self, node: yaml.Node, depth: int = 0) -> Any:
        """A plain value: text, number, list, mapping."""
        self._nodes += 1
        if self._nodes > MOST_NODES or depth > 20:
            self.refuse(_line(node), "There is too much in this file")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, depth + 1) for each in node.value]
        if isinstance(node, yaml.MappingNode):
            return {
                str(self.value(key, depth + 1)): self.value(each, depth + 1)
                for key, each in node.value
            }
        try:
            return yaml.SafeLoader("").construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError) as error:
            self.refuse(_line(node), f"This value cannot be read: {error}")

    def text(self, node: yaml.Node, what: str) -> str:
        value = self.value(node)
        if not isinstance(value, str) or not value.strip():
            self.refuse(_line(node), f"{what} must be a text")
        return value.strip()

    def story(self, node: yaml.Node) -> Story:
        keys = self.mapping(node, "A story")
        for key, (line, _) in keys.items():
            if key not in ("story", "steps", "metadata"):
                self.refuse(line, f"'{key}' is not for a story: story, metadata and steps are")
        for key in ("story", "steps"):
            if key not in keys:
                self.refuse(_line(node), f"This story has no '{key}:'")
        line, name = keys["story"]
        about = self.value(keys["metadata"][1]) if "metadata" in keys else None
        nodes = self.sequence(keys["steps"][1], "'steps'")
        steps = tuple(step for each in nodes for step in self._steps(each))
        if not steps or not isinstance(steps[0], Said):
            self.refuse(line, "A test story begins with what the customer says ('user:')")
        return Story(
            self.text(name, "A story's name"),
            steps,
            self._path,
            line,
            about if isinstance(about, Mapping) else None,
        )

    def _steps(self, node: yaml.Node) -> Iterator[Step]:
        keys = self.mapping(node, "A step")
        line = _line(node)
        names = set(keys)
        if "user" in names and names <= {"user", "intent", "entities"}:
            text = _MARK.sub(r"\1", self.text(keys["user"][1], "'user'"))
            yield Said(text, self._intent(keys), line)
        elif "intent" in names and names <= {"intent", "entities"}:
            yield Part(self.text(keys["intent"][1], "'intent'"), line)
        elif names == {"action"}:
            yield Done(self.text(keys["action"][1], "'action'"), line)
        elif names == {"active_loop"}:
            form = self.value(keys["active_loop"][1])
            yield Loop(str(form) if form else None, line)
        elif names == {"slot_was_set"}:
            yield SlotsSet(self._slots(keys["slot_was_set"][1]), line)
        else:
            strange = ", ".join(f"'{name}'" for name in sorted(names))
            self.refuse(line, f"A step is {_STEPS}, not {strange or 'empty'}")

    def _intent(self, keys: Mapping[str, tuple[int, yaml.Node]]) -> str | None:
        return self.text(keys["intent"][1], "'intent'") if "intent" in keys else None

    def _slots(self, node: yaml.Node) -> Mapping[str, Any]:
        value = self.value(node)
        items: Sequence[Any] = value if isinstance(value, list) else [value]
        slots: dict[str, Any] = {}
        for item in items:
            if not isinstance(item, Mapping):
                self.refuse(_line(node), "'slot_was_set' is a list of names with values")
            slots.update(item)
        return slots


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
