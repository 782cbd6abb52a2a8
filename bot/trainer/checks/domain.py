"""What the checks know of the domain and of the rules and stories: names, and where they stand.

Read from YAML's nodes and not from its values, because a message names the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.errors import NluDataInvalid

MAX_BYTES = 4_000_000
"""Of one file; the demo shop's domain has 90,000."""
_STEPS = ("rules", "stories")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C: a tenth of the time


@dataclass(frozen=True)
class Named:
    """A name and where it stands."""

    name: str
    path: str
    line: int


@dataclass(frozen=True)
class Response:
    """A response of the domain.

    Attributes:
        languages: for which it has a variation.
        general: it has one without a condition on the language.
    """

    name: str
    path: str
    line: int
    languages: frozenset[str]
    general: bool


@dataclass(frozen=True)
class Domain:
    """What the domain declares."""

    intents: dict[str, Named] = field(default_factory=dict)
    entities: frozenset[str] = frozenset()
    responses: tuple[Response, ...] = ()


def read_domain(path: Path) -> Domain:
    """Reads a domain: a file, or a folder of them.

    Raises:
        NluDataInvalid: one of them is not YAML, or not a domain.
    """
    intents: dict[str, Named] = {}
    entities: set[str] = set()
    responses: list[Response] = []
    for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
        for key, node in _pairs(_root(file)):
            if key == "intents":
                intents |= {each.name: each for each in _names(node, file)}
            elif key == "entities":
                entities |= {each.name for each in _names(node, file)}
            elif key == "responses":
                responses += _responses(node, file)
    return Domain(intents, frozenset(entities), tuple(responses))


def read_steps(files: Iterable[Path]) -> list[Named]:
    """The intents that rules and stories wait for, each as often as it stands there.

    Raises:
        NluDataInvalid: a file is not YAML.
    """
    found = []
    for file in files:
        for key, node in _pairs(_root(file)):
            if key in _STEPS:
                found += list(_intents(node, file))
    return found


def unanswered(domain: Domain, steps: Iterable[Named]) -> list[str]:
    """The intents of a domain that no rule and no story waits for, in its order."""
    used = {step.name for step in steps}
    return [intent for intent in domain.intents if intent not in used]


def conversation_files(folder: Path) -> list[Path]:
    """The YAML files of a data folder that have rules or stories."""
    found = []
    for path in sorted(folder.glob("**/*.yml")):
        lines = path.read_bytes().splitlines()
        if any(line.startswith((b"rules:", b"stories:")) for line in lines):
            found.append(path)
    return found


def _root(path: Path) -> Node | None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NluDataInvalid(path, 0, f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise NluDataInvalid(path, 0, f"has {len(content):,} bytes, more than {MAX_BYTES:,}")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NluDataInvalid(path, line, "is not UTF-8; save it as UTF-8") from error
    try:
        root: Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = " ".join(filter(None, (error.context, error.problem)))
        raise NluDataInvalid(path, mark.line + 1 if mark else 0, f"is not YAML: {why}") from error
    except yaml.YAMLError as error:
        raise NluDataInvalid(path, 0, f"is not YAML: {error}") from error
    return root


def _pairs(node: Node | None) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield str(key.value), value


def _items(node: Node) -> Sequence[Node]:
    return node.value if isinstance(node, SequenceNode) else ()


def _names(node: Node, path: Path) -> Iterator[Named]:
    """Of a list whose items are names, or mappings with one."""
    for item in _items(node):
        if isinstance(item, ScalarNode):
            yield Named(str(item.value), path.as_posix(), item.start_mark.line + 1)
        for key, _ in _pairs(item):
            yield Named(key, path.as_posix(), item.start_mark.line + 1)


def _responses(node: Node, path: Path) -> Iterator[Response]:
    if not isinstance(node, MappingNode):
        return
    for key, variations in node.value:
        languages = [_language(each) for each in _items(variations)]
        yield Response(
            name=str(key.value),
            path=path.as_posix(),
            line=key.start_mark.line + 1,
            languages=frozenset(lang for lang in languages if lang),
            general=None in languages,
        )


def _language(variation: Node) -> str | None:
    """Of a variation's condition on the slot `language`."""
    for key, conditions in _pairs(variation):
        if key == "condition":
            for condition in _items(conditions):
                parts = {
                    name: value.value
                    for name, value in _pairs(condition)
                    if isinstance(value, ScalarNode)
                }
                if parts.get("name") == "language":
                    return str(parts.get("value"))
    return None


def _intents(root: Node, path: Path) -> Iterator[Named]:
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:  # an anchor that is used again, and again
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            for key, value in node.value:
                if key.value == "intent" and isinstance(value, ScalarNode):
                    yield Named(str(value.value), path.as_posix(), value.start_mark.line + 1)
                else:
                    waiting.append(value)
        elif isinstance(node, SequenceNode):
            waiting += node.value
