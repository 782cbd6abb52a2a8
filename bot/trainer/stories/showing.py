"""What came of test stories, for people and for build servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from bot.errors import NluError
from bot.trainer.stories.running import Checked, Result

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_TEXT = 100


def difference(result: Result) -> str:
    """A story as a diff: what it expects and the model does not do is "-", what it does is "+".

    Args:
        result: of a story.
    """
    story = result.story
    where = f"{story.path}:{story.line}  " if story.path else ""
    return "\n".join([f"{where}{story.name}", *_lines(result.checked)])


def _lines(checked: Sequence[Checked]) -> Iterator[str]:
    for each in checked:
        if each.what == "customer":
            text = " ".join(each.expected.split())
            yield f"    customer  {text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + ' ...'}"
        elif each.right:
            yield f"    {each.what:<8}  {each.expected}"
        else:
            yield f"  - {each.what:<8}  {each.expected}"
            yield f"  + {each.what:<8}  {each.got}"


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
