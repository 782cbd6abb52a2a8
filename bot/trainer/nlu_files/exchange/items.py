"""What was read from another tool's export, and what was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bot.errors import NluDataInvalid
from bot.settings import LANGUAGES
from bot.trainer.labelled import NO_LANGUAGE
from bot.trainer.nlu_files.marks import Entity, mark, one_line, read_marks

TRUE_SPLITS = ("", "train")


@dataclass(frozen=True)
class Item:
    """A text from outside.

    Attributes:
        marked: with its entities marked, as Rasa writes them.
        intent: as the other tool calls it; empty for a message that nobody has labelled.
        language: one of ours, another's code, or `NO_LANGUAGE`.
        split: as the file says, e.g. `test`; empty when it does not.
        where: file and line, or the like, for messages.
    """

    text: str
    marked: str
    intent: str
    language: str
    where: str
    split: str = ""
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A text, or a file, that was not taken."""

    where: str
    text: str
    reason: str


@dataclass
class Read:
    """All that an export holds."""

    items: list[Item] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def take(
        self,
        text: str,
        intent: str,
        language: str,
        where: str,
        *,
        entities: Iterable[Entity] = (),
        split: str = "",
    ) -> None:
        """Takes a text over, as one line, or notes why not."""
        try:
            marked = _on_one_line(text, tuple(entities))
            found = read_marks(marked)
        except NluDataInvalid as error:
            self.left_out.append(LeftOut(where, text, error.reason))
            return
        if not found[0].strip():
            self.left_out.append(LeftOut(where, text, "empty"))
            return
        self.items.append(Item(found[0], marked, intent, language, where, split, found[1]))

    def take_marked(
        self, marked: str, intent: str, language: str, where: str, *, split: str = ""
    ) -> None:
        """Takes over a text that has its marks in Rasa's form."""
        try:
            text, entities = read_marks(one_line(marked))
        except NluDataInvalid as error:
            self.left_out.append(LeftOut(where, marked, error.reason))
            return
        self.items.append(Item(text, one_line(marked), intent, language, where, split, entities))


def language_of(code: str | None, given: str | None) -> str:
    """The language from a code as `sv-SE`, `no` or `en_US`; it need not be one of ours.

    Args:
        given: what the person who imports says, of what has no code; `NO_LANGUAGE` when nobody
            says.
    """
    if code in (None, "", NO_LANGUAGE):
        return given or NO_LANGUAGE
    short = code.strip().lower().replace("_", "-").partition("-")[0]
    return {"no": "nb", "nn": "nb"}.get(short, short)


def language_in(name: str, given: str | None) -> str:
    """The language that a folder in a file's path is called by; else the given one."""
    folders = reversed(PurePosixPath(name).parent.parts)
    return next((part for part in folders if part in LANGUAGES), given or NO_LANGUAGE)


def pieces(parts: Iterable[tuple[str, str]]) -> tuple[str, list[Entity]]:
    """A text from its parts, each with the name of its entity, or none."""
    text, entities = "", []
    for words, entity in parts:
        if entity and words.strip():
            entities.append(Entity(len(text), len(text) + len(words), entity, words))
        text += words
    return text, entities


def _on_one_line(text: str, entities: Sequence[Entity]) -> str:
    if not entities:
        return mark(one_line(text), [])
    # Entities keep their words while white space shrinks: part by part.
    clean, kept = "", []
    for words, entity in _parts(text, entities):
        part = one_line(f"x{words}x")[1:-1]
        part = part.lstrip() if clean.endswith(" ") or not clean else part
        if entity and part.strip():
            start = len(clean) + len(part) - len(part.lstrip())
            end = len(clean) + len(part.rstrip())
            value = part.strip() if entity.value == words else entity.value
            kept.append(Entity(start, end, entity.entity, value, entity.role, entity.group))
        clean += part
    return mark(clean.rstrip(), kept)


def _parts(text: str, entities: Sequence[Entity]) -> Iterator[tuple[str, Entity | None]]:
    position = 0
    for one in sorted(entities, key=lambda entity: entity.start):
        if not position <= one.start < one.end <= len(text):
            raise NluDataInvalid(None, 0, "two marks overlap, or one is outside the text")
        yield text[position : one.start], None
        yield text[one.start : one.end], one
        position = one.end
    yield text[position:], None
