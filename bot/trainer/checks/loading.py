"""Reads a project for the checks: what can be read, and a finding for each file that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluDataInvalid
from bot.trainer.checks.data import MOST_COMPARED, Data, Progress, quiet
from bot.trainer.checks.domain import Domain, Named, conversation_files, read_domain, read_steps
from bot.trainer.checks.findings import Finding, Grade, Place
from bot.trainer.nlu_files import NLU_FOLDER, SourceExample
from bot.trainer.nlu_files.sources import read_file

UNREADABLE = "unreadable"
_ENDS = (".yml", ".yaml")


@dataclass(frozen=True)
class Project:
    """Where things are.

    Attributes:
        nlu: folder with `<language>/<intent>.yml`.
        domain: a file or a folder.
        conversations: folder below which rules and stories lie.
        asides: file with the findings that are set aside.
    """

    nlu: Path = NLU_FOLDER
    domain: Path = Path("domain.yml")
    conversations: Path = Path("data")
    asides: Path = Path("data/checks.yml")

    @classmethod
    def at(cls, root: Path) -> Project:
        """An ordinary Rasa project in a folder."""
        return cls(
            root / NLU_FOLDER, root / "domain.yml", root / "data", root / "data" / "checks.yml"
        )


def load(
    project: Project, progress: Progress = quiet, most: int = MOST_COMPARED
) -> tuple[Data, list[Finding]]:
    """The data, and what was wrong with reading it.

    Raises:
        NluDataInvalid: there is no folder of examples.
    """
    if not project.nlu.is_dir():
        raise NluDataInvalid(project.nlu, 0, "is not a folder. Run this in the project's folder.")
    found: list[Finding] = []
    examples: list[SourceExample] = []
    paths = list(_files(project.nlu))
    for done, path in enumerate(paths):
        progress("Reading files", done, len(paths))
        try:
            examples += _examples(project.nlu, path)
        except NluDataInvalid as error:
            found.append(_unreadable(error, path))
    data = Data(
        tuple(examples),
        domain=_domain(project, found),
        steps=_steps(project, found),
        progress=progress,
        most=most,
    )
    return data, found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in _ENDS and not hidden and path.is_file():
            yield path


def _examples(folder: Path, path: Path) -> list[SourceExample]:
    document = read_file(path)
    language, *rest = path.relative_to(folder).parts
    if not rest and document.blocks:
        raise NluDataInvalid(
            path, 0, f"lies in no language's folder; move it to {folder}/<language>/."
        )
    return [
        SourceExample(
            each.text, each.marked, block.intent, language, path, each.line, each.entities
        )
        for block in document.blocks
        for each in block.examples
    ]


def _domain(project: Project, found: list[Finding]) -> Domain | None:
    if not project.domain.exists():
        found.append(
            Finding(
                check=UNREADABLE,
                grade=Grade.WARNING,
                message=f"There is no domain at {project.domain}.",
                advice="Run this in the project's folder; intents, entities and responses are "
                "not checked.",
                subject=project.domain.as_posix(),
            )
        )
        return None
    try:
        return read_domain(project.domain)
    except NluDataInvalid as error:
        found.append(_unreadable(error, project.domain))
        return None


def _steps(project: Project, found: list[Finding]) -> tuple[Named, ...] | None:
    """Of all files with rules or stories; of none if one of them cannot be read, because what
    it waits for would be missed."""
    steps: list[Named] = []
    whole = True
    for path in conversation_files(project.conversations):
        try:
            steps += read_steps([path])
        except NluDataInvalid as error:
            found.append(_unreadable(error, path))
            whole = False
    return tuple(steps) if whole else None


def _unreadable(error: NluDataInvalid, path: Path) -> Finding:
    where = error.path or path
    return Finding(
        check=UNREADABLE,
        grade=Grade.ERROR,
        message=str(error),
        advice="Mend the line; until then nothing in the file is checked, and Rasa refuses it.",
        subject=where.as_posix(),
        places=(Place(where.as_posix(), error.line),),
    )
