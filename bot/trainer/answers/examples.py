"""What customers say when they mean an intent: examples written by hand, several at once, and taken
out again; both can be taken back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bot.errors import IntentUnknown, NluDataInvalid
from bot.settings import LANGUAGES
from bot.trainer.answers.place import Place
from bot.trainer.checks.personal import GRAVE
from bot.trainer.inbox.intents import NOT_GIVEN, entities_of
from bot.trainer.inbox.wording import normal_form
from bot.trainer.kept_changes import (
    KeptChange,
    holding,
    list_changes,
    make_changes,
    undo_change,
)
from bot.trainer.nlu_files import Add, Change, Remove, SourceExample, domain_intents, read_sources
from bot.trainer.nlu_files.applying import planned
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.marks import example as as_written
from bot.trainer.nlu_files.marks import read_marks
from bot.trainer.redaction import is_made_up, redact

ADDED, REMOVED = "added", "removed"
MOST_OF_AN_EXAMPLE = 500
"""Characters: a customer who writes more says several things."""
MOST_LINES = 200
_LOOKED_AT = 20
_BULLET = re.compile(r"^(?:[-*•–]\s+)+")


@dataclass(frozen=True)
class Refused:
    """A line that was not taken.

    Attributes:
        invented: it is taken if what looks like personal data is said to be invented.
    """

    line: str
    reason: str
    invented: bool = False


@dataclass(frozen=True)
class Sorted:
    """What is to become of the lines that somebody wrote."""

    changes: tuple[Add, ...]
    there: tuple[str, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class Adding:
    """What became of them.

    Attributes:
        change: to be taken back; None where nothing was added.
        added: how many.
        there: those that are examples of the intent already.
    """

    change: KeptChange | None
    added: int
    there: tuple[str, ...]
    refused: tuple[Refused, ...]


def add_examples(
    place: Place, intent: str, language: str, written: str, by: str, *, invented: bool = False
) -> Adding:
    """Adds examples to an intent: those that can be, all at once; the others are told.

    Args:
        written: one example a line; `[words](entity)` marks an entity.
        invented: what looks like personal data is nobody's. Numbers of persons, cards and accounts
            are refused all the same.

    Raises:
        IntentUnknown: there is no such intent, or no longer.
        NluDataInvalid: a file is broken; it names the line.
        DataChanged: somebody else writes at this moment.
        NluError: the disk does not take it.
    """
    _check_language(language)
    known = set(domain_intents(place.project.domain)) - NOT_GIVEN
    if intent not in known:
        raise IntentUnknown(
            f"There is no intent {intent!r}, or no longer. Nothing was added; load the page again."
        )
    entities = entities_of(place.project.domain)
    with _held(place):
        found = sort_lines(
            written, intent, language, read_sources(place.project.nlu), entities, invented=invented
        )
        change = _write(place, found.changes, ADDED, intent, by)
    return Adding(change, len(found.changes) if change else 0, found.there, found.refused)


def remove_example(place: Place, example: Remove, by: str) -> KeptChange | None:
    """Takes an example out of its file.

    Raises:
        DataChanged: it is not there any more, or somebody else writes at this moment.
        NluDataInvalid: a file is broken, or the example is one that is changed by hand only.
        NluError: the disk does not take it.
    """
    _check_language(example.language)
    with _held(place):
        return _write(place, [example], REMOVED, example.intent, by)


def undo_examples(place: Place, change_id: int, by: str) -> KeptChange:
    """Takes back an adding or a removing.

    Raises:
        UndoImpossible: there is no such change, or it was taken back already.
        DataChanged: a file has been changed since.
        NluError: the disk does not take it.
    """
    with _held(place):
        return undo_change(place.kept, change_id, by)


def last_of(place: Place, by: str) -> KeptChange | None:
    """What somebody added or removed last, and has not taken back.

    Raises:
        NluError: what is kept of a change cannot be read.
    """
    own = (each for each in list_changes(place.kept, _LOOKED_AT) if each.by == by)
    return next((each for each in own if each.undone_at is None), None)


def sort_lines(
    written: str,
    intent: str,
    language: str,
    sources: Sequence[SourceExample],
    entities: Collection[str],
    *,
    invented: bool = False,
) -> Sorted:
    """Which lines become examples, which are there already, and which cannot be taken."""
    meant: dict[str, list[SourceExample]] = {}
    for source in sources:
        if source.language == language:
            meant.setdefault(_key(source.text), []).append(source)
    lines = [_BULLET.sub("", line.strip()) for line in re.split(r"\r\n|\r|\n", written)]
    changes: dict[str, Add] = {}
    there: list[str] = []
    refused: list[Refused] = []
    for number, line in enumerate(filter(None, lines)):
        try:
            marked = as_written(line)
            text, marks = read_marks(marked)
        except NluDataInvalid as error:
            refused.append(Refused(line, _first_word_big(error.reason)))
            continue
        key = _key(text)
        same = meant.get(key, ())
        own = [one for one in same if one.intent == intent]
        unknown = [one.entity for one in marks if one.entity not in entities]
        personal, grave = _personal(text, language, marked)
        if number >= MOST_LINES:
            refused.append(Refused(line, f"more than {MOST_LINES} at once; add it in a next step."))
        elif len(text) > MOST_OF_AN_EXAMPLE:
            refused.append(
                Refused(
                    line,
                    f"{len(text) - MOST_OF_AN_EXAMPLE:,} characters more than "
                    f"{MOST_OF_AN_EXAMPLE}. Make it shorter.",
                )
            )
        elif unknown:
            refused.append(Refused(line, _unknown_entity(unknown[0], entities)))
        elif key in changes or (own and not _marks_it(text, bool(marks), own)):
            there.append(line)
        elif same and not own:
            refused.append(
                Refused(
                    line,
                    f"it is an example of {same[0].intent} already ({same[0].path}, line "
                    f"{same[0].line}). One of the two is wrong.",
                )
            )
        elif personal and (grave or not invented):
            refused.append(Refused(line, personal, invented=not grave))
        else:
            changes[key] = Add(language, intent, marked)
    return Sorted(tuple(changes.values()), tuple(there), tuple(refused))


def _key(text: str) -> str:
    """The same for what is one example: case and punctuation teach nothing."""
    return normal_form(text) or text


def _marks_it(text: str, with_marks: bool, own: Sequence[SourceExample]) -> bool:
    """Whether these are the words of an example that has no marks yet."""
    return with_marks and any(one.text == text and not one.entities for one in own)


def _personal(text: str, language: str, marked: str) -> tuple[str, bool]:
    """What personal data a text has, in words, as the check of it; and whether it never may."""
    marks = read_marks(marked)[1]
    found = [
        each
        for each in redact(text, language).found
        if not is_made_up(text[each.start : each.end])
        and (
            each.kind in GRAVE
            or not any(one.start < each.end and each.start < one.end for one in marks)
        )
    ]
    if not found:
        return "", False
    kinds = " and ".join(sorted({each.kind for each in found}))
    those = ", ".join(f"“{text[each.start : each.end]}”" for each in found)
    return (
        f"it may have somebody's {kinds}: {those}. Put an invented one in its place, or leave it "
        "out.",
        any(each.kind in GRAVE for each in found),
    )


def _unknown_entity(name: str, entities: Collection[str]) -> str:
    there = f"there are {', '.join(sorted(entities))}" if entities else "there are none"
    return f"there is no entity {name}; {there}."


@contextmanager
def _held(place: Place) -> Iterator[None]:
    with holding(place.kept), locked(place.project.nlu):
        yield


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise NluDataInvalid(
            None, 0, f"There is no language {language!r}; there are {', '.join(LANGUAGES)}."
        )


def _write(
    place: Place, changes: Sequence[Change], what: str, intent: str, by: str
) -> KeptChange | None:
    steps = planned(changes, place.project.nlu, {}, None) if changes else []
    if not steps:
        return None
    return make_changes(place.kept, what, intent, by, steps)


def _first_word_big(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
