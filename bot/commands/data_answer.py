"""`svara data answer`: what the bot does for each intent, and writing the answer of one."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import Command, by_option, example, given_settings, var_option
from bot.errors import SvaraError
from bot.settings import LANGUAGES

if TYPE_CHECKING:
    from bot.trainer.answers import Answer, Entry, Place, Use

_NO_ANSWER = "no answer: customers get “Sorry, I misunderstood you”"
_THERE = "These texts are there already."
_SO_ALREADY = "It is answered so already."
_SHIP = "It reaches customers with the next `svara model ship`."


def _in_each_language(option: str, metavar: str, what: str) -> Callable[[Command], Command]:
    def add(function: Command) -> Command:
        for language in reversed(LANGUAGES):
            name, said = f"--{option}{language}", f"{what} in {language}."
            function = click.option(name, metavar=metavar, help=said)(function)
        return function

    return add


@click.command(
    epilog=example(
        "svara data answer",
        'svara data answer gift_wrap --en "Yes!" --sv "Ja!" --da "Ja!" --nb "Ja!"',
        "svara data answer sizes --help-centre",
        'svara data answer sizes --title-en "Sizes" --title-sv "Storlekar" --title-da ...',
        "svara data answer --undo",
    )
)
@click.argument("intent", required=False)
@_in_each_language("", "TEXT", "The text")
@click.option("--help-centre", is_flag=True, help="It is answered from the help centre.")
@click.option("--person", is_flag=True, help="It is handed over to a person.")
@_in_each_language("title-", "WORDS", "What it is called on a button")
@click.option("--undo", is_flag=True, help="Take back what you wrote last, or what was for INTENT.")
@click.option(
    "--project",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    show_default="this one",
    help="Folder with domain.yml and data.",
)
@by_option
@var_option
def answer(
    *,
    intent: str | None,
    help_centre: bool,
    person: bool,
    undo: bool,
    root: Path,
    by: str,
    var: Path | None,
    **words: str | None,
) -> None:
    """Show how intents are answered, or write how INTENT is, or change that: by a text in each
    language (or a change of some of them), from the help centre, or by a person; and what it is
    called on the button that offers it when the bot is not sure."""
    from bot.trainer import answers
    from bot.trainer.checks import Project

    place = answers.Place(
        Project() if root == Path() else Project.at(root),
        given_settings(var=var).var / "answers.jsonl",
    )
    given = _given(words, "")
    titles = _given(words, "title_")
    ways = [
        way
        for way, wanted in (
            (answers.TEXT, bool(given)),
            (answers.HELP_CENTRE, help_centre),
            (answers.PERSON, person),
            ("undo", undo),
        )
        if wanted
    ]
    if titles and not ways:
        ways = [answers.AS_IT_IS]
    if len(ways) > 1 or (ways and ways != ["undo"] and intent is None):
        raise click.UsageError("Name an INTENT, and one way to answer: texts, or one option.")
    if ways == ["undo"] and titles:
        raise click.UsageError("Take back or write, not both at once.")
    if ways == ["undo"]:
        _undo(place, by, intent)
    elif ways and intent is not None:
        _save(place, intent, by, ways[0], given, titles=titles)
    else:
        _show(place, intent)


def _given(words: Mapping[str, str | None], prefix: str) -> dict[str, str]:
    found = {language: words[f"{prefix}{language}"] for language in LANGUAGES}
    return {language: text for language, text in found.items() if text is not None}


def _save(
    place: Place,
    intent: str,
    by: str,
    way: str,
    texts: Mapping[str, str],
    *,
    titles: Mapping[str, str],
) -> None:
    from bot.trainer import answers

    entry = answers.save(place, intent, by, way, texts, titles=titles)
    if entry is None:
        click.echo(_THERE if way in (answers.TEXT, answers.AS_IT_IS) else _SO_ALREADY)
        return
    button = ", with a button" if entry.title else ""
    click.echo(f"{intent}: {answers.KINDS[entry.way]}{button}. {_SHIP}")
    click.echo(f"  take it back: svara data answer {intent} --undo")


def _undo(place: Place, by: str, intent: str | None) -> None:
    from bot.trainer import answers

    number = None
    if intent is not None:
        number = next((e.id for e in reversed(_standing(place)) if e.intent == intent), "")
        if not number:
            raise SvaraError(f"Nothing was written here for {intent} that could be taken back.")
    click.echo(f"Taken back: what was written for {answers.undo(place, by, number).intent}.")


def _standing(place: Place) -> list[Entry]:
    from bot.trainer import answers

    return answers.standing(answers.read_journal(place.journal))


def _show(place: Place, intent: str | None) -> None:
    from bot.trainer import answers

    found = answers.read_answers(place.project).by_intent
    if intent is not None and intent not in found:
        raise SvaraError(f"There is no intent {intent!r}. `svara data answer` shows all.")
    shown = [found[intent]] if intent else sorted(found.values(), key=lambda one: not one.missing)
    for one in shown:
        click.echo(f"{one.intent:<28} {_described(one)}")
    if intent:
        click.echo("\n".join(_details(place, found[intent])))
    elif missing := [one for one in shown if one.missing]:
        click.echo(f"{len(missing)} of {len(shown)} have no answer.")


def _described(one: Answer) -> str:
    from bot.trainer import answers

    if one.missing:
        return click.style(_NO_ANSWER, fg="red")
    if one.kind == answers.ASIDE:
        return f"needs no answer: {one.because}"
    return _used(one.uses[0], one)


def _used(use: Use, one: Answer) -> str:
    from bot.trainer import answers

    said = answers.KINDS[use.kind]
    if use.kind == answers.TEXT and one.response is not None and use is one.uses[0]:
        said += f" ({', '.join(filter(None, one.response.texts)) or 'all languages'})"
    elif use.action:
        said += f" ({use.action})"
    return said + (f", while {use.within} asks" if use.within else "")


def _details(place: Place, one: Answer) -> Iterator[str]:
    for use in one.uses:
        yield f"  {use.path}:{use.line}  {use.name}: {_used(use, one)}"
    if one.response is not None:
        yield f"  {place.project.domain}:{one.response.line}  {one.response.name}"
        for language, text in one.response.texts.items():
            yield f"    {language or 'all':<4} {text}"
        if one.response.refusal:
            yield f"  not changed here: {one.response.refusal}"
    if one.fixed:
        yield f"  how it is answered is changed by hand: {one.fixed}"
    if one.title is None:
        yield "  no button: it is never offered when the bot is unsure"
    else:
        yield f"  {place.project.domain}:{one.title.line}  {one.title.name}, on a button"
        for language, text in one.title.texts.items():
            yield f"    {language or 'all':<4} {text}"
        if one.title.refusal:
            yield f"  not changed here: {one.title.refusal}"
    for entry in _standing(place):
        if entry.intent == one.intent:
            yield f"  {entry.what} by {entry.by}"
