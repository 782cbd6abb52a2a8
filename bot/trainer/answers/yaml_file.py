"""A YAML file as its sections: read with their lines, and one more entry at a section's end.

What comes out is read again before it is handed on. It must hold what the file held, with the one
change; every other byte stays, comments and line ends too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import NluDataInvalid
from bot.trainer.nlu_files.document import parse_yaml

Plain = Any
"""What a node holds, without marks: texts with their tags, lists, lists of pairs."""


@dataclass(frozen=True)
class Section:
    """What stands below one key at the left edge of a file.

    Attributes:
        line: of the key, counted from 1.
        end: the last line that belongs to it; comments at the left edge after it do not.
    """

    node: Node
    line: int
    end: int


@dataclass(frozen=True)
class YamlFile:
    """A file, read.

    Attributes:
        content: None where there is no such file.
        lines: with their line ends.
    """

    path: Path
    content: bytes | None
    lines: tuple[str, ...]
    sections: dict[str, Section]

    @property
    def line_end(self) -> str:
        """That of the first line."""
        first = self.lines[0] if self.lines else "\n"
        return first[len(first.rstrip("\r\n")) :] or "\n"

    def invalid(self, line: int, reason: str) -> NluDataInvalid:
        """The error that names a line of this file."""
        return NluDataInvalid(self.path, line, reason)

    def plain(self) -> dict[str, Plain]:
        """What each section holds."""
        return {name: plain(section.node) for name, section in self.sections.items()}


def read_yaml(path: Path) -> YamlFile:
    """Reads a file; one that is not there has no sections.

    Raises:
        NluDataInvalid: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return YamlFile(path, None, (), {})
    except OSError as error:
        raise NluDataInvalid(path, 0, f"cannot be read: {error.strerror}.") from error
    return parsed(path, content)


def parsed(path: Path, content: bytes) -> YamlFile:
    """What a file's content holds.

    Raises:
        NluDataInvalid: it is not YAML with sections, or a section is there twice.
    """
    root, text = parse_yaml(path, content)
    lines = tuple(text.splitlines(keepends=True))
    if root is None or (isinstance(root, ScalarNode) and not root.value):
        return YamlFile(path, content, lines, {})
    if not isinstance(root, MappingNode) or root.flow_style:
        raise NluDataInvalid(path, root.start_mark.line + 1, "expected sections, as `rules:`.")
    starts = [key.start_mark.line for key, _ in root.value]
    found: dict[str, Section] = {}
    for (key, value), after in zip(root.value, [*starts[1:], len(lines)], strict=True):
        line = key.start_mark.line + 1
        if key.value in found:
            raise NluDataInvalid(path, line, f"`{key.value}:` is there twice; Rasa refuses that.")
        found[str(key.value)] = Section(value, line, _last_line(lines, line, after))
    return YamlFile(path, content, lines, found)


def pairs(node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    """The keys and values of a mapping; nothing of anything else."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key, value


def items(node: Node | None) -> Sequence[Node]:
    """The items of a list; nothing of anything else."""
    return node.value if isinstance(node, SequenceNode) else ()


def text_of(node: Node | None) -> str:
    """A scalar's text; empty for anything else."""
    return str(node.value) if isinstance(node, ScalarNode) else ""


def names(node: Node | None) -> list[str]:
    """Of a list whose items are names, or mappings with one."""
    return [
        text_of(item) if isinstance(item, ScalarNode) else text_of(next(pairs(item))[0])
        for item in items(node)
        if isinstance(item, ScalarNode) or any(pairs(item))
    ]


def plain(node: Node) -> Plain:
    """What a node holds."""
    if isinstance(node, ScalarNode):
        return (node.tag, node.value)
    if isinstance(node, MappingNode):
        return ("map", [(plain(key), plain(value)) for key, value in node.value])
    return ("list", [plain(item) for item in node.value])


def is_empty(node: Node) -> bool:
    """Whether nothing stands after a key."""
    return isinstance(node, ScalarNode) and not node.style and node.value in ("", "~", "null")


def appended(file: YamlFile, section: str, entry: Sequence[str], *, apart: bool) -> tuple[str, int]:
    """The text that puts lines at the end of a section, and after which line it goes.

    Args:
        entry: lines without line ends.
        apart: with an empty line before it.
    """
    found = file.sections.get(section)
    lines = list(entry)
    if found is None:
        lines = [f"{section}:", *lines]
        after = len(file.lines)
        apart = bool(file.lines)
    else:
        after = found.end
    end = file.line_end
    last = file.lines[after - 1] if after else ""
    if apart:
        lines.insert(0, "")
    if after and last == last.rstrip("\r\n"):  # a last line without an end: nor has the new one
        return "".join(end + line for line in lines), after
    return "".join(line + end for line in lines), after


def with_piece(file: YamlFile, piece: str, after: int) -> bytes:
    """A file's content with a text after a line."""
    return "".join((*file.lines[:after], piece, *file.lines[after:])).encode("utf-8")


def _last_line(lines: Sequence[str], first: int, after: int) -> int:
    """The last line of a section that begins in line `first` and ends before line `after + 1`."""
    last = after
    while last > first and (
        not lines[last - 1].strip() or lines[last - 1].startswith(("#", "..."))
    ):
        last -= 1
    return last
