"""What came of test stories, for people and for build servers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bot.errors import NluError
from bot.trainer.stories.running import Checked, Result

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_TEXT = 100


_LINE = re.compile(r"  ([ +-]) (customer|intent|part|action) +(\S.*)")


@dataclass(frozen=True)
class Line:
    """A line of a story as a diff.

    Attributes:
        mark: "-" for what only the story expects, "+" for what only the model does, else " ".
        what: `customer`, `intent`, `part` or `action`.
        said: the customer's words, or a name; an intent of the model with how sure it is:
            "order_status (0.93)".
    """

    mark: str
    what: str
    said: str


def difference(result: Result) -> str:
    """A story as a diff: what it expects and the model does not do is "-", what it does is "+".

    Args:
        result: of a story.
    """
    story = result.story
    where = f"{story.path}:{story.line}  " if story.path else ""
    return "\n".join([f"{where}{story.name}", *as_text(diff(result))])


def diff(result: Result) -> list[Line]:
    """The same, line by line."""
    return list(_lines(result.checked))


def as_text(lines: Iterable[Line]) -> Iterator[str]:
    """The lines of a diff as text."""
    return (f"  {each.mark} {each.what:<8}  {each.said}" for each in lines)


def read_diff(kept: str | Sequence[Mapping[str, Any]]) -> list[Line]:
    """The lines of a diff as it was kept: as `diff` has them, or as text by older versions."""
    if isinstance(kept, str):
        found = (_LINE.fullmatch(line) for line in kept.splitlines())
        return [Line(*match.groups()) for match in found if match]
    return [Line(**line) for line in kept]


def _lines(checked: Sequence[Checked]) -> Iterator[Line]:
    for each in checked:
        if each.what == "customer":
            text = " ".join(each.expected.split())
            short = text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + " ..."
            yield Line(" ", each.what, short)
        elif each.right:
            yield Line(" ", each.what, each.expected)
        else:
            yield Line("-", each.what, each.expected)
            yield Line("+", each.what, str(each.got))


def write_junit(results: Sequence[Result], path: Path) -> None:
    """Writes the results as JUnit's XML, which build servers show.

    Raises:
        NluError: the file cannot be written.
    """
    suite = ElementTree.Element(
        "testsuite",
        name="svara test stories",
        tests=str(len(results)),
        failures=str(sum(not result.passed for result in results)),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=_clean(result.story.name),
            classname=_clean(str(result.story.path or "stories")),
            time=f"{result.seconds:.3f}",
        )
        if not result.passed:
            failure = ElementTree.SubElement(case, "failure", message="The bot does otherwise.")
            failure.text = _clean(difference(result))
    ElementTree.indent(suite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise NluError(f"{path} cannot be written: {error.strerror}.") from error


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
