"""What a check says: graded, with the places it is about and what can be done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.trainer.checks.data import Data
    from bot.trainer.nlu_files import Change, SourceExample


class Grade(IntEnum):
    """How bad it is: an ERROR breaks the assistant, a WARNING most likely harms it."""

    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True)
class Place:
    """A line of a file.

    Attributes:
        path: the file, as the folder that was checked was given.
        line: from 1; 0 for the file as a whole.
        text: what is there.
        intent: of the example, where it is one.
    """

    path: str
    line: int
    text: str = ""
    intent: str = ""

    @classmethod
    def of(cls, example: SourceExample) -> Place:
        """Where an example is."""
        return cls(example.path.as_posix(), example.line, example.marked, example.intent)


@dataclass(frozen=True)
class Fix:
    """Something that can be done about it, if the trainer says so.

    Attributes:
        says: what it does, as on a button.
        changes: of the files.
    """

    says: str
    changes: tuple[Change, ...]


def key_of(about: Iterable[str]) -> str:
    """Eight characters that name what a finding is about."""
    return hashlib.sha256("\x1f".join(about).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes:
        check: name of the check.
        message: what was found, with the numbers.
        advice: what to do, a sentence.
        intent: beside which it is shown; empty for what belongs to none.
        language: likewise.
        other: the second intent, where it is about two.
        subject: the text it is about, or a name; with the four above it makes the finding.
        places: the lines it is about, the one to look at first.
        fixes: offered, the likeliest first.
    """

    check: str
    grade: Grade
    message: str
    advice: str
    intent: str = ""
    language: str = ""
    other: str = ""
    subject: str = ""
    places: tuple[Place, ...] = ()
    fixes: tuple[Fix, ...] = ()

    @property
    def about(self) -> tuple[str, str, str, str, str]:
        """What makes it the same finding tomorrow, wherever its lines have moved."""
        return (self.check, self.intent, self.other, self.language, self.subject)

    @property
    def key(self) -> str:
        """Eight characters that name it, for commands and pages."""
        return key_of(self.about)

    def as_json(self) -> dict[str, Any]:
        """For a file or a page; changes by their kind and fields."""
        return {
            "key": self.key,
            "check": self.check,
            "grade": self.grade.name,
            "message": self.message,
            "advice": self.advice,
            "intent": self.intent,
            "other": self.other,
            "language": self.language,
            "subject": self.subject,
            "places": [asdict(place) for place in self.places],
            "fixes": [
                {
                    "says": fix.says,
                    "changes": [
                        {"kind": type(change).__name__, **asdict(change)} for change in fix.changes
                    ],
                }
                for fix in self.fixes
            ],
        }


@dataclass(frozen=True)
class Check:
    """One check: a name, what it looks for, and the function that does.

    Attributes:
        name: as in `svara data check --only NAME`.
        looks_for: half a sentence.
        run: from the data to findings; changes nothing.
    """

    name: str
    looks_for: str
    run: Callable[[Data], Iterable[Finding]]
