"""Findings of some time ago, read back, and whether they still stand.

The page shows what the last check found while trainers mend it; what has been mended meanwhile, by
whomever, is left out, and lines that have moved are found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.nlu_files import Add, Change, Move, Remove, Replace

_KINDS: dict[str, Callable[..., Change]] = {
    each.__name__: each for each in (Add, Move, Remove, Replace)
}


def read_findings(found: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """What `Finding.as_json` gave."""
    return [
        Finding(
            check=one["check"],
            grade=Grade[one["grade"]],
            message=one["message"],
            advice=one["advice"],
            intent=one["intent"],
            language=one["language"],
            other=one["other"],
            subject=one["subject"],
            places=tuple(Place(**place) for place in one["places"]),
            fixes=tuple(_fix(fix) for fix in one["fixes"]),
        )
        for one in found
    ]


def still_standing(findings: Sequence[Finding]) -> list[Finding]:
    """Those whose fixes can still be made, with their lines as they are now.

    What offers no fix is left as it was found.
    """
    lines = cache(_lines)
    found = []
    for finding in findings:
        there = [place for place in finding.places if place.text in lines(place.path)]
        changes = [change for fix in finding.fixes for change in fix.changes]
        if all(isinstance(each, Add) or _is_there(each, there) for each in changes):
            moved = (_moved(place, lines(place.path)) for place in finding.places)
            found.append(replace(finding, places=tuple(moved)))
    return found


def _fix(said: Mapping[str, Any]) -> Fix:
    changes = []
    for each in said["changes"]:
        fields = {name: value for name, value in each.items() if name != "kind"}
        changes.append(_KINDS[each["kind"]](**fields))
    return Fix(said["says"], tuple(changes))


def _is_there(change: Remove | Replace | Move, places: Sequence[Place]) -> bool:
    """Whether the example that is changed is among those: the same words may be another intent's,
    too."""
    text = change.old if isinstance(change, Replace) else change.marked
    return any((place.text, place.intent) == (text, change.intent) for place in places)


def _lines(path: str) -> dict[str, list[int]]:
    """Numbers of the lines in which each example of a file stands; nothing of one that is gone."""
    try:
        content = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, list[int]] = {}
    for number, line in enumerate(content.splitlines(), 1):
        found.setdefault(line.strip().removeprefix("-").strip(), []).append(number)
    return found


def _moved(place: Place, lines: Mapping[str, Sequence[int]]) -> Place:
    """The place with its nearest line that has the text."""
    numbers = lines.get(place.text, ())
    if not place.line or not numbers:
        return place
    return replace(place, line=min(numbers, key=lambda number: abs(number - place.line)))
