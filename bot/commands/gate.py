"""`svara gate`: may a new model take the old one's place?"""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bot.commands.options import example, given_settings, var_option

SHOWN = 20
_WIDTH = 60


@click.command(
    epilog=example("svara gate live svara-4dd3b8", "svara gate OLD NEW --json > verdict.json")
)
@click.argument("old")
@click.argument("new")
@click.option("--rules", type=click.Path(path_type=Path), help="Limits. Default: gate.yml")
@click.option("--json", "as_json", is_flag=True, help="Write the verdict as JSON.")
@click.option(
    "--show", type=click.IntRange(min=0), default=SHOWN, help="Sentences of each list to show."
)
@var_option
def gate(
    *, old: str, new: str, rules: Path | None, as_json: bool, show: int, var: Path | None
) -> None:
    """Compare two models; the exit code is 1 when NEW may not take OLD's place.

    A model is named by its file, or the beginning of its name as `svara model list` shows it;
    `live` is the one that answers customers.
    """
    import json

    from bot.commands.progress import bar
    from bot.errors import NluError
    from bot.trainer.gate import read_rules, run_gate
    from bot.trainer.gate.rules import GATE_FILE

    if rules is not None and not rules.exists():
        raise NluError(f"There is no file '{rules}'.")
    with bar(quiet=as_json) as progress:
        verdict = run_gate(
            _find(old, var), _find(new, var), read_rules(rules or GATE_FILE), progress
        ).as_json()
    if as_json:
        click.echo(json.dumps(verdict, indent=2, ensure_ascii=False))
    else:
        click.echo(as_text(verdict, show))
    raise SystemExit(0 if verdict["passed"] else 1)


def as_text(verdict: Mapping[str, Any], show: int = SHOWN) -> str:
    """A verdict as a table for the terminal."""
    from bot.trainer.stories import read_diff
    from bot.trainer.stories.showing import as_text as story_as_text

    lines = []
    for group in verdict["groups"].values():
        lines += [f"{group['title']}: {group['sentences']}", ""]
        lines.append(f"{'':<10}{'right':>16}{'asked back':>16}{'wrong':>16}{'p':>9}")
        lines.append(_row("all", group))
        languages = group["by_language"]
        if len(languages) > 1:
            lines += [_row(f"  {name}", part) for name, part in languages.items()]
        for name in ("regressed", "improved"):
            lines += ["", f"  {name} ({group[f'{name}_count']})"]
            lines += [_sentence(each) for each in group[name][:show]]
            more = group[f"{name}_count"] - min(show, len(group[name]))
            if more:
                lines.append(f"    ... {more} more; --json has them")
        lines.append("")
    lines += [f"note: {each}" for each in verdict["notes"]]
    for story in verdict["broken"]:
        lines += [f"{story['path']}:{story['line']}  {story['name']}"]
        lines += story_as_text(read_diff(story["difference"]))
    lines += [f"BLOCKED: {each}" for each in verdict["reasons"]]
    if verdict["passed"]:
        lines.append(f"PASSED: {verdict['new']} may take the place of {verdict['old']}.")
    return "\n".join(lines)


def _find(name: str, var: Path | None) -> Path:
    from bot.errors import ModelUnknown
    from bot.storage.database import open_database, reading
    from bot.trainer.models import find_model, live
    from bot.trainer.models.registry import MODELS

    if name != "live":
        return find_model(name)
    with reading(open_database(given_settings(var=var).database)) as connection:
        now = live(connection)
    if now is None:
        raise ModelUnknown("No model was ever shipped, so that none is live. Name one.")
    return MODELS / now.model


def _row(name: str, those: Mapping[str, Any]) -> str:
    cells = [
        f"{those[each]['old']:.1%} > {those[each]['new']:.1%}"
        for each in ("right", "asked", "wrong")
    ]
    return f"{name:<10}" + "".join(f"{cell:>16}" for cell in cells) + f"{those['p_right']:>9.3f}"


def _sentence(each: Mapping[str, Any]) -> str:
    text = each["text"] if len(each["text"]) <= _WIDTH else each["text"][: _WIDTH - 1] + "…"
    return f"    {text:<{_WIDTH}}  {each['intent']}: {_said(each['old'])} > {_said(each['new'])}"


def _said(said: Mapping[str, Any]) -> str:
    if said["outcome"] == "right":
        return "right"
    return "asked" if said["outcome"] == "asked" else str(said["intent"])
