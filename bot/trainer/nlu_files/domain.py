"""The list of intents in `domain.yml`."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.errors import IntentUnknown, NluDataInvalid
from bot.trainer.nlu_files.changes import can_name_an_intent
from bot.trainer.nlu_files.document import parse_yaml
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.sources import read_bytes
from bot.trainer.nlu_files.writing import Written, write_all

DOMAIN = Path("domain.yml")


def domain_intents(path: Path = DOMAIN) -> list[str]:
    """The intents of a domain, in its order.

    Raises:
        NluDataInvalid: the file cannot be used.
    """
    return [name for name, _, _ in _listed(path, read_bytes(path))]


def domain_entities(path: Path = DOMAIN) -> list[str]:
    """The entities of a domain, in its order.

    Raises:
        NluDataInvalid: the file cannot be used.
    """
    return [name for name, _, _ in _listed(path, read_bytes(path), "entities")]


def add_intent(intent: str, path: Path = DOMAIN) -> bool:
    """Adds an intent to the end of a domain's list: one more line, the others stay as they are.

    Returns:
        Whether it was added; it was there already otherwise.

    Raises:
        IntentUnknown: it cannot be the name of an intent.
        NluDataInvalid: the file cannot be used, or its list is not one line an intent.
    """
    if not can_name_an_intent(intent):
        raise IntentUnknown(
            f"{intent!r} cannot be the name of a new intent: letters, digits and _ only."
        )
    with locked(path.parent):
        old = read_bytes(path)
        listed = _listed(path, old)
        if intent in [name for name, _, _ in listed]:
            return False
        if not listed:
            raise NluDataInvalid(path, 0, f"has no intents; add `intents:` and `- {intent}`.")
        _, line, column = listed[-1]
        new = _with_line(old, line, b" " * column + b"- " + intent.encode())
        wanted = [*(name for name, _, _ in listed), intent]
        if [name for name, _, _ in _listed(path, new)] != wanted:
            raise NluDataInvalid(
                path, line, f"{intent} cannot be added after this line; add it by hand."
            )
        write_all([Written(path, old, new)])
    return True


def _with_line(content: bytes, line: int, new: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    before = lines[line - 1]
    end = before[len(before.rstrip(b"\r\n")) :]
    if not end:
        first = lines[0]
        new = (first[len(first.rstrip(b"\r\n")) :] or b"\n") + new
    return b"".join((*lines[:line], new + end, *lines[line:]))


def _listed(path: Path, content: bytes, what: str = "intents") -> list[tuple[str, int, int]]:
    """Name, last line and column of the dash of each item."""
    root, _ = parse_yaml(path, content)
    if not isinstance(root, yaml.MappingNode):
        raise NluDataInvalid(path, 1, "is no domain: expected `intents:` and more.")
    for key, value in root.value:
        if key.value == what and isinstance(value, yaml.SequenceNode):
            return [_intent(path, item, value) for item in value.value]
    return []


def _intent(path: Path, item: yaml.Node, listed: yaml.SequenceNode) -> tuple[str, int, int]:
    column = listed.start_mark.column
    key = item
    last = item.start_mark.line + 1
    if isinstance(item, yaml.MappingNode) and item.value:
        key, value = item.value[0]
        last = max(last, _last_line(value))
    if not isinstance(key, yaml.ScalarNode):
        raise NluDataInvalid(path, last, "expected a name.")
    return key.value, last, column


def _last_line(node: yaml.Node) -> int:
    if isinstance(node, yaml.ScalarNode):
        return int(node.start_mark.line) + 1
    if isinstance(node, yaml.CollectionNode) and node.flow_style:
        return int(node.end_mark.line) + 1
    parts = [
        part for one in node.value or () for part in (one if isinstance(one, tuple) else (one,))
    ]
    return max((_last_line(part) for part in parts), default=int(node.start_mark.line) + 1)
