"""Writes test stories as files in Rasa's format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from bot.errors import NluError, StoryImpossible
from bot.trainer.nlu_files.writing import Written, write_all
from bot.trainer.slugs import slug
from bot.trainer.stories.reading import STORIES_FOLDER, read_stories
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story

MOST_FILES = 10_000
_SLUG_CHARS = 50
_PLAIN = re.compile(r"[A-Za-z_][\w-]*")
_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t"}
_BLOCK_LINE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]*")


def save(story: Story, folder: Path = STORIES_FOLDER) -> Path:
    """Writes a story to a file of its own, called after it; returns the file.

    Raises:
        StoryImpossible: a file of the folder has this very story already.
        NluError: the file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NluError(f"{folder} cannot be made: {error.strerror}.") from error
    called = _slug(story.name)
    for number in count(1):
        path = folder / (f"{called}.yml" if number == 1 else f"{called}-{number}.yml")
        if not path.exists():
            break
        if any(_same(story, other) for other in read_stories(path)):
            raise StoryImpossible(f"This conversation is a test story already: {path}.")
        if number >= MOST_FILES:
            raise NluError(f"{folder} has too many stories called '{called}'.")
    write_all([Written(path, None, as_yaml(story).encode())])
    return path


def as_yaml(story: Story) -> str:
    """A story as a file."""
    lines = ['version: "3.1"', "stories:", f"- story: {_quoted(story.name)}"]
    if story.about:
        about = ", ".join(f"{key}: {_quoted(str(value))}" for key, value in story.about.items())
        lines.append(f"  metadata: {{{about}}}")
    lines.append("  steps:")
    for step in story.steps:
        lines += step_lines(step)
    return "\n".join([*lines, ""])


def step_lines(step: Step) -> Iterator[str]:
    """A step as lines of a file that `as_yaml` makes."""
    if isinstance(step, Said):
        yield from _words(step.text)
        if step.intent is not None:
            yield f"    intent: {plain_value(step.intent)}"
    elif isinstance(step, Part):
        yield f"  - intent: {plain_value(step.intent)}"
    elif isinstance(step, Done):
        yield f"  - action: {plain_value(step.action)}"
    elif isinstance(step, Loop):
        yield f"  - active_loop: {plain_value(step.form)}"
    elif isinstance(step, SlotsSet):
        yield "  - slot_was_set:"
        for name, value in step.values.items():
            yield f"    - {plain_value(name)}: {plain_value(value)}"


def _words(text: str) -> Iterator[str]:
    """As a block where a block keeps them as they are, else between quotes."""
    lines = text.split("\n")
    if all(line == line.rstrip() and _BLOCK_LINE.fullmatch(line) for line in lines):
        yield "  - user: |"
        yield from (f"      {line}" for line in lines)
    else:
        yield f"  - user: {_quoted(text)}"


def plain_value(value: object) -> str:
    """A value as YAML, between quotes where it needs them."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in ("null", "yes", "no", "on", "off")
        return value if plain and value.lower() not in ("true", "false") else _quoted(value)
    return json.dumps(value, ensure_ascii=False)


def _quoted(text: str) -> str:
    """A text between double quotes; what cannot be seen is escaped as YAML does it."""
    return '"' + "".join(_ESCAPES.get(each) or _visible(each) for each in text) + '"'


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _slug(name: str) -> str:
    return slug(name, "-")[:_SLUG_CHARS].strip("-") or "story"


def _same(one: Story, other: Story) -> bool:
    return _bare(one) == _bare(other)


def _bare(story: Story) -> list[str]:
    return [line for step in story.steps for line in step_lines(step)]
