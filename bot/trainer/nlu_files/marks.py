"""Entity marks in an example, and which texts can be an example at all.

The expressions and their meaning are those of Rasa 3.6 (`rasa.shared.nlu.training_data.
entities_parser`), written again so that reading the files does not load Rasa.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.errors import NluDataInvalid

MAX_EXAMPLE_CHARS = 20_000

_MARK = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<one>[^}]+?)\}|\[(?P<several>.*?)\])"
)
_HALF_MARK = re.compile(r"\[[^\]]*(?:\[|$)|\][({\[]")
"""A bracket that is not closed, or one after which a mark goes on."""
_ONE = re.compile(r"{([^}]+?)\}")
_ESCAPE = re.compile(r"\\[uU]")
_SPACE = re.compile(r"\s+")
# What YAML refuses, what Rasa cuts lines at, and what Unicode calls no characters.
_UNREADABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
STRIPPED = "\n\r "
"""What Rasa takes away at both ends of an example."""


@dataclass(frozen=True)
class Entity:
    """A marked part of an example.

    Attributes:
        start, end: its place in the text without marks.
        entity: its type, e.g. `order_number`.
        value: what it stands for; the marked words unless the mark says otherwise.
    """

    start: int
    end: int
    entity: str
    value: str
    role: str | None = None
    group: str | None = None


def read_marks(marked: str) -> tuple[str, tuple[Entity, ...]]:
    """The text without marks, and what was marked.

    Raises:
        NluDataInvalid: a mark that Rasa refuses.
    """
    if "[" not in marked:
        return marked, ()
    parts: list[str] = []
    entities: list[Entity] = []
    position = length = 0
    for match in _MARK.finditer(marked):
        before, words = marked[position : match.start()], match["text"]
        start = length + len(before)
        length, position = start + len(words), match.end()
        parts += (before, words)
        entities += _entities(match, words, start, length)
    return "".join((*parts, marked[position:])), tuple(entities)


def mark(text: str, entities: Iterable[Entity]) -> str:
    """An example with its entities marked, as `read_marks` and Rasa read it.

    Raises:
        NluDataInvalid: it cannot be written so that it is read the same again: overlapping
            entities, or brackets in the text that look like a mark.
    """
    wanted = sorted(entities, key=lambda one: (one.start, one.end))
    marked, position = "", 0
    for (start, end), those in groupby(wanted, key=lambda one: (one.start, one.end)):
        if start < position or end <= start or end > len(text):
            raise NluDataInvalid(
                None, 0, f"{text!r}: two marks overlap, or one is outside the text."
            )
        marked += text[position:start] + _written(text[start:end], list(those))
        position = end
    marked += text[position:]
    if read_marks(marked) != (text, tuple(wanted)):
        raise _brackets(text)
    return marked


def check_brackets(text: str) -> None:
    """Refuses half a mark.

    Args:
        text: without marks.

    Raises:
        NluDataInvalid: it has a bracket that would be part of a mark if one stood beside it.
    """
    if _HALF_MARK.search(text):
        raise _brackets(text)


def example(marked: str) -> str:
    """The same example as it is written into a file: without spaces around it.

    Raises:
        NluDataInvalid: Rasa would not read it as it is meant, wherever it is written.
    """
    found = marked.strip(" ")
    if not found or not read_marks(found)[0].strip():
        raise _refused(found, "an example needs a text")
    if len(found) > MAX_EXAMPLE_CHARS:
        raise _refused(found, f"an example has at most {MAX_EXAMPLE_CHARS} characters")
    if wrong := _UNREADABLE.search(found):
        name = unicodedata.name(wrong.group(), f"U+{ord(wrong.group()):04X}")
        raise _refused(found, f"it has a line end, tab or invisible character ({name})")
    if _ESCAPE.search(found):
        raise _refused(found, "Rasa takes a backslash with a u for a character's number")
    return found


def one_line(text: str) -> str:
    """A customer's message as one line: white space becomes a space, unreadable characters go."""
    readable = _UNREADABLE.sub(lambda found: " " if found.group().isspace() else "", text)
    return _SPACE.sub(" ", readable).strip()


def _entities(match: re.Match[str], words: str, start: int, end: int) -> Sequence[Entity]:
    if match["entity"]:
        return [Entity(start, end, match["entity"], match["value"] or words)]
    if match["one"]:
        return [_from_json(match["one"], words, start, end)]
    return [_from_json(one, words, start, end) for one in _ONE.findall(match["several"])]


def _from_json(inner: str, words: str, start: int, end: int) -> Entity:
    try:
        said = json.loads(f"{{{inner}}}")
    except (ValueError, RecursionError) as error:
        raise NluDataInvalid(
            None, 0, f"the mark of [{words}] is not JSON: {{{inner}}}: {error}"
        ) from error
    kind, role, group = said.get("entity"), said.get("role"), said.get("group")
    if not isinstance(kind, str) or not all(isinstance(x, str | None) for x in (role, group)):
        raise NluDataInvalid(
            None, 0, f'the mark of [{words}] needs an "entity" with a name: {{{inner}}}'
        )
    return Entity(start, end, kind, str(said.get("value", words)), role or None, group or None)


def _written(words: str, entities: Sequence[Entity]) -> str:
    if len(entities) > 1:
        return f"[{words}][{','.join(_as_json(words, one) for one in entities)}]"
    (one,) = entities
    plain = one.value == words and not one.role and not one.group
    if plain and not set(one.entity) & set(":)"):
        return f"[{words}]({one.entity})"
    return f"[{words}]{_as_json(words, one)}"


def _as_json(words: str, one: Entity) -> str:
    said = {"entity": one.entity}
    if one.value != words:
        said["value"] = one.value
    said |= {k: v for k, v in (("role", one.role), ("group", one.group)) if v}
    return json.dumps(said, ensure_ascii=False)


def _brackets(text: str) -> NluDataInvalid:
    return NluDataInvalid(
        None,
        0,
        f"{text!r} has brackets that Rasa would take for the mark of an entity; "
        "leave them out, or put a space between them.",
    )


def _refused(found: str, reason: str) -> NluDataInvalid:
    return NluDataInvalid(None, 0, f"{found[:80]!r} cannot be an example: {reason}.")
