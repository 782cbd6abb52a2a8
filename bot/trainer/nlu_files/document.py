"""One file of training examples: what is in it, and in which line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.errors import NluDataInvalid
from bot.trainer.nlu_files.marks import STRIPPED, Entity, read_marks

MAX_FILE_BYTES = 64 * 1024 * 1024
# YAML refuses most of these; at the others Rasa would cut an example in two.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
)
_OTHER_KINDS = {"synonym", "regex", "lookup"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Found(NamedTuple):
    """An example in a file; no dataclass, since there may be a hundred thousand.

    Attributes:
        marked: as it is written, with its entity marks.
        line: counted from 1.
    """

    text: str
    marked: str
    entities: tuple[Entity, ...]
    line: int


@dataclass(frozen=True)
class Block:
    """The examples below one `- intent: ...`.

    Attributes:
        first: its first line, that with the dash, counted from 1.
        line: where its examples start: the line with `examples:`, counted from 1.
        column: spaces before `intent` and `examples`.
        prefix: what is before an example in its line: spaces, dash, space.
        refusal: why its lines cannot be changed by us; empty when they can.
    """

    intent: str
    first: int
    line: int
    column: int
    prefix: str
    refusal: str
    examples: tuple[Found, ...]


@dataclass(frozen=True)
class Document:
    """A file of training examples.

    Attributes:
        lines: with their line ends.
        version: the line with Rasa's version of the format; empty without one.
    """

    path: Path
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]
    version: str = ""

    @property
    def line_end(self) -> str:
        """That of the first line."""
        first = self.lines[0] if self.lines else "\n"
        return first[len(first.rstrip("\r\n")) :] or "\n"


def read_document(path: Path, content: bytes) -> Document:
    """What a file holds.

    Raises:
        NluDataInvalid: Rasa would not read it, or would leave something in it out.
    """
    root, text = parse_yaml(path, content)
    # Only the line ends of YAML are left: the others count as unreadable.
    lines = tuple(text.splitlines(keepends=True))
    reader = _Reader(path, lines, escapes=text.isascii() and bool(re.search(r"\\[uU]", text)))
    return Document(path, lines, tuple(reader.blocks(root)), reader.version)


def parse_yaml(path: Path, content: bytes) -> tuple[yaml.Node | None, str]:
    """A file's nodes, with their lines, and its text.

    Raises:
        NluDataInvalid: not UTF-8, not YAML, or with characters that Rasa stumbles over.
    """
    text = _decoded(path, content)
    try:
        return yaml.compose(text, Loader=_LOADER), text
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, text.splitlines(), error) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise NluDataInvalid(path, 0, f"not readable as YAML: {error}") from error


class _Reader:
    def __init__(self, path: Path, lines: Sequence[str], *, escapes: bool) -> None:
        self.path = path
        self.lines = lines
        self.escapes = escapes
        self.version = ""

    def blocks(self, root: yaml.Node | None) -> Iterator[Block]:
        if not isinstance(root, yaml.MappingNode):
            raise NluDataInvalid(self.path, 1, "expected `nlu:` with a list of intents.")
        top = self._entries(root)
        if "version" in top:
            self.version = self.lines[top["version"][1].start_mark.line].rstrip("\r\n")
        if not {"nlu", "responses"} & set(top):
            raise NluDataInvalid(self.path, 1, "expected `nlu:` with a list of intents.")
        value = top["nlu"][1] if "nlu" in top else None
        if value is None or _is_empty(value):
            return
        if not isinstance(value, yaml.SequenceNode):
            raise self._invalid(value, "`nlu:` needs a list: `- intent: ...`.")
        for item in value.value:
            yield from self._block(item)

    def _block(self, item: yaml.Node) -> Iterator[Block]:
        if not isinstance(item, yaml.MappingNode):
            raise self._invalid(item, "expected `- intent: ...` with its examples.")
        entries = self._entries(item)
        if "intent" not in entries:
            if _OTHER_KINDS & set(entries):
                return
            raise self._invalid(item, "these examples have no `intent:`.")
        intent = entries["intent"][1]
        if not isinstance(intent, yaml.ScalarNode) or _is_empty(intent):
            raise self._invalid(intent, "the intent has no name.")
        if "examples" not in entries:
            return
        key, examples = entries["examples"]
        first = item.start_mark.line + 1
        yield self._examples(intent.value, first, key.start_mark.column, examples)

    def _examples(self, intent: str, first: int, column: int, node: yaml.Node) -> Block:
        line = node.start_mark.line + 1
        prefix = " " * (column + 2) + "- "
        if isinstance(node, yaml.SequenceNode):
            listed = tuple(self._listed(item) for item in node.value)
            refusal = "they are written as a list of texts (`- text:`)"
            return Block(intent, first, line, column, prefix, refusal, listed)
        if not isinstance(node, yaml.ScalarNode):
            raise self._invalid(node, "`examples:` needs lines that start with `- `.")
        if node.style == "|":
            return self._literal(intent, first, column, node)
        refusal = "" if _is_empty(node) else "they do not stand below `examples: |`"
        found = tuple(self._lines(node.value, lambda _: line))
        if _is_empty(node):
            refusal = "`examples:` has no `|` after it"
        return Block(intent, first, line, column, prefix, refusal, found)

    def _literal(self, intent: str, first: int, column: int, node: yaml.ScalarNode) -> Block:
        line = node.start_mark.line + 1
        content = node.value
        found = tuple(self._lines(content, lambda number: line + 1 + number))
        prefix = " " * (column + 2) + "- "
        if found:
            last = self.lines[found[-1].line - 1].rstrip("\r\n")
            prefix = last[: len(last) - len(last.lstrip(" "))] + "-"
            after = last[len(prefix) :]
            prefix += after[: len(after) - len(after.lstrip(" "))]
        return Block(intent, first, line, column, prefix, "", found)

    def _lines(self, content: str, line: Callable[[int], int]) -> Iterator[Found]:
        for number, row in enumerate(content.split("\n")):
            if row[:1] == "-":
                marked = row[1:].strip(STRIPPED)
                if marked:
                    yield self._found(marked, line(number))
            elif row.strip() and row.lstrip()[0] != "#":
                raise NluDataInvalid(
                    self.path,
                    line(number),
                    f"Rasa would leave out {row.strip()[:80]!r}: an example starts with `- `, "
                    "as far to the right as the first one.",
                )

    def _listed(self, item: yaml.Node) -> Found:
        entries = self._entries(item) if isinstance(item, yaml.MappingNode) else {}
        text = entries["text"][1] if "text" in entries else None
        if not isinstance(text, yaml.ScalarNode) or not text.value.strip():
            raise self._invalid(item, "expected `- text: ...` with a text.")
        line = text.start_mark.line + (2 if text.style in ("|", ">") else 1)
        return self._found(text.value.strip(STRIPPED), line)

    def _found(self, marked: str, line: int) -> Found:
        if "[" not in marked and not self.escapes:
            return Found(marked, marked, (), line)
        try:
            text, entities = read_marks(self._unescaped(marked, line))
        except NluDataInvalid as error:
            raise NluDataInvalid(self.path, line, error.reason) from error
        return Found(text, marked, entities, line)

    def _unescaped(self, marked: str, line: int) -> str:
        # As Rasa does with a file that has ASCII characters only.
        if not self.escapes or "\\" not in marked:
            return marked
        try:
            decoded = marked.encode().decode("raw_unicode_escape")
            found = decoded.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeError as error:
            raise self._no_number(line) from error
        if _UNREADABLE.search(found) or set(found) & set("\r\n"):
            raise self._no_number(line)
        return found

    def _no_number(self, line: int) -> NluDataInvalid:
        return NluDataInvalid(
            self.path,
            line,
            "Rasa takes a backslash with a u for a character's number, and this is none.",
        )

    def _entries(self, node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                raise self._invalid(key, f"`{name}:` is there twice; Rasa refuses that.")
            found[name] = (key, value)
        return found

    def _invalid(self, node: yaml.Node, reason: str) -> NluDataInvalid:
        return NluDataInvalid(self.path, node.start_mark.line + 1, reason)


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null")


def _decoded(path: Path, content: bytes) -> str:
    if len(content) > MAX_FILE_BYTES:
        raise NluDataInvalid(path, 0, f"larger than {MAX_FILE_BYTES // 2**20} MB.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NluDataInvalid(
            path,
            line,
            f"not UTF-8 (byte 0x{content[error.start]:02x}). Save the file as UTF-8.",
        ) from error
    if wrong := _UNREADABLE.search(text):
        line = len(re.findall(r"\r\n|\r|\n", text[: wrong.start()])) + 1
        raise NluDataInvalid(
            path,
            line,
            f"an invisible character (U+{ord(wrong.group()):04X}) that Rasa stumbles over; "
            "delete it.",
        )
    return text


def _not_yaml(path: Path, lines: Sequence[str], error: yaml.MarkedYAMLError) -> NluDataInvalid:
    mark = error.problem_mark or error.context_mark
    number = min(mark.line + 1, max(len(lines), 1)) if mark else 0
    line = lines[number - 1] if number and lines else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return NluDataInvalid(path, number, "a tab before the text; YAML wants spaces there.")
    said = " ".join(part for part in (error.context, error.problem) if part)
    return NluDataInvalid(path, number, f"not readable as YAML: {said}.")
