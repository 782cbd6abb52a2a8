"""What a model is made from: its hash, and a copy that nobody changes while it is trained on."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import NluDataInvalid
from bot.trainer.examples import NLU_FOLDER
from bot.trainer.nlu_files.lock import locked

FILES = ("config.yml", "domain.yml", "data/rules.yml", "data/stories.yml")
FOLDERS = ("data/nlu", "data/tone", "data/lookups")
CODE_FOLDERS = ("bot/nlu", "bot/policies")
_SUFFIXES = {".yml", ".csv", ".txt", ".npz", ".py", ".json"}


def fingerprint(project: Path = Path()) -> str:
    """A hash of everything a model is made from: the trainer's files in a folder, and our code."""
    files = [(name, project / name) for name in FILES if (project / name).exists()]
    for folder in FOLDERS:
        files += _files(folder, project)
    for folder in CODE_FOLDERS:
        files += _files(folder)
    return _hash(files)


def code_fingerprint() -> str:
    """A hash of the code that a model is made by: another one may not be able to load it."""
    return _hash(file for folder in CODE_FOLDERS for file in _files(folder))


@contextmanager
def still_copy() -> Iterator[Path]:
    """A folder with the trainer's files as they are now, for as long as a training takes.

    Trainers go on labelling meanwhile; what they change is for the next model.

    Raises:
        DataChanged: another process holds the training files for too long.
        NluError: there is no folder of training files. What is wrong with a file of the copy is
            raised as of the project's own.
    """
    with tempfile.TemporaryDirectory(prefix="svara-training-") as name:
        folder = Path(name)
        with locked(NLU_FOLDER):
            (folder / "data").mkdir()
            for file in FILES:
                if Path(file).exists():
                    shutil.copy2(file, folder / file)
            for each in FOLDERS:
                if Path(each).exists():
                    shutil.copytree(each, folder / each)
        try:
            yield folder
        except NluDataInvalid as error:
            path = error.path and Path(in_project(str(error.path), folder))
            raise type(error)(path, error.line, in_project(error.reason, folder)) from error


def in_project(said: str, copy: Path) -> str:
    """What was said of files in a copy, with their paths in the project."""
    for folder in (copy.resolve(), copy):
        said = said.replace(f"{folder}{os.sep}", "")
    return said


def _files(folder: str, project: Path = Path()) -> Iterator[tuple[str, Path]]:
    for path in sorted((project / folder).rglob("*")):
        if path.suffix in _SUFFIXES:
            yield str(path.relative_to(project)), path


def _hash(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
