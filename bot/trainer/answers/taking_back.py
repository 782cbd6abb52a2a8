"""What was written into the files out of them again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bot.errors import DataChanged
from bot.trainer.answers.journal import Entry
from bot.trainer.answers.reading import RULES, Answers
from bot.trainer.answers.responses import written
from bot.trainer.answers.rule_changes import swapped_back
from bot.trainer.answers.writing import DOMAIN, Planned, after, harmed, joined, with_scalars
from bot.trainer.answers.yaml_file import YamlFile, parsed, read_yaml
from bot.trainer.checks.domain import conversation_files
from bot.trainer.checks.loading import Project
from bot.trainer.nlu_files.writing import Written


def taken_back(project: Project, read: Answers, entry: Entry) -> Planned:
    """The files without what an entry put into them.

    Raises:
        DataChanged: it is not there any more as it was written.
        NluDataInvalid: it cannot be taken out by itself.
    """
    planned = _rules_back(project, entry)
    texts = _texts_back(read, entry.intent, entry.response, entry.scalars)
    planned = joined(planned, texts)
    titles = _texts_back(after(read, planned), entry.intent, entry.title, entry.titles)
    planned = joined(planned, Planned(titles.files, titles=titles.scalars))
    for piece in reversed(entry.pieces):  # the rule before the response that it names
        if piece.file == DOMAIN:
            file = after(read, planned).domain
        else:
            file = _as_planned(planned, project.conversations / RULES)
        old, text = file.content or b"", piece.text.encode("utf-8")
        if old.count(text) != 1:
            raise _gone(file.path, entry.intent)
        new = old.replace(text, b"")
        _check_removed(file, new)
        planned = joined(planned, Planned((Written(file.path, old, new),)))
    for name in sorted(set(read.responses) - set(after(read, planned).responses)):
        _check_unused(project, name, {each.path: each.new for each in planned.files})
    return planned


def _rules_back(project: Project, entry: Entry) -> Planned:
    planned = Planned(())
    for swap in entry.swaps:
        file = _as_planned(planned, project.conversations / swap.file)
        back = swapped_back(file, swap)
        if back is None:
            raise _gone(file.path, entry.intent)
        planned = joined(planned, Planned((back,)))
    return planned


def _as_planned(planned: Planned, path: Path) -> YamlFile:
    """A file as it will be."""
    new = next((file.new for file in planned.files if file.path == path), None)
    return read_yaml(path) if new is None else parsed(path, new)


def _texts_back(
    read: Answers, intent: str, name: str, scalars: Mapping[str, tuple[str, str]]
) -> Planned:
    if not scalars:
        return Planned(())
    response = read.responses.get(name)
    if response is None or response.refusal:
        raise _gone(read.domain.path, intent)
    for language, (_, now) in scalars.items():
        if written(read.domain, response.spots[language]) != now:
            raise _gone(read.domain.path, intent)
    return with_scalars(read, name, {language: before for language, (before, _) in scalars.items()})


def _check_removed(file: YamlFile, content: bytes) -> None:
    """That a file holds only what it held, with at most one entry of one section less."""
    found, was = parsed(file.path, content).plain(), file.plain()
    for section, before in was.items():
        after = found.pop(section, None)
        if after == before:
            continue
        entries = list(before[1])
        left = list(after[1]) if after is not None and isinstance(after[1], list) else []
        gone = [entry for entry in entries if entry not in left]
        if len(gone) > 1 or [entry for entry in entries if entry not in gone] != left:
            raise harmed(file, 0)
    if found:
        raise harmed(file, 0)


def _check_unused(project: Project, response: str, new: Mapping[Path, bytes]) -> None:
    """That nothing says a response any more: Rasa refuses rules that name one which is not there.

    Args:
        new: what files will hold.

    Raises:
        DataChanged: something does.
    """
    named = re.compile(rb"(?<![\w.-])" + re.escape(response.encode()) + rb"(?![\w.-])")
    for path in conversation_files(project.conversations):
        content = new.get(path, path.read_bytes())
        if found := named.search(content):
            line = content[: found.start()].count(b"\n") + 1
            raise DataChanged(
                f"{response} is said in {path}, line {line}, too. Nothing was taken back; take "
                "that out first."
            )


def _gone(path: Path, intent: str) -> DataChanged:
    return DataChanged(
        f"The answer of {intent} in {path} is not as it was written any more: somebody has "
        "changed it since. Nothing was taken back; change it as it should be."
    )
