"""`svara data check`: what is wrong with the training data, and mending it when asked."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.commands.options import example
from bot.errors import DataChanged, NluError

if TYPE_CHECKING:
    from tqdm import tqdm

    from bot.trainer.checks import Finding, Grade, Progress, Project, Report

FILE = click.Path(dir_okay=False, path_type=Path)
_COLOURS = {"ERROR": "red", "WARNING": "yellow", "INFO": "cyan"}


@click.command(
    epilog=example(
        "svara data check",
        "svara data check --strict --junit checks.xml",
        "svara data check --fix wrong-label",
        'svara data check --set-aside 1a2b3c4d --because "right as it is"',
    )
)
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check alone; repeatable.")
@click.option("--list", "listed", is_flag=True, help="Show the names of the checks, and end.")
@click.option("--info", is_flag=True, help="Show what is graded INFO as well.")
@click.option("--strict", is_flag=True, help="Exit 1 for a WARNING, too, not for an ERROR alone.")
@click.option("--json", "json_file", type=FILE, help="JSON file for all findings.")
@click.option("--junit", type=FILE, help="JUnit file, for continuous integration.")
@click.option(
    "--fix", metavar="CHECK", help="Offer the fixes of a check (or of a key), one by one."
)
@click.option("--yes", is_flag=True, help="With --fix: take the first fix of each, unasked.")
@click.option("--set-aside", "key", metavar="KEY", help="Write a finding to data/checks.yml ...")
@click.option("--because", help="... with this reason; it is not told again.")
@click.option("--asides", is_flag=True, help="Show what is set aside, with keys, and end.")
@click.option("--look-again", metavar="KEY", help="Take one out of data/checks.yml again, and end.")
@click.option(
    "--project",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="this one",
    help="Folder with domain.yml and data.",
)
def check(
    *,
    only: tuple[str, ...],
    listed: bool,
    info: bool,
    strict: bool,
    json_file: Path | None,
    junit: Path | None,
    fix: str | None,
    yes: bool,
    key: str | None,
    because: str | None,
    asides: bool,
    look_again: str | None,
    root: Path,
) -> None:
    """Look for what is wrong with the training data.

    The exit code is 1 when there is an ERROR; 2 when the check itself could not be made. Nothing
    is changed without --fix or --set-aside.
    """
    from bot.trainer import checks

    if listed:
        for each in checks.CHECKS:
            click.echo(f"{each.name:<20}{each.looks_for}")
        return
    if (key is None) != (because is None):
        raise click.UsageError("--set-aside KEY and --because REASON belong together.")
    if yes and fix is None:
        raise click.UsageError("--yes belongs to --fix.")
    project = checks.Project.at(root)
    if asides or look_again is not None:
        _asides(project, look_again)
        return
    report = _checked(project, (fix,) if fix in checks.NAMES else only)
    if key is not None:
        _set_aside(report, key, str(because), project)
        return
    if fix is not None:
        _fix(report, fix, project, yes=yes)
        return
    fails_from = checks.Grade.WARNING if strict else checks.Grade.ERROR
    click.echo("\n".join(_lines(report, checks.Grade.INFO if info else checks.Grade.WARNING)))
    if json_file:
        content = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
        json_file.write_text(content + "\n", encoding="utf-8")
    if junit:
        from bot.trainer.checks.junit import write_junit

        write_junit(report, junit, fails_from=fails_from)
    if any(finding.grade >= fails_from for finding in report.findings):
        raise SystemExit(1)


def _checked(project: Project, only: tuple[str, ...]) -> Report:
    from tqdm import tqdm

    from bot.trainer import checks

    with tqdm(unit=" steps", disable=None, leave=False) as bar:
        return checks.check(project, only=only, progress=_advance(bar))


def _advance(bar: tqdm[NoReturn]) -> Progress:
    def advance(what: str, done: int, total: int) -> None:
        bar.total, bar.n = total or None, done
        bar.set_description(what)

    return advance


def _lines(report: Report, least: Grade) -> Iterator[str]:
    """The findings by intent, those of no intent first, and how many there are."""
    shown = [finding for finding in report.findings if finding.grade >= least]
    for intent, those in groupby(sorted(shown, key=lambda each: each.intent), _intent):
        yield intent or "the project"
        for finding in those:
            yield from _finding_lines(finding)
        yield ""
    counts = ", ".join(f"{grade.name} {report.count(grade)}" for grade in reversed(type(least)))
    yield (
        f"{report.examples:,} examples of {report.intents} intents in {report.languages} languages"
        f", {report.seconds:.1f} s: {counts}; set aside {len(report.aside)}."
    )
    if len(shown) < len(report.findings):
        yield "What is graded INFO is shown with --info."
    if any(finding.fixes for finding in shown):
        yield "Mend with --fix CHECK, or set one aside with --set-aside KEY --because REASON."


def _finding_lines(finding: Finding) -> Iterator[str]:
    grade = click.style(f"{finding.grade.name:<8}", fg=_COLOURS[finding.grade.name])
    language = f" {finding.language}" if finding.language else ""
    yield f"  {grade}{finding.check}{language} [{finding.key}]  {finding.message}"
    for place in finding.places:
        where = f"{place.path}:{place.line}" if place.line else place.path
        yield f"          {where}  {place.text}".rstrip()
    yield f"          {finding.advice}"


def _intent(finding: Finding) -> str:
    return finding.intent


def _chosen(report: Report, name: str) -> list[Finding]:
    """Those of a check, or the one with a key.

    Raises:
        NluError: there are none.
    """
    found = [each for each in report.findings if name in (each.check, each.key)]
    if not found and name not in report.checks:
        raise NluError(
            f"There is no finding '{name}'. `svara data check` shows the keys in brackets."
        )
    return found


def _set_aside(report: Report, key: str, because: str, project: Project) -> None:
    from bot.trainer.checks import set_aside

    findings = _chosen(report, key)
    set_aside(findings, because, project.asides)
    for finding in findings:
        click.echo(f"Set aside in {project.asides}: {finding.message}")


def _asides(project: Project, key: str | None) -> None:
    from bot.trainer import checks

    if key is not None:
        gone = checks.look_again(key, project.asides)
        click.echo(f"No longer set aside: {', '.join(filter(None, gone.about))}")
        return
    for each in checks.read_asides(project.asides):
        about = ", ".join(filter(None, each.about))
        click.echo(f"[{checks.key_of(each.about)}] {about}: {each.because}")


def _fix(report: Report, name: str, project: Project, *, yes: bool) -> None:
    from bot.trainer.checks import apply_fix

    fixable = [finding for finding in _chosen(report, name) if finding.fixes]
    made = 0
    for finding in fixable:
        click.echo("\n".join(_finding_lines(finding)))
        for number, fix in enumerate(finding.fixes, 1):
            click.echo(f"          {number}  {fix.says}")
        said = "1" if yes else _answer(len(finding.fixes))
        if said == "q":
            break
        if said == "a":
            _set_aside(report, finding.key, click.prompt("Why"), project)
        elif said != "s":
            try:
                paths = apply_fix(finding.fixes[int(said) - 1], project)
            except DataChanged as error:  # an earlier fix has changed the same line
                click.echo(f"Not done: {error}")
                continue
            made += 1
            click.echo(f"Done: {', '.join(map(str, paths))}")
    click.echo(f"{made} of {len(fixable)} findings with a fix are mended.")


def _answer(fixes: int) -> str:
    numbers = [str(number) for number in range(1, fixes + 1)]
    answers = click.Choice([*numbers, "s", "a", "q"])
    said: str = click.prompt("A number, s to skip, a to set aside, q to stop", type=answers)
    return said
