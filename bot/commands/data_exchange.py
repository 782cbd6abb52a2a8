"""`svara data import` and `svara data export`: examples from and for other tools."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example
from bot.errors import SvaraError
from bot.settings import LANGUAGES

if TYPE_CHECKING:
    from bot.trainer.nlu_files.exchange import Item, LeftOut, Plan

_SHOWN = 20
_TEXT = 60
_DATA, _DOMAIN = Path("data/nlu"), Path("domain.yml")
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_data_option = click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=_DATA,
    show_default=True,
    help="Folder with the training files.",
)


@click.command(
    "import",
    epilog=example(
        "svara data import mails.csv --lang sv",
        "svara data import agent.zip --new-intents --write",
        "svara data import agent.zip --name order.where=order_status",
        "svara data import chatwoot.json --format chatwoot --texts to-label.csv",
    ),
)
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--format",
    "kind",
    type=click.Choice(("csv", "rasa", "dialogflow", "chatwoot")),
    help="What it is. Default: as it looks.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of texts that name none.")
@click.option("--write", is_flag=True, help="Do it. Without: only show what would be done.")
@click.option("--new-intents", is_flag=True, help="Take intents that there are not yet, too.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="THEIRS=OURS",
    help="What one of its intents is called here; may be given several times.",
)
@click.option("--left-out", type=_NEW_FILE, help="Write a table of all that is not taken, and why.")
@click.option(
    "--texts",
    type=_NEW_FILE,
    help="Write a table of the texts without an intent, redacted, to be labelled.",
)
@_data_option
@click.option(
    "--domain",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    default=_DOMAIN,
    show_default=True,
    help="The file that names the intents and entities.",
)
def import_examples(
    *,
    source: Path,
    kind: str | None,
    lang: str | None,
    write: bool,
    new_intents: bool,
    names: tuple[str, ...],
    left_out: Path | None,
    texts: Path | None,
    folder: Path,
    domain: Path,
) -> None:
    """Add examples of a CSV file, or of a Rasa, Dialogflow or Chatwoot export."""
    from bot.trainer.nlu_files import apply
    from bot.trainer.nlu_files.domain import add_intent, domain_entities, domain_intents
    from bot.trainer.nlu_files.exchange import plan_import, read_export

    for path in (left_out, texts):
        _must_be_new(path)
    read = read_export(source, kind, lang)
    known = domain_intents(domain)
    plan = plan_import(
        read,
        known,
        folder,
        entities=domain_entities(domain),
        new_intents=new_intents,
        names=dict(_pair(name) for name in names),
    )
    click.echo("\n".join(_lines(source, plan)))
    if left_out:
        _write_table(left_out, ("where", "text", "reason"), _left_out_rows(plan.left_out))
    if texts:
        _write_table(texts, ("text", "intent", "lang"), _text_rows(plan.unlabelled))
        click.echo(f"{len(plan.unlabelled)} texts to label are in {texts}, redacted.")
    if not write:
        if plan.changes:
            click.echo("Nothing was written yet. With --write it is.")
        return
    changed = apply(plan.changes, folder, known=[*known, *plan.new_intents])
    for intent in plan.new_intents:
        add_intent(intent, domain)
    if plan.new_intents:
        changed.append(domain)
    click.echo(
        f"Written: {len(changed)} file{'s'[: len(changed) != 1]}. `git diff` shows the lines, "
        "`svara data check` what is wrong with them."
    )
    if plan.new_intents:
        click.echo(
            "The new intents have no answer yet. Write one for each: svara data answer INTENT"
        )


@click.command(
    "export",
    epilog=example(
        "svara data export examples.csv", "svara data export sv.csv --lang sv --intent order_status"
    ),
)
@click.argument("file", type=_NEW_FILE)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Of this language only.")
@click.option(
    "--intent", "intents", multiple=True, help="Of this intent; may be given several times."
)
@click.option("--force", is_flag=True, help="Even if the file is there already.")
@_data_option
def export(
    file: Path, lang: str | None, intents: tuple[str, ...], force: bool, folder: Path
) -> None:
    """Write the examples to a CSV file that a spreadsheet and `svara data import` read."""
    from bot.trainer.nlu_files import read_sources
    from bot.trainer.nlu_files.exchange import write_csv

    if not force:
        _must_be_new(file)
    sources = read_sources(folder)
    if unknown := set(intents) - {one.intent for one in sources}:
        raise SvaraError(f"There are no examples of {', '.join(sorted(unknown))}.")
    chosen = [
        one
        for one in sources
        if lang in (None, one.language) and (not intents or one.intent in intents)
    ]
    click.echo(f"{write_csv(file, chosen)} examples are in {file}.")


def _lines(source: Path, plan: Plan) -> Iterable[str]:
    from bot.trainer.nlu_files.exchange import by_intent

    yield f"{source}: {len(plan.changes)} example{'s'[: len(plan.changes) != 1]} to add"
    for intent, counts in by_intent(plan.changes):
        languages = ", ".join(f"{lang} {count}" for lang, count in sorted(counts.items()))
        new = "   new intent" if intent in plan.new_intents else ""
        yield f"  + {intent:<28} {languages}{new}"
    for theirs, ours in plan.renamed.items():
        yield f"  {theirs} is {ours} here"
    if plan.there:
        yield f"{plan.there} are there already"
    if plan.unlabelled:
        yield f"{len(plan.unlabelled)} have no intent: --texts FILE writes them to be labelled"
    if plan.unmarked:
        marks = ", ".join(f"{name} {count}" for name, count in plan.unmarked.most_common())
        yield f"marks of entities that domain.yml does not name are left out: {marks}"
    if plan.left_out:
        yield f"{len(plan.left_out)} are not taken:"
    for one in plan.left_out[:_SHOWN]:
        # Most reasons that a text cannot be an example begin with the text.
        said = "" if one.reason.startswith(repr(one.text)[:_TEXT]) else f"{one.text[:_TEXT]!r}: "
        yield f"  {one.where}: {said}{one.reason}"
    if len(plan.left_out) > _SHOWN:
        yield f"  and {len(plan.left_out) - _SHOWN} more; --left-out FILE writes them all"


def _pair(name: str) -> tuple[str, str]:
    theirs, equals, ours = name.partition("=")
    if not equals or not theirs.strip() or not ours.strip():
        raise click.UsageError(f"--name {name!r}: expected THEIRS=OURS.")
    return theirs.strip(), ours.strip()


def _must_be_new(path: Path | None) -> None:
    if path and path.exists():
        raise SvaraError(f"{path} is there already, and may hold somebody's work. Choose another.")


def _left_out_rows(left_out: Iterable[LeftOut]) -> Iterable[tuple[str, ...]]:
    return ((one.where, one.text, one.reason) for one in left_out)


def _text_rows(items: Iterable[Item]) -> Iterable[tuple[str, ...]]:
    from bot.trainer.redaction import redact

    for item in items:
        language = item.language if item.language in LANGUAGES else None
        yield redact(item.text, language).text, "", language or ""


def _write_table(path: Path, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    from bot.trainer.nlu_files.exchange.spreadsheet import write_rows

    write_rows(path, head, rows)
