"""An answer into the files: all of them or none, and nothing else in them changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from yaml.nodes import SequenceNode

from bot.errors import NluDataInvalid
from bot.trainer.answers.journal import Piece, Swap
from bot.trainer.answers.reading import (
    ACTIONS,
    HELP_CENTRE,
    RULES,
    TEXT,
    Answer,
    Answers,
    response_name,
    title_name,
)
from bot.trainer.answers.responses import (
    SECTION,
    apart,
    changed,
    read_responses,
    response_lines,
    written,
)
from bot.trainer.answers.rule_changes import with_action, without_intent
from bot.trainer.answers.wordings import quoted
from bot.trainer.answers.yaml_file import (
    YamlFile,
    appended,
    is_empty,
    items,
    pairs,
    parsed,
    plain,
    read_yaml,
    text_of,
    with_piece,
)
from bot.trainer.checks.loading import Project
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.writing import Written

DOMAIN, _RULES = "domain", "rules"
"""Files in the journal."""
_HEAD = 'version: "3.1"\n'
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAMES = {
    TEXT: "{intent} is answered by a text",
    HELP_CENTRE: "{intent} is answered from the help centre",
}
_TO_A_PERSON = "{intent} goes to a person"


@dataclass(frozen=True)
class Planned:
    """What is to be written, and what of it is kept in the journal."""

    files: tuple[Written, ...]
    pieces: tuple[Piece, ...] = ()
    scalars: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    swaps: tuple[Swap, ...] = ()


@contextmanager
def held(project: Project) -> Iterator[None]:
    """Holds the files that an answer is in, and the copy that a training makes of them.

    Raises:
        DataChanged: another process does not let go of them.
        NluError: a folder is not there.
    """
    folders = [project.domain.parent, project.conversations, project.nlu]
    with ExitStack() as stack:
        for folder in dict.fromkeys(each.resolve() for each in folders):
            if folder.is_dir():
                stack.enter_context(locked(folder))
        yield


def new_answer(
    project: Project, read: Answers, intent: str, way: str, texts: Mapping[str, str] | None
) -> Planned:
    """A rule for an intent, and the response that it names.

    Args:
        texts: of each language, for TEXT.

    Raises:
        NluDataInvalid: a file is written in a form that nothing can be added to.
    """
    planned = Planned(()) if texts is None else _said(read, response_name(intent), texts)
    # The response before the rule that names it.
    return joined(planned, _ruled(read_yaml(project.conversations / RULES), intent, way))


def other_answer(
    project: Project, read: Answers, answer: Answer, way: str, texts: Mapping[str, str] | None
) -> Planned:
    """Another answer in the rule of an intent; one that it has with others is left to these, and
    the intent gets its own. Not for an `Answer.fixed`.

    Raises:
        NluDataInvalid: a file is written in a form that cannot be changed so.
    """
    intent, (use,) = answer.intent, answer.uses
    name = response_name(intent)
    planned = Planned(()) if texts is None else _said(read, name, texts)
    file = read_yaml(use.path)
    folder = project.conversations
    if not use.shared:
        action = name if way == TEXT else ACTIONS[way]
        rule, swap = with_action(file, folder, use, action)
        return joined(planned, Planned((rule,), swaps=(swap,)))
    rule, swap = without_intent(file, folder, use, intent)
    planned = joined(planned, Planned((rule,), swaps=(swap,)))
    rules = read_yaml(folder / RULES)
    if rules.path == file.path:
        rules = parsed(file.path, rule.new)
    return joined(planned, _ruled(rules, intent, way))


def _said(read: Answers, name: str, texts: Mapping[str, str]) -> Planned:
    """A response, whether it is there already or not."""
    if name in read.responses:
        return new_texts(read, name, texts)
    lines = response_lines(read.domain, name, texts)
    file, text = _added(read.domain, SECTION, lines, apart=apart(read.domain))
    return Planned((file,), (Piece(DOMAIN, text),))


def _ruled(rules: YamlFile, intent: str, way: str) -> Planned:
    """One more rule."""
    head = parsed(rules.path, _HEAD.encode()) if rules.content is None else rules
    lines = _rule_lines(head, intent, way, response_name(intent))
    file, text = _added(head, _RULES, lines, apart=_rules_apart(head))
    return Planned((replace(file, old=rules.content),), (Piece(_RULES, text),))


def new_texts(read: Answers, name: str, texts: Mapping[str, str]) -> Planned:
    """Other texts in a response that can be changed here; those that stay are not touched."""
    response = read.responses[name]
    scalars = {
        language: quoted(text)
        for language, text in texts.items()
        if text != response.texts[language]
    }
    return with_scalars(read, name, scalars)


def with_title(read: Answers, planned: Planned, intent: str, titles: Mapping[str, str]) -> Planned:
    """What is planned, and what an intent is called on a button, in each language.

    Raises:
        NluDataInvalid: the domain is written in a form that nothing can be added to.
    """
    now, name = after(read, planned), title_name(intent)
    if name in now.responses:
        changes = new_texts(now, name, titles)
        return joined(planned, Planned(changes.files, titles=changes.scalars))
    lines = response_lines(now.domain, name, titles)
    file, text = _added(now.domain, SECTION, lines, apart=apart(now.domain))
    return joined(planned, Planned((file,), (Piece(DOMAIN, text),)))


def after(read: Answers, planned: Planned) -> Answers:
    """The domain and its responses as they will be."""
    path = read.domain.path
    new = next((file.new for file in planned.files if file.path == path), None)
    if new is None:
        return read
    domain = parsed(path, new)
    return replace(read, domain=domain, responses=read_responses(domain))


def joined(first: Planned, then: Planned) -> Planned:
    """Both, where the second was planned on top of the first."""
    files = {file.path: file for file in first.files}
    for file in then.files:
        before = files.get(file.path)
        files[file.path] = replace(file, old=before.old) if before else file
    return Planned(
        tuple(files.values()),
        (*first.pieces, *then.pieces),
        {**first.scalars, **then.scalars},
        {**first.titles, **then.titles},
        (*first.swaps, *then.swaps),
    )


def with_scalars(read: Answers, name: str, scalars: Mapping[str, str]) -> Planned:
    """Other texts in a response, as they are written with their quotes.

    Raises:
        NluDataInvalid: something else would change.
    """
    domain, response = read.domain, read.responses[name]
    if not scalars:
        return Planned(())
    new = changed(domain, response, scalars)
    file = parsed(domain.path, new)
    wanted = domain.plain()
    for (_, value), (key, was) in zip(
        pairs(file.sections[SECTION].node), pairs(domain.sections[SECTION].node), strict=True
    ):
        if key.value == name:
            continue
        if plain(value) != plain(was):
            raise harmed(domain, response.line)
    wanted.pop(SECTION)
    found = file.plain()
    found.pop(SECTION)
    if wanted != found:
        raise harmed(domain, response.line)
    was_and_is = {
        language: (written(domain, response.spots[language]), scalar)
        for language, scalar in scalars.items()
    }
    return Planned((Written(domain.path, domain.content, new),), (), was_and_is)


def _added(
    file: YamlFile, section: str, lines: Sequence[str], *, apart: bool
) -> tuple[Written, str]:
    piece, after = appended(file, section, lines, apart=apart)
    new = with_piece(file, piece, after)
    _check_added(file, new, section, lines, after)
    return Written(file.path, file.content, new), piece


def _rule_lines(rules: YamlFile, intent: str, way: str, response: str) -> list[str]:
    """A rule in the form of the last one in the file."""
    dash, inner, step = 0, 2, 2
    section = rules.sections.get(_RULES)
    if section is not None and not is_empty(section.node):
        if not isinstance(section.node, SequenceNode) or section.node.flow_style:
            raise rules.invalid(
                section.line, "`rules:` is no list with a dash for each rule; add the rule by hand."
            )
        dash = section.node.start_mark.column
        last = section.node.value[-1]
        inner = last.start_mark.column
        found = next((value for key, value in pairs(last) if key.value == "steps"), None)
        step = found.start_mark.column if isinstance(found, SequenceNode) else inner
        if isinstance(found, SequenceNode) and found.flow_style:
            step = inner
    left, within = " " * dash + "-" + " " * (inner - dash - 1), " " * inner
    action = response if way == TEXT else ACTIONS[way]
    return [
        f"{left}rule: {_rule_name(rules, intent, way)}",
        f"{within}steps:",
        f"{' ' * step}- intent: {_scalar(intent)}",
        f"{' ' * step}- action: {_scalar(action)}",
    ]


def _rule_name(rules: YamlFile, intent: str, way: str) -> str:
    words = " ".join(re.split(r"[^A-Za-z0-9]+", intent)).strip()
    name = _NAMES.get(way, _TO_A_PERSON).format(intent=words[:1].upper() + words[1:])
    section = rules.sections.get(_RULES)
    taken = {
        text_of(value)
        for rule in items(section.node if section else None)
        for key, value in pairs(rule)
        if key.value == "rule"
    }
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def _rules_apart(rules: YamlFile) -> bool:
    section = rules.sections.get(_RULES)
    if section is None or is_empty(section.node):
        return section is not None
    rule = section.node.value[-1]
    last = rule.start_mark.line
    while last > section.line and rules.lines[last - 1].lstrip().startswith("#"):
        last -= 1
    return len(section.node.value) == 1 or not rules.lines[last - 1].strip()


def _scalar(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else quoted(name)


def _check_added(
    file: YamlFile, content: bytes, section: str, lines: Sequence[str], line: int
) -> None:
    """That a file holds what it held, and the lines at the end of one section.

    Raises:
        NluDataInvalid: it would not.
    """
    try:
        found = parsed(file.path, content).plain()
        entry = parsed(file.path, "\n".join([f"{section}:", *lines, ""]).encode()).plain()[section]
    except NluDataInvalid as error:
        raise harmed(file, line) from error
    wanted: dict[str, Any] = file.plain()
    before = wanted.get(section)
    had = [] if before is None or not isinstance(before[1], list) else before[1]
    wanted[section] = (entry[0], [*had, *entry[1]])
    if found != wanted:
        raise harmed(file, line)


def harmed(file: YamlFile, line: int) -> NluDataInvalid:
    """The error of a change that would touch something else."""
    return file.invalid(
        line, "the answer cannot be written here without touching something else; add it by hand."
    )
