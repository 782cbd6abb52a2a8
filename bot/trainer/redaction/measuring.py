"""How much personal data is found in messages whose personal data is marked.

python -m bot.trainer.redaction.measuring tests/blind/redaction.csv
"""

from __future__ import annotations

import csv
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from bot.errors import NluError
from bot.trainer.redaction.finding import KINDS, Found, Kind
from bot.trainer.redaction.redacting import redact

_MARK = re.compile(rf"\[([^\]]+)\]\(({'|'.join(KINDS)})\)")


@dataclass(frozen=True)
class Marked:
    """A message and where its personal data is."""

    text: str
    language: str
    personal: tuple[Found, ...]


@dataclass(frozen=True)
class KindScore:
    """How well one kind is found.

    Attributes:
        marked: pieces in the file; `gone` of these nothing is left, whatever they were taken for;
            `named` are called what they are, too.
        found: pieces that were called this; `right` of them have something of that kind in them.
    """

    kind: Kind
    marked: int
    gone: int
    named: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """Share of the marked pieces of which nothing is left, 0 to 1."""
        return self.gone / self.marked if self.marked else 1.0

    @property
    def precision(self) -> float:
        """Share of the found pieces that are of this kind, 0 to 1."""
        return self.right / self.found if self.found else 1.0


@dataclass(frozen=True)
class Measured:
    """The result.

    Attributes:
        clean: messages without personal data; `touched` of these something was taken from.
        left: messages of which something is left, as they were redacted.
        wrong: messages of which too much is gone, as they were redacted.
        milliseconds: for one message, on average.
    """

    scores: tuple[KindScore, ...]
    messages: int
    clean: int
    touched: int
    milliseconds: float
    left: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def read_marked(path: Path) -> list[Marked]:
    """Messages of a CSV file with the columns lang and text; personal data is `[Anna](name)`.

    Raises:
        NluError: the file cannot be used.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [_marked(row["text"], row["lang"]) for row in csv.DictReader(stream)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError) as error:
        raise NluError(f"{path}: expected a CSV file with lang and text: {error!r}") from error


def measure(messages: Sequence[Marked]) -> Measured:
    """Redacts messages and compares with what is marked."""
    counts: Counter[tuple[str, Kind]] = Counter()
    left, wrong = [], []
    touched, seconds = 0, 0.0
    for message in messages:
        redact(message.text, message.language)  # loads what the first of a kind waits for
        begun = time.perf_counter()
        redacted = redact(message.text, message.language)
        seconds += time.perf_counter() - begun
        touched += bool(redacted.found and not message.personal)
        for one in message.personal:
            counts["marked", one.kind] += 1
            gone = _is_covered(message.text, one, redacted.found)
            counts["gone", one.kind] += gone
            counts["named", one.kind] += any(
                _overlap(one, other) and one.kind == other.kind for other in redacted.found
            )
            if not gone:
                left.append(redacted.text)
        for one in redacted.found:
            counts["found", one.kind] += 1
            right = any(
                _overlap(one, other) and one.kind == other.kind for other in message.personal
            )
            counts["right", one.kind] += right
            if not any(_overlap(one, other) for other in message.personal):
                wrong.append(redacted.text)
    names = ("marked", "gone", "named", "found", "right")
    return Measured(
        scores=tuple(KindScore(kind, *(counts[name, kind] for name in names)) for kind in KINDS),
        messages=len(messages),
        clean=sum(not message.personal for message in messages),
        touched=touched,
        milliseconds=1000 * seconds / max(1, len(messages)),
        left=left,
        wrong=wrong,
    )


def _marked(text: str, language: str) -> Marked:
    plain, found, position = "", [], 0
    for mark in _MARK.finditer(text):
        plain += text[position : mark.start()]
        kind: Kind = next(kind for kind in KINDS if kind == mark[2])
        found.append(Found(kind, len(plain), len(plain) + len(mark[1])))
        plain += mark[1]
        position = mark.end()
    return Marked(plain + text[position:], language, tuple(found))


def _is_covered(text: str, piece: Found, found: Iterable[Found]) -> bool:
    """Whether no letter and no figure of a piece is left."""
    gone = {place for one in found for place in range(one.start, one.end)}
    return all(
        place in gone or not text[place].isalnum() for place in range(piece.start, piece.end)
    )


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def main(paths: Sequence[str]) -> None:
    """Prints the table of each file."""
    for path in paths:
        result = measure(read_marked(Path(path)))
        click.echo(f"{path}: {result.messages} messages, {result.milliseconds:.2f} ms each")
        click.echo(f"{'':<16}{'marked':>8}{'gone':>8}{'named':>8}{'recall':>9}{'precision':>11}")
        for score in result.scores:
            click.echo(
                f"{score.kind:<16}{score.marked:>8}{score.gone:>8}{score.named:>8}"
                f"{score.recall:>9.1%}{score.precision:>11.1%}"
            )
        click.echo(
            f"{result.touched} of {result.clean} messages without personal data were touched"
        )
        for line in result.left:
            click.echo(f"  left: {line}")
        for line in result.wrong:
            click.echo(f"  too much: {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
