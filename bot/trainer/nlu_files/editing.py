"""Changes to the lines of one language's files, kept in memory until they are written.

Every other line stays as it is. What comes out is read again before it is handed on, and must hold
exactly the examples that it should.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import DataChanged, IntentUnknown, NluDataInvalid
from bot.trainer.nlu_files.changes import Add, Change, Move, Remove, Replace
from bot.trainer.nlu_files.document import Block, Document, Found, read_document
from bot.trainer.nlu_files.marks import example, read_marks

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NO_TEXT_IN_YAML = re.compile(r"null|true|false|[\d_.+-]+(e\d+)?|0[xob]\w+|\.?nan|\.?inf", re.I)
_SHOWN = 60


@dataclass
class _Row:
    """An example of a block; `found` is its line on disk, None for a new one."""

    marked: str
    text: str
    found: Found | None = None
    gone: bool = False


@dataclass
class _Rows:
    path: Path
    block: Block | None
    rows: list[_Row] = field(default_factory=list)


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
        self._marked: defaultdict[tuple[str, str], list[tuple[_Rows, _Row]]] = defaultdict(list)
        self._texts: defaultdict[tuple[str, str], list[tuple[_Rows, _Row]]] = defaultdict(list)
        for path, document in documents.items():
            self._files[path] = file = _File(document, [])
            for block in document.blocks:
                rows = _Rows(path, block)
                file.blocks.append(rows)
                self._blocks[block.intent].append(rows)
                for found in block.examples:
                    self._keep(block.intent, rows, _Row(found.marked, found.text, found))

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

    def results(self) -> dict[Path, tuple[Document | None, bytes, bool]]:
        """What the changed files are to hold.

        Returns:
            For each file what it held (None: it is new), its new content, and whether an example
            was added to it.

        Raises:
            NluDataInvalid: a file would not hold exactly what it should.
        """
        return {
            path: (file.document, self._rendered(path, file), file.added)
            for path, file in self._files.items()
            if file.changed
        }

    def _add(self, intent: str, marked: str) -> None:
        text, entities = read_marks(marked)
        there = [
            pair for pair in self._texts[intent, text] if pair[1].text == text and not pair[1].gone
        ]
        if not there:
            rows = self._place(intent)
            self._editable(rows)
            self._keep(intent, rows, _Row(marked, text))
            self._files[rows.path].added = self._files[rows.path].changed = True
        elif entities and all(row.marked == row.text for _, row in there):
            # The same words, now with their entities marked.
            self._write(intent, *there[0], marked)
        elif entities and all(row.marked != marked for _, row in there):
            rows, row = there[0]
            raise NluDataInvalid(
                rows.path,
                row.found.line if row.found else 0,
                f"{row.marked[:_SHOWN]!r} is there already with other marks; change that one.",
            )

    def _remove(self, intent: str, marked: str) -> None:
        rows, row = self._the(intent, marked)
        self._editable(rows)
        row.gone = True
        self._files[rows.path].changed = True

    def _replace(self, intent: str, old: str, new: str) -> None:
        if old.strip() == new:
            return
        rows, row = self._the(intent, old)
        there = [other for _, other in self._marked[intent, new] if not other.gone]
        if any(other.marked == new for other in there):
            self._remove(intent, old)
        else:
            self._write(intent, rows, row, new)

    def _move(self, change: Move) -> None:
        _, row = self._the(change.intent, change.marked)
        if change.to != change.intent:
            self._add(change.to, example(row.marked))
            self._remove(change.intent, change.marked)

    def _write(self, intent: str, rows: _Rows, row: _Row, marked: str) -> None:
        self._editable(rows)
        row.marked, row.text = marked, read_marks(marked)[0]
        self._index(intent, rows, row)
        self._files[rows.path].changed = True

    def _keep(self, intent: str, rows: _Rows, row: _Row) -> None:
        rows.rows.append(row)
        self._index(intent, rows, row)

    def _index(self, intent: str, rows: _Rows, row: _Row) -> None:
        self._texts[intent, row.text].append((rows, row))
        self._marked[intent, row.marked].append((rows, row))

    def _the(self, intent: str, marked: str) -> tuple[_Rows, _Row]:
        wanted = marked.strip()
        # The last one: of two that are the same, the second is the one too many.
        for rows, row in reversed(self._marked.get((intent, wanted), [])):
            if row.marked == wanted and not row.gone:
                return rows, row
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
        return (own or usable or blocks)[-1]

    def _new(self, intent: str) -> _Rows:
        if not _NAME.fullmatch(intent) or _NO_TEXT_IN_YAML.fullmatch(intent):
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
            text = _new_file(path.stem, file.blocks[0].rows, self._neighbours)
        else:
            text = "".join(_lines(file.document, file.blocks))
        content = text.encode("utf-8")
        wanted = [
            [(row.marked, row.text) for row in rows.rows if not row.gone] for rows in file.blocks
        ]
        found = [
            [(one.marked, one.text) for one in block.examples]
            for block in read_document(path, content).blocks
        ]
        if wanted != found:
            raise NluDataInvalid(
                path,
                0,
                "this change cannot be made without touching other examples; make it by hand.",
            )
        return content


def _lines(document: Document, blocks: Iterable[_Rows]) -> Iterator[str]:
    changed: dict[int, str | None] = {}
    after: defaultdict[int, list[str]] = defaultdict(list)
    for rows in blocks:
        block = rows.block
        if block is None or block.refusal:
            continue
        last = max((row.found.line for row in rows.rows if row.found), default=block.line)
        for row in rows.rows:
            if row.found is None:
                if not row.gone:
                    after[last].append(block.prefix + row.marked)
            elif row.gone:
                changed[row.found.line] = None
            elif row.marked != row.found.marked:
                changed[row.found.line] = row.marked
    for number, line in enumerate(document.lines, 1):
        kept = line
        if number in changed:
            new = changed[number]
            kept = "" if new is None else _replaced(line, new)
        if number not in after:
            yield kept
            continue
        yield from _with(kept, line, after[number], document)


def _with(kept: str, line: str, new: list[str], document: Document) -> Iterator[str]:
    """A line and those that come after it, each with its end as the file has it."""
    end = line[len(line.rstrip("\r\n")) :]
    if end:
        yield kept
        yield from (each + end for each in new)
    else:  # the last line of a file, which has no end: nor has the new last one
        yield document.line_end.join(([kept] if kept else []) + new)


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
