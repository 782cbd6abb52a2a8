"""Changes to the training files: all of them or none, a line each, nobody else's work lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from bot.errors import DataChanged, IntentUnknown, NluDataInvalid
from bot.settings import LANGUAGES
from bot.trainer.nlu_files.changes import Add, Change, Move
from bot.trainer.nlu_files.document import Document, read_document
from bot.trainer.nlu_files.editing import Editor, Result
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.sources import (
    NLU_FOLDER,
    fingerprint,
    read_bytes,
    source_files,
)
from bot.trainer.nlu_files.writing import Written, remove_leftovers, write_all

_TRIES = 3


def apply(
    changes: Sequence[Change],
    folder: Path = NLU_FOLDER,
    *,
    seen: Mapping[Path, str] | None = None,
    known: Collection[str] | None = None,
) -> list[Path]:
    """Makes changes, in this order: all of them, or none.

    An example that is there already is not added again. A change to a file that somebody else has
    changed meanwhile is made all the same as long as the line it is about is still there.

    Args:
        folder: with a folder for each language.
        seen: `fingerprints` of the files as the trainer's page showed them: what has changed since
            is named in the error, and a label that has gone since is refused.
        known: the intents that there are, e.g. `domain_intents()`; one that is not among them is
            refused. None: an intent without a file gets one.

    Returns:
        The files that were changed.

    Raises:
        DataChanged: what should be changed is not there any more, or somebody else is writing.
        IntentUnknown: an intent is not among those known, or has gone.
        NluDataInvalid: Rasa would misread an example, or a file is broken.
        NluError: the disk does not take it.
    """
    if not changes:
        return []
    with locked(folder):
        remove_leftovers(folder)
        for left in reversed(range(_TRIES)):
            files = planned(changes, folder, seen or {}, known)
            try:
                write_all(files)
            except DataChanged:
                if not left:
                    raise
            else:
                break
    return sorted({file.path for file in files})


def planned(
    changes: Sequence[Change],
    folder: Path,
    seen: Mapping[Path, str],
    known: Collection[str] | None,
) -> list[Written]:
    """What `apply` would write, step by step; arguments and errors as there."""
    contents: dict[Path, bytes] = {}
    editors: dict[str, Editor] = {}
    for change in changes:
        if change.language not in editors:
            editors[change.language] = _editor(folder, change.language, contents)
        editor = editors[change.language]
        _check_intent(change, editor, folder, seen, known)
        try:
            editor.make(change)
        except DataChanged as error:
            raise _named(error, change, folder, seen, contents) from error
    results = [result for editor in editors.values() for result in editor.results()]
    return _steps(sorted(results, key=lambda result: result.path), contents)


def _steps(results: Sequence[Result], contents: Mapping[Path, bytes]) -> list[Written]:
    """The files in an order in which no example is missing at any moment.

    Each gets its new examples before any loses one: a process killed between two of them leaves an
    example that was moved in both places, never in none.
    """
    now = {result.path: None if result.new else contents[result.path] for result in results}
    steps = []
    for gains in (True, False):
        for result in results:
            wanted = result.content
            if gains and result.grown is None:
                continue
            if gains and result.grown is not None and len(results) > 1:
                wanted = result.grown
            if now[result.path] != wanted:
                steps.append(Written(result.path, now[result.path], wanted))
                now[result.path] = wanted
    return steps


def _editor(folder: Path, language: str, contents: dict[Path, bytes]) -> Editor:
    paths = [path for _, path in source_files(folder, language)]
    if not paths and language not in LANGUAGES:
        raise NluDataInvalid(
            None, 0, f"{language!r} is no language of ours; there are {', '.join(LANGUAGES)}."
        )
    return Editor(folder, language, _documents(paths, contents), _neighbours(folder, paths))


def _documents(paths: Sequence[Path], contents: dict[Path, bytes]) -> dict[Path, Document]:
    found = {}
    for path in paths:
        contents[path] = read_bytes(path)
        found[path] = read_document(path, contents[path])
    return found


def _neighbours(folder: Path, own: Sequence[Path]) -> list[Document]:
    if own:
        return []
    others = [path for _, path in source_files(folder)][:1]
    return [read_document(path, read_bytes(path)) for path in others]


def _check_intent(
    change: Change,
    editor: Editor,
    folder: Path,
    seen: Mapping[Path, str],
    known: Collection[str] | None,
) -> None:
    if not isinstance(change, Add | Move):
        return
    intent = change.to if isinstance(change, Move) else change.intent
    if known is not None and intent not in known:
        raise IntentUnknown(
            f"There is no intent {intent} any more, or not yet. Nothing was written: choose another"
            " one, or add it to domain.yml."
        )
    path = folder / change.language / f"{intent}.yml"
    if path in seen and intent not in editor.intents:
        raise IntentUnknown(
            f"{path}: the intent {intent} has gone meanwhile. Nothing was written; load the page "
            "again and choose another one."
        )


def _named(
    error: DataChanged,
    change: Change,
    folder: Path,
    seen: Mapping[Path, str],
    contents: Mapping[Path, bytes],
) -> DataChanged:
    changed = [
        path
        for path, hashed in sorted(seen.items())
        if folder / change.language in path.parents
        and (path not in contents or fingerprint(contents[path]) != hashed)
    ]
    if not changed:
        return error
    names = ", ".join(str(path) for path in changed)
    return DataChanged(f"{names} changed meanwhile: {error}")
