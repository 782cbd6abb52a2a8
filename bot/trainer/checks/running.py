"""All checks, and running them."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.errors import NluError
from bot.settings import Settings
from bot.trainer.checks import balance, entities, labels, languages, near, personal, same_text
from bot.trainer.checks import project as whole
from bot.trainer.checks.data import MOST_COMPARED, Data, Progress, quiet
from bot.trainer.checks.findings import Check, Finding, Grade
from bot.trainer.checks.loading import UNREADABLE, Project, load
from bot.trainer.checks.set_aside import STALE, read_asides, sort_out

SAMPLED = "sampled"
MOST_FINDINGS = 2_000
"""That a page is given, the gravest first; more are for the command."""
CHECKS = (
    Check(whole.UNKNOWN_INTENT, "intents that the domain lacks", whole.unknown_intents),
    Check(whole.UNKNOWN_ENTITY, "entities that the domain lacks", whole.unknown_entities),
    Check(whole.NO_EXAMPLES, "intents without examples", whole.no_examples),
    Check(whole.NO_RULE, "intents that no rule or story uses", whole.no_rule),
    Check(whole.RESPONSE, "responses missing a language", whole.response_languages),
    Check(balance.MISSING, "intents missing in a language", balance.missing_language),
    Check(balance.SMALL, "intents too small", balance.too_small),
    Check(balance.UNBALANCED, "intents much larger or smaller than most", balance.unbalanced),
    Check(same_text.SAME_TEXT, "the same text in two intents", same_text.same_text),
    Check(same_text.TWICE, "the same text twice in one intent", same_text.written_twice),
    Check(entities.UNMARKED, "entities marked here and not there", entities.unmarked_entities),
    Check(languages.WRONG, "examples in the wrong language", languages.wrong_language),
    Check(personal.PERSONAL, "personal data left in", personal.personal_data),
    Check(near.CONFLICT, "near-duplicates in two intents", near.near_conflicts),
    Check(near.REDUNDANT, "examples that add nothing", near.redundant),
    Check(labels.WRONG, "labels that are probably wrong", labels.wrong_labels),
    Check(labels.CONFUSED, "intents taken for each other", labels.confused_intents),
)
NAMES = tuple(check.name for check in CHECKS)
_COMPARING = {near.CONFLICT, near.REDUNDANT, labels.WRONG, labels.CONFUSED}


@dataclass(frozen=True)
class Report:
    """What a run of the checks found.

    Attributes:
        findings: the gravest first, then by intent.
        aside: what is set aside.
        checks: names of those that ran.
        examples, intents, languages: how many there are.
        compared: examples that were compared with each other.
        seconds: wall clock.
    """

    findings: tuple[Finding, ...]
    aside: tuple[Finding, ...]
    checks: tuple[str, ...]
    examples: int
    intents: int
    languages: int
    compared: int
    seconds: float

    def count(self, grade: Grade) -> int:
        """Findings of a grade."""
        return sum(finding.grade is grade for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """For a file or a page."""
        return {
            "examples": self.examples,
            "intents": self.intents,
            "languages": self.languages,
            "compared": self.compared,
            "seconds": round(self.seconds, 2),
            "checks": list(self.checks),
            "counts": {grade.name: self.count(grade) for grade in Grade},
            "findings": [finding.as_json() for finding in self.findings],
            "aside": [finding.as_json() for finding in self.aside],
        }


def check(
    project: Project | None = None,
    *,
    only: Collection[str] = (),
    progress: Progress = quiet,
    most: int = MOST_COMPARED,
) -> Report:
    """Runs the checks; changes nothing.

    Args:
        project: default the one in the working folder.
        only: names of checks; default all.
        progress: told what is being done.
        most: examples that are compared with each other; of more, so many are drawn.

    Raises:
        NluDataInvalid: there is no folder of examples, or `checks.yml` cannot be used.
        NluError: a name in `only` is not a check's.
    """
    started = time.monotonic()
    project = project or Project()
    if unknown := set(only) - set(NAMES):
        raise NluError(
            f"There is no check {', '.join(sorted(unknown))}; there is {', '.join(NAMES)}."
        )
    chosen = [each for each in CHECKS if not only or each.name in only]
    asides = read_asides(project.asides)
    data, found = load(project, progress, most)
    for done, each in enumerate(chosen):
        progress(each.looks_for.capitalize(), done, len(chosen))
        found += each.run(data)
    progress("Done", len(chosen), len(chosen))
    names = {each.name for each in chosen}
    if len(data.compared) < len(data.examples) and names & _COMPARING:
        found.append(_sampled(data))
    left, aside = sort_out(found, [one for one in asides if one.about[0] in names], project.asides)
    return Report(
        findings=tuple(sorted(left, key=_order)),
        aside=tuple(sorted(aside, key=_order)),
        checks=tuple(each.name for each in chosen),
        examples=len(data.examples),
        intents=len({example.intent for example in data.examples}),
        languages=len(data.languages),
        compared=len(data.compared),
        seconds=time.monotonic() - started,
    )


def run_job(
    _settings: Settings, arguments: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any]:
    """The checks as work that the console starts; see `bot.trainer.jobs`."""
    found = check(only=arguments.get("only", ()), progress=progress).as_json()
    left_out = len(found["findings"]) - MOST_FINDINGS
    return found | {
        "findings": found["findings"][:MOST_FINDINGS],
        "aside": len(found["aside"]),
        "left_out": max(0, left_out),
    }


def _order(finding: Finding) -> tuple[int, str, str, str]:
    order = (UNREADABLE, *NAMES, SAMPLED, STALE)
    place = f"{order.index(finding.check):02d}"
    return -finding.grade, finding.intent, place, finding.language


def _sampled(data: Data) -> Finding:
    return Finding(
        check=SAMPLED,
        grade=Grade.INFO,
        message=f"There are {len(data.examples):,} examples; {len(data.compared):,} of them, drawn "
        "from all intents and languages, were compared with each other.",
        advice="The classifier learns from as many. Near-duplicates and wrong labels among the "
        "others are not told; check the data a part at a time for them.",
        subject="compared",
    )
