"""Findings that a trainer has looked at and decided to live with, in `data/checks.yml`.

A finding is known by what it is about and not by its line, so that it stays set aside when lines
move, and comes back when the text changes. The file is written by adding lines to its end; what a
trainer wrote in it stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import NluDataInvalid
from bot.trainer.checks.findings import Finding, Grade, Place, key_of
from bot.trainer.nlu_files.lock import locked
from bot.whole_files import write_whole

FILE = Path("data/checks.yml")
STALE = "set-aside"
MAX_BYTES = 4_000_000
_FIELDS = ("check", "intent", "other", "language", "subject")
_HEAD = """# What `svara data check` finds and is right as it is, with the reason: docs/checks.md.
set_aside:
"""


@dataclass(frozen=True)
class Aside:
    """One finding that is set aside.

    Attributes:
        about: as `Finding.about`.
        because: why, in the trainer's words.
        line: in the file, from 1.
        last: the last line of it.
    """

    about: tuple[str, str, str, str, str]
    because: str
    line: int
    last: int = 0


def read_asides(path: Path = FILE) -> list[Aside]:
    """What is set aside; nothing where there is no file.

    Raises:
        NluDataInvalid: the file is not what it should be; it names the line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise NluDataInvalid(path, 0, f"cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise NluDataInvalid(path, 0, f"larger than {MAX_BYTES:,} bytes.")
    return _parsed(path, content)


def _parsed(path: Path, content: bytes) -> list[Aside]:
    try:
        root = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NluDataInvalid(path, line, "not UTF-8. Save the file as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NluDataInvalid(
            path, mark.line + 1 if mark else 0, f"not readable as YAML: {error.problem}."
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise NluDataInvalid(path, 0, f"not readable as YAML: {error}") from error
    return [_aside(path, item) for item in _items(path, root)]


def sort_out(
    findings: Sequence[Finding], asides: Sequence[Aside], path: Path = FILE
) -> tuple[list[Finding], list[Finding]]:
    """What is left to look at, and what is set aside.

    An entry that sets nothing aside any longer is itself something to know.
    """
    known = {aside.about: aside for aside in asides}
    left = [finding for finding in findings if finding.about not in known]
    aside = [finding for finding in findings if finding.about in known]
    met = {finding.about for finding in aside}
    return left + [_stale(path, one) for one in asides if one.about not in met], aside


def set_aside(findings: Sequence[Finding], because: str, path: Path = FILE) -> int:
    """Sets findings aside, and says how many were not before.

    Raises:
        NluDataInvalid: there is no reason, or the file is not what it should be or stops being so.
    """
    because = " ".join(because.split())
    if not because:
        raise NluDataInvalid(path, 0, "a finding is set aside with a reason; give one.")
    with locked(path.parent):
        return _add(findings, because, path)


def look_again(key: str, path: Path = FILE) -> Aside:
    """Takes an entry out again, so that its finding is shown; all else in the file stays.

    Args:
        key: as `Finding.key` of what it is about.

    Returns:
        The entry that is gone.

    Raises:
        NluDataInvalid: there is none, or the file is not what it should be.
    """
    with locked(path.parent):
        entries = read_asides(path)
        gone = next((each for each in entries if key_of(each.about) == key), None)
        if gone is None:
            raise NluDataInvalid(path, 0, "sets nothing of this kind aside any more.")
        lines = path.read_bytes().splitlines(keepends=True)
        content = b"".join((*lines[: gone.line - 1], *lines[gone.last :]))
        left = [each.about for each in _parsed(path, content)]
        if left != [each.about for each in entries if each is not gone]:
            raise NluDataInvalid(path, gone.line, "cannot be taken out by itself; do it by hand.")
        write_whole(path, content)
    return gone


def _add(findings: Sequence[Finding], because: str, path: Path) -> int:
    known = {aside.about for aside in read_asides(path)}
    new = {finding.about: finding for finding in findings if finding.about not in known}
    if not new:
        return 0
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    content = before if before.strip() else _HEAD
    if not content.endswith("\n"):
        content += "\n"
    content += "".join(_entry(about, because) for about in new)
    write_whole(path, content)
    try:
        now = {aside.about for aside in read_asides(path)}
    except NluDataInvalid:
        now = set()
    if not now >= known | set(new):
        write_whole(path, before)
        raise NluDataInvalid(
            path, 0, "its list `set_aside:` is not at its end; put it there and try again."
        )
    return len(new)


def _entry(about: tuple[str, ...], because: str) -> str:
    said = {name: value for name, value in zip(_FIELDS, about, strict=True) if value}
    said["because"] = because
    # JSON's strings are YAML's
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    return "- " + "\n  ".join(lines) + "\n"


def _items(path: Path, root: yaml.Node | None) -> list[yaml.Node]:
    if root is None:
        return []
    if isinstance(root, yaml.MappingNode) and len(root.value) == 1:
        key, value = root.value[0]
        if key.value == "set_aside":
            if isinstance(value, yaml.SequenceNode):
                return list(value.value)
            if isinstance(value, yaml.ScalarNode) and not value.value:
                return []
    raise NluDataInvalid(path, root.start_mark.line + 1, "expected `set_aside:` with a list.")


def _aside(path: Path, node: yaml.Node) -> Aside:
    line = node.start_mark.line + 1
    said: dict[str, str] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(value, yaml.ScalarNode):
                raise NluDataInvalid(path, line, f"`{key.value}` is not a text.")
            said[str(key.value)] = str(value.value)
    if unknown := set(said) - {*_FIELDS, "because"}:
        raise NluDataInvalid(path, line, f"unknown: {', '.join(sorted(unknown))}.")
    if not said.get("check") or not said.get("because", "").strip():
        raise NluDataInvalid(path, line, "needs at least `check:` and `because:`.")
    check, intent, other, language, subject = (said.get(name, "") for name in _FIELDS)
    last = max((value.end_mark.line + (value.end_mark.column > 0) for _, value in node.value))
    return Aside((check, intent, other, language, subject), said["because"], line, last)


def _stale(path: Path, aside: Aside) -> Finding:
    check, intent, other, language, subject = aside.about
    about = ", ".join(part for part in (check, intent, other, language, subject) if part)
    return Finding(
        check=STALE,
        grade=Grade.INFO,
        message=f"Sets aside what is no longer found: {about}.",
        advice="Remove the entry.",
        subject=about,
        places=(Place(path.as_posix(), aside.line, aside.because),),
    )
