"""What is wrong with the training data: checked, shown beside each intent, mended one by one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.numbers import number_in
from bot.console.train.checks import in_words, shown_aside, what_was_done
from bot.console.transcript import iso
from bot.console.web import Visit, for_trainers, page
from bot.errors import JobError, NluError
from bot.storage.database import reading
from bot.trainer import jobs
from bot.trainer.checks import (
    CHECKS,
    Aside,
    Finding,
    Grade,
    Project,
    look_again,
    mend,
    read_asides,
    read_findings,
    set_aside,
    still_standing,
    unmend,
)

KIND = "check"
PATH = "/train/checks"
SHOWN = 300
_GRADES = {grade.name: grade for grade in reversed(Grade)}
_LONGEST_REASON = 300


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/start", for_trainers(start), methods=["POST"]),
        Route(f"{PATH}/fix", for_trainers(fix), methods=["POST"]),
        Route(f"{PATH}/undo", for_trainers(undo), methods=["POST"]),
        Route(f"{PATH}/aside", for_trainers(aside), methods=["POST"]),
        Route(f"{PATH}/again", for_trainers(again), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """What the last check found, less what has been mended or set aside since."""
    with reading(visit.engine) as connection:
        latest = jobs.latest(connection, KIND)
    asked = visit.request.query_params
    trouble = ""
    asides: list[Aside] = []
    try:
        asides = read_asides(Project().asides)
        findings = _standing(visit)
    except NluError as error:
        findings, trouble = [], str(error)
    counts = {
        name: sum(each.grade is grade for each in findings) for name, grade in _GRADES.items()
    }
    grade = asked.get("grade", "")
    least = _GRADES.get(grade, Grade.WARNING)
    shown = [
        each
        for each in findings
        if each.grade >= least and asked.get("check", "") in ("", each.check)
    ]
    report = _report(visit)
    return page(
        visit,
        "train_checks.html",
        job=latest,
        trouble=trouble,
        report=report,
        made_at=None if report is None else iso(report[0]),
        totals=counts,
        groups=_groups(shown[:SHOWN]),
        more=max(0, len(shown) - SHOWN),
        checks=[each for each in CHECKS if any(each.name == one.check for one in findings)],
        looks_for={each.name: each.looks_for for each in CHECKS},
        chosen={"grade": least.name, "check": asked.get("check", "")},
        done=asked.get("done", "")[:1000],
        undo=asked.get("undo", ""),
        aside=asked.get("aside", ""),
        asides=[shown_aside(each) for each in asides],
        in_words=in_words,
    )


def start(visit: Visit) -> Response:
    """Starts a check."""
    try:
        jobs.start(visit.engine, visit.settings, KIND, {}, by=visit.staff.login)
    except JobError as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(PATH, 303)


def fix(visit: Visit) -> Response:
    """Makes one of the fixes that a finding offers."""
    finding = _asked(visit)
    number = number_in(visit.form.get("fix", ""))
    if number is None or number >= len(finding.fixes):
        raise ActionRefused("There is no such fix any more. Reload the page.")
    chosen = finding.fixes[number]
    told = what_was_done(chosen)
    try:
        done = mend(visit.settings, chosen, told, visit.staff.login)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return _back(visit, told, undo="" if done is None else str(done.id))


def undo(visit: Visit) -> Response:
    """Takes back what a fix has changed."""
    number = number_in(visit.form.get("change", "")) or 0
    try:
        done = unmend(visit.settings, number, visit.staff.login)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return _back(visit, f"This was taken back: {done.about}")


def aside(visit: Visit) -> Response:
    """Sets a finding aside."""
    finding = _asked(visit)
    because = visit.form.get("because", "").strip()[:_LONGEST_REASON]
    if not because:
        raise ActionRefused("Write why it is right as it is.")
    try:
        set_aside([finding], f"{because} ({visit.staff.login})", Project().asides)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return _back(visit, "Set aside.", aside=finding.key)


def again(visit: Visit) -> Response:
    """Takes out what is set aside, so that it is told again."""
    try:
        look_again(visit.form.get("key", ""), Project().asides)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return _back(visit, "No longer set aside. It is shown from the next check on at the latest.")


def _report(visit: Visit) -> tuple[float, dict[str, object]] | None:
    """When the last check that was made was done, and its result."""
    with reading(visit.engine) as connection:
        job = jobs.latest(connection, KIND, state="done")
    if job is None or job.result is None:
        return None
    return job.ended_at or job.started_at, dict(job.result)


def _standing(visit: Visit) -> list[Finding]:
    report = _report(visit)
    if report is None:
        return []
    found = report[1]["findings"]
    assert isinstance(found, list)  # noqa: S101 -- as `Report.as_json` made it
    known = {each.about for each in read_asides(Project().asides)}
    return [each for each in still_standing(read_findings(found)) if each.about not in known]


def _asked(visit: Visit) -> Finding:
    key = visit.form.get("key", "")
    for finding in _standing(visit):
        if finding.key == key:
            return finding
    raise ActionRefused("This has been mended or set aside meanwhile. Reload the page.")


def _back(visit: Visit, done: str, **more: str) -> Response:
    """To the page as it was, with what was done."""
    asked = {name: visit.form.get(name, "") for name in ("grade", "check")} | {"done": done, **more}
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items() if value)
    return RedirectResponse(f"{PATH}?{query}", 303)


def _groups(findings: Sequence[Finding]) -> list[tuple[str, list[Finding]]]:
    """By intent, those with the gravest first."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.intent, []).append(finding)
    return sorted(groups.items(), key=lambda item: (-max(each.grade for each in item[1]), item[0]))
