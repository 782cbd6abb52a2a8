"""Limits that a report is held against, and JUnit's XML of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from bot.trainer.evaluation_report.intervals import Share
from bot.trainer.evaluation_report.scores import Content

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Limits:
    """The least shares of sentences that are understood, 0 to 1; 0 for no limit."""

    intent: float = 0.0
    language: float = 0.0
    all: float = 0.0


@dataclass(frozen=True)
class Case:
    """One thing that was held against a limit.

    Attributes:
        suite: what kind of thing it is, e.g. `intent`.
        missed: it is below, and not only because there are few sentences.
        said: in words.
    """

    suite: str
    name: str
    missed: bool
    said: str


def hold(content: Content, limits: Limits) -> tuple[Case, ...]:
    """The whole, each language, each intent, and each intent in each language against the limits.

    A limit is missed when the whole 95 % interval is below it: of few sentences, a share somewhat
    below proves nothing.
    """
    found = [_case("all", "all sentences", content.all.understood, limits.all)]
    found += [
        _case("language", one.name, one.understood, limits.language) for one in content.languages
    ]
    found += [_case("intent", one.name, one.understood, limits.intent) for one in content.intents]
    found += [
        _case("intent and language", f"{one.name} {language}", understood, limits.intent)
        for one in content.intents
        for language, understood in one.by_language.items()
    ]
    return tuple(found)


def _case(suite: str, name: str, found: Share, limit: float) -> Case:
    told = (
        f"{found.share:.1%} of {found.of} sentences understood "
        f"({found.low:.1%} to {found.high:.1%}); the limit is {limit:.1%}"
    )
    missed = found.high < limit
    if found.share < limit and not missed:
        told += "; below it, but of too few sentences to be sure"
    return Case(suite, name, missed, told + ".")


def as_junit(name: str, cases: Sequence[Case]) -> str:
    """JUnit's XML: a suite of each kind, a test case of each thing; equal in each run."""
    root = ElementTree.Element(
        "testsuites",
        name=name,
        tests=str(len(cases)),
        failures=str(sum(one.missed for one in cases)),
    )
    for suite in dict.fromkeys(one.suite for one in cases):
        those = [one for one in cases if one.suite == suite]
        element = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"{name}.{suite}",
            tests=str(len(those)),
            failures=str(sum(one.missed for one in those)),
        )
        element.extend(_elements(f"{name}.{suite}", those))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _printable(
        ElementTree.tostring(root, encoding="unicode")
    )


def _elements(name: str, cases: Iterable[Case]) -> Iterable[ElementTree.Element]:
    for one in cases:
        element = ElementTree.Element("testcase", classname=name, name=one.name)
        if one.missed:
            first = one.said.splitlines()[0]
            ElementTree.SubElement(element, "failure", message=first).text = one.said
        else:
            ElementTree.SubElement(element, "system-out").text = one.said
        yield element


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 cannot have."""
    return _UNPRINTABLE.sub("", text) + "\n"
