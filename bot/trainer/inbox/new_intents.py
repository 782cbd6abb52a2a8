"""An intent that a trainer makes, and may take back again: out of the domain and the files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import yaml

from bot.errors import IntentUnknown, NluDataInvalid
from bot.trainer.checks.domain import conversation_files, read_steps
from bot.trainer.inbox.intents import NOT_GIVEN
from bot.trainer.nlu_files.changes import NAME_CHARS, intent_name
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.sources import read_bytes, read_file, source_files
from bot.trainer.nlu_files.writing import Written, write_all


def new_name(text: str, known: Collection[str]) -> str:
    """What a new intent is called that a trainer describes in their own words.

    Raises:
        IntentUnknown: nothing in it can be a name, or it is one already.
    """
    name = intent_name(text)
    if not name:
        raise IntentUnknown(
            f"No name can be made of {text.strip()[:NAME_CHARS]!r}. Say in a word or two, with "
            "letters, what customers want, as in: gift card."
        )
    if name in NOT_GIVEN:
        raise IntentUnknown(f"{name!r} is a name that Rasa uses itself; choose another one.")
    if name in known:
        raise IntentUnknown(f"There is an intent {name} already; choose it from the list.")
    return name


def forget_intent(intent: str, folder: Path, domain: Path | None) -> list[Path]:
    """Takes an intent without any example out again; one that has examples stays.

    Its files go if they hold nothing else. Its line in the domain goes if it has nothing but the
    name (whatever somebody has written beside it is theirs) and no rule or story waits for it:
    Rasa refuses to train on one that names an intent which is not there.

    Returns:
        The files that were changed or removed.
    """
    changed = []
    with locked(folder):
        files = [(path, read_file(path).blocks) for _, path in source_files(folder)]
        if any(
            block.intent == intent and block.examples for _, blocks in files for block in blocks
        ):
            return []
        for path, blocks in files:
            if blocks and all(block.intent == intent for block in blocks):
                path.unlink()
                changed.append(path)
    if domain is None:
        return changed
    with locked(domain.parent):
        if is_waited_for(intent, folder):
            return changed
        old = read_bytes(domain)
        line = _line(old, intent)
        lines = old.splitlines(keepends=True)
        if line is not None and lines[line].strip() == b"- " + intent.encode():
            write_all([Written(domain, old, b"".join((*lines[:line], *lines[line + 1 :])))])
            changed.append(domain)
    return changed


def is_waited_for(intent: str, folder: Path) -> bool:
    """Whether a rule or a story names an intent; so it is taken to be where one cannot be read.

    Args:
        folder: the training files, beside which the rules are.
    """
    try:
        steps = read_steps(conversation_files(folder.parent))
    except NluDataInvalid:
        return True
    return any(step.name == intent for step in steps)


def _line(domain: bytes, intent: str) -> int | None:
    """In which line of a domain an intent stands, counted from 0."""
    root = yaml.compose(domain.decode("utf-8"))
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "intents" and isinstance(value, yaml.SequenceNode):
                for item in value.value:
                    if isinstance(item, yaml.ScalarNode) and item.value == intent:
                        return int(item.start_mark.line)
    return None
