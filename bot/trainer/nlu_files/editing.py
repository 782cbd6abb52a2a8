"""Changes to the lines of one language's files, kept in memory until they are written.

Every other line stays as it is. What comes out is read again before it is handed on, and must hold
exactly the examples that it should.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DataChanged, IntentUnknown, NluDataInvalid
from bot.trainer.nlu_files.changes import Add, Change, Move, Remove, Replace, can_name_an_intent
from bot.trainer.nlu_files.document import Block, Document, Found, read_document
from bot.trainer.nlu_files.marks import example, read_marks

_SHOWN = 60


@dataclass(slots=True)
class _Row:
    """An example of a block; `found` is its line on disk, None for a new one."""

    home: _Rows
    marked: str
    text: str
    found: Found | None = None
    gone: bool = False


@dataclass
class _Rows:
    """The rows of a block, made when it is first changed.

    Attributes:
        block: None for a new one.
        before: of a new block in a file that is there: the block that it stands before.
    """

    path: Path
    block: Block | None
    rows: list[_Row] | None = None
    before: Block | None = None

    def all(self) -> list[_Row]:
        if self.rows is None:
            found = self.block.examples if self.block else ()
            self.rows = [_Row(self, one.marked, one.text, one) for one in found]
        return self.rows

    def marked(self) -> list[str]:
        """What a reader will find."""
        if self.rows is None:
            return [one.marked for one in (self.block.examples if self.block else ())]
        return [row.marked for row in self.rows if not row.gone]

    def texts(self) -> list[str]:
        """The same without marks."""
        if self.rows is None:
            return [one.text for one in (self.block.examples if self.block else ())]
        return [row.text for row in self.rows if not row.gone]


class _Index:
    """The rows of an intent by text and by how they are written."""

    def __init__(self) -> None:
        self._first: dict[str, _Row] = {}
        self._more: defaultdict[str, list[_Row]] = defaultdict(list)

    def add(self, row: _Row) -> None:
        for key in {row.marked, row.text}:
            if self._first.setdefault(key, row) is not row:
                self._more[key].append(row)

    def with_text(self, text: str) -> list[_Row]:
        return [row for row in self._all(text) if row.text == text]

    def written(self, marked: str) -> list[_Row]:
        return [row for row in self._all(marked) if row.marked == marked]

    def _all(self, key: str) -> list[_Row]:
        first = [self._first[key]] if key in self._first else []
        return [row for row in (*first, *self._more.get(key, ())) if not row.gone]


@dataclass(frozen=True)
class Result:
    """What a file is to hold.

    Attributes:
        new: there is no such file yet.
        grown: what it holds when it has got its new examples and lost none yet; None when it gets
            none.
    """

    path: Path
    new: bool
    content: bytes
    grown: bytes | None


@dataclass
class _File:
    document: Document | None
    blocks: list[_Rows]
    added: bool = False
    changed: bool = False


class Editor:
    """The files of one language.

    Args:
        folder: of all languages.
        documents: the files of this language, by path.
        neighbours: files to take the form from when the language has none.
    """

    def __init__(
        self,
        folder: Path,
        language: str,
        documents: Mapping[Path, Document],
        neighbours: Iterable[Document] = (),
    ) -> None:
        self._folder, self._language = folder, language
        self._neighbours = [*documents.values(), *neighbours]
        self._files: dict[Path, _File] = {}
        self._blocks: defaultdict[str, list[_Rows]] = defaultdict(list)
        self._indexes: dict[str, _Index] = {}
        for path, document in documents.items():
            rows = [_Rows(path, block) for block in document.blocks]
            self._files[path] = _File(document, rows)
            for each, block in zip(rows, document.blocks, strict=True):
                self._blocks[block.intent].append(each)

    @property
    def intents(self) -> set[str]:
        """Those that have a place in a file."""
        return set(self._blocks)

    def make(self, change: Change) -> None:
        """Makes one change.

        Raises:
            NluDataInvalid: Rasa would misread it, or its place can only be changed by hand.
            DataChanged: the example to change is not there any more.
        """
        if isinstance(change, Add):
            self._add(change.intent, example(change.marked))
        elif isinstance(change, Remove):
            self._remove(change.intent, change.marked)
        elif isinstance(change, Replace):
            self._replace(change.intent, change.old, example(change.new))
        else:
            self._move(change)

    def results(self) -> list[Result]:
        """What the changed files are to hold.

        Raises:
            NluDataInvalid: a file would not hold exactly what it should.
        """
        found = []
        for path, file in self._files.items():
            if file.changed:
                content = self._rendered(path, file)
                grown = content
                if file.added and file.document:
                    grown = _text(file.document, file.blocks, lose=False).encode("utf-8")
                found.append(
                    Result(path, file.document is None, content, grown if file.added else None)
                )
        return found

    def _add(self, intent: str, marked: str) -> None:
        text, entities = read_marks(marked)
        there = self._index(intent).with_text(text)
        if not there:
            home = self._place(intent)
            self._editable(home)
            row = _Row(home, marked, text)
            home.all().append(row)
            self._index(intent).add(row)
            self._files[home.path].added = self._files[home.path].changed = True
        elif entities and all(row.marked == row.text for row in there):
            # The same words, now with their entities marked.
            self._write(intent, there[0], marked)
        elif entities and all(row.marked != marked for row in there):
            (row, *_) = there
            raise NluDataInvalid(
                row.home.path,
                row.found.line if row.found else 0,
                f"{row.marked[:_SHOWN]!r} is there already with other marks; change that one.",
            )

    def _remove(self, intent: str, marked: str) -> None:
        row = self._the(intent, marked)
        self._editable(row.home)
        row.gone = True
        self._files[row.home.path].changed = True

    def _replace(self, intent: str, old: str, new: str) -> None:
        if old.strip(" ") == new:
            return
        row = self._the(intent, old)
        if self._index(intent).written(new):
            self._remove(intent, old)
        else:
            self._write(intent, row, new)

    def _move(self, change: Move) -> None:
        row = self._the(change.intent, change.marked)
        if change.to != change.intent:
            self._add(change.to, example(row.marked))
            self._remove(change.intent, change.marked)

    def _write(self, intent: str, row: _Row, marked: str) -> None:
        self._editable(row.home)
        row.marked, row.text = marked, read_marks(marked)[0]
        self._index(intent).add(row)
        self._files[row.home.path].changed = True

    def _index(self, intent: str) -> _Index:
        if intent not in self._indexes:
            self._indexes[intent] = index = _Index()
            for rows in self._blocks.get(intent, []):
                for row in rows.all():
                    index.add(row)
        return self._indexes[intent]

    def _the(self, intent: str, marked: str) -> _Row:
        wanted = marked.strip(" ")
        # The last one: of two that are the same, the second is the one too many.
        if found := self._index(intent).written(wanted):
            return found[-1]
        raise DataChanged(
            f"{wanted[:_SHOWN]!r} is not among the examples of {intent} in {self._language} "
            "any more: somebody else has changed or removed it. Nothing was written; load the "
            "page again."
        )

    def _place(self, intent: str) -> _Rows:
        blocks = self._blocks.get(intent)
        if not blocks:
            return self._new(intent)
        usable = [rows for rows in blocks if not rows.block or not rows.block.refusal]
        own = [rows for rows in usable if rows.path.stem == intent]
        return (own or usable or [self._beside(intent, blocks[0])])[-1]

    def _beside(self, intent: str, other: _Rows) -> _Rows:
        """A block of the usual form before one of another form (see `Block.refusal`)."""
        if other.block is None or not can_name_an_intent(intent):
            self._editable(other)
        rows = _Rows(other.path, None, before=other.block)
        blocks = self._files[other.path].blocks
        blocks.insert(blocks.index(other), rows)
        self._blocks[intent].append(rows)
        return rows

    def _new(self, intent: str) -> _Rows:
        if not can_name_an_intent(intent):
            raise IntentUnknown(
                f"{intent!r} cannot be the name of a new intent: letters, digits and _ only."
            )
        path = self._folder / self._language / f"{intent}.yml"
        if path in self._files or path.exists():
            raise NluDataInvalid(
                path,
                0,
                f"has no examples of {intent} although it is called so; add "
                f"`- intent: {intent}` with `examples: |` to it.",
            )
        rows = _Rows(path, None)
        self._files[path] = _File(None, [rows], changed=True)
        self._blocks[intent].append(rows)
        return rows

    def _editable(self, rows: _Rows) -> None:
        if rows.block and rows.block.refusal:
            raise NluDataInvalid(
                rows.path,
                rows.block.line,
                f"the examples of {rows.block.intent} can only be changed by hand: "
                f"{rows.block.refusal}.",
            )

    def _rendered(self, path: Path, file: _File) -> bytes:
        if file.document is None:
            text = _new_file(path.stem, file.blocks[0].all(), self._neighbours)
        else:
            text = _text(file.document, file.blocks)
        content = text.encode("utf-8")
        blocks = read_document(path, content).blocks
        wanted_blocks = [rows for rows in file.blocks if rows.block or rows.marked()]
        wanted = [rows.marked() for rows in wanted_blocks]
        unharmed = wanted == [[one.marked for one in block.examples] for block in blocks]
        # The words too: one letter more can change how Rasa reads all others (see `read_document`).
        if not unharmed or [rows.texts() for rows in wanted_blocks] != [
            [one.text for one in block.examples] for block in blocks
        ]:
            raise NluDataInvalid(
                path,
                0,
                "this change cannot be made without touching other examples; make it by hand.",
            )
        return content


def _text(document: Document, blocks: Iterable[_Rows], *, lose: bool = True) -> str:
    lines = list(document.lines)
    for rows in blocks:
        if rows.before and rows.marked():
            place = rows.before.first - 1
            lines[place] = _block(rows, rows.before, document.line_end) + lines[place]
        block = rows.block
        if block is None or rows.rows is None:
            continue
        last = max((one.line for one in block.examples), default=block.line)
        for row in rows.rows if lose else ():
            if row.found and row.gone:
                lines[row.found.line - 1] = ""
            elif row.found and row.marked != row.found.marked:
                lines[row.found.line - 1] = _replaced(lines[row.found.line - 1], row.marked)
        new = [block.prefix + row.marked for row in rows.rows if not row.found and not row.gone]
        if new:
            lines[last - 1] = _with(lines[last - 1], document.lines[last - 1], new, document)
    return "".join(lines)


def _block(rows: _Rows, like: Block, end: str) -> str:
    column = " " * like.column
    head = [f"{column[:-2]}- intent: {like.intent}", f"{column}examples: |"]
    return "".join(line + end for line in (*head, *(like.prefix + m for m in rows.marked())))


def _with(kept: str, line: str, new: list[str], document: Document) -> str:
    """A line and those that come after it, each with its end as the file has it."""
    end = line[len(line.rstrip("\r\n")) :]
    if end:
        return kept + "".join(each + end for each in new)
    # The last line of a file, which has no end: nor has the new last one.
    return document.line_end.join(([kept] if kept else []) + new)


def _replaced(line: str, marked: str) -> str:
    dash = line.index("-") + 1
    rest = line[dash:]
    space = rest[: len(rest) - len(rest.lstrip(" "))] or " "
    content = rest.strip("\r\n ")
    tail = rest[rest.index(content) + len(content) :]
    return line[:dash] + space + marked + tail


def _new_file(intent: str, rows: Iterable[_Row], neighbours: Iterable[Document]) -> str:
    end, version, column, prefix = "\n", 'version: "3.1"', 2, "    - "
    for document in neighbours:
        usable = [block for block in document.blocks if not block.refusal and block.examples]
        if usable:
            end, version = document.line_end, document.version
            column, prefix = usable[0].column, usable[0].prefix
            break
    lines = [version] if version else []
    lines += ["nlu:", f"{' ' * (column - 2)}- intent: {intent}", f"{' ' * column}examples: |"]
    lines += [prefix + row.marked for row in rows if not row.gone]
    return end.join(lines) + end
