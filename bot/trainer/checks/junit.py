"""A report of the checks as JUnit's XML, which continuous integration shows."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from bot.trainer.checks.findings import Finding, Grade
from bot.trainer.checks.running import Report

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: Report, path: Path, *, fails_from: Grade = Grade.ERROR) -> None:
    """Writes a test case for each check.

    Args:
        fails_from: grade from which a finding makes its check a failed one.

    Raises:
        OSError: the file cannot be written.
    """
    suite = ElementTree.Element("testsuite", name="svara data check")
    failed = 0
    names = dict.fromkeys([*report.checks, *(each.check for each in report.findings)])
    for name in names:
        findings = [each for each in report.findings if each.check == name]
        case = ElementTree.SubElement(suite, "testcase", classname="data", name=name)
        grave = [each for each in findings if each.grade >= fails_from]
        if grave:
            failed += 1
            told = ElementTree.SubElement(case, "failure", message=f"{len(grave)} findings")
            told.text = _text(grave)
        if rest := [each for each in findings if each.grade < fails_from]:
            ElementTree.SubElement(case, "system-out").text = _text(rest)
    suite.set("tests", str(len(names)))
    suite.set("failures", str(failed))
    suite.set("time", f"{report.seconds:.2f}")
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _text(findings: list[Finding]) -> str:
    lines = []
    for each in findings:
        lines.append(f"{each.grade.name} {each.message}")
        lines += [f"  {place.path}:{place.line} {place.text}" for place in each.places]
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", "\n".join(lines))
