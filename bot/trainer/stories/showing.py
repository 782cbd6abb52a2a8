"""What came of test stories, for people and for build servers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

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


def as_junit(results: Sequence[Result]) -> bytes:
    """The results as JUnit XML, which build servers show."""
    failed = sum(not result.passed for result in results)
    suite = ET.Element(
        "testsuite",
        name="svara test stories",
        tests=str(len(results)),
        failures=str(failed),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ET.SubElement(
            suite,
            "testcase",
            name=_clean(result.story.name),
            classname=_clean(str(result.story.path or "stories")),
            time=f"{result.seconds:.3f}",
        )
        if not result.passed:
            failure = ET.SubElement(case, "failure", message="The model does something else.")
            failure.text = _clean(difference(result))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    found: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return found


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
