"""`svara kb`: the articles and where they come from."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.commands.options import example, given_settings, var_option
from bot.errors import SvaraError
from bot.settings import LANGUAGES, Settings, kb_secret, keep_kb_secret

if TYPE_CHECKING:
    import datetime as dt

    from tqdm import tqdm

    from kb_connector import KnowledgeBase
    from kb_connector.gaps import Gap
    from kb_connector.runs import Problem, Run
    from kb_connector.syncing import Open, Outcome, Progress

TEXT_CHARACTERS = 300
_SHOWN = 20


@click.group(epilog=example("svara kb sync", 'svara kb search "var är mitt paket" --lang sv'))
def kb() -> None:
    """Sync and search the knowledge base."""


@kb.command(
    epilog=example(
        "svara kb add website shop --option url=https://www.example.com/help/ --option lang=sv",
        "svara kb add zendesk help --option url=https://x.zendesk.com --option user=me@x.se",
    )
)
@click.argument("kind")
@click.argument("name")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="What it needs.")
@click.option("--no-check", is_flag=True, help="Add it without reading an article first.")
@var_option
def add(kind: str, name: str, options: Sequence[str], no_check: bool, var: Path | None) -> None:
    """Add a source of articles; a key that it needs is asked for."""
    from kb_connector.connections import Connection, check_name
    from kb_connector.connections import add as keep
    from kb_connector.sources.registry import KINDS, check, open_source

    settings = given_settings(var=var)
    connection = Connection(name, kind, _options(options))
    with _knowledge_base(settings) as base:
        check_name(base.store.engine, name)
        check(connection)
        wanted = KINDS[kind].secret
        known = kb_secret(settings, name)
        secret = known or (wanted and click.prompt(f"{wanted} of {name}", hide_input=True))
        if not no_check:
            _try(open_source(connection, secret or None).changes(None))
        if secret and not known:
            keep_kb_secret(settings, name, secret)
        keep(base.store.engine, connection)
    click.echo(f"Added. `svara kb sync {name}` reads it now; a running Svara does so by itself.")


@kb.command(epilog=example("svara kb sync", "svara kb sync shop --full"))
@click.argument("names", nargs=-1)
@click.option("--full", is_flag=True, help="Read every article, not only what changed.")
@click.option("--allow-removal", is_flag=True, help="Even if most articles of a source are gone.")
@var_option
def sync(names: Sequence[str], full: bool, allow_removal: bool, var: Path | None) -> None:
    """Take over what changed in the sources: all, or those that are named."""
    from tqdm import tqdm

    from bot.knowledge import all_sources
    from kb_connector.syncing import failed, sync_all

    settings = given_settings(var=var)
    with _knowledge_base(settings) as base:
        sources = _named(all_sources(settings, base), names)
        with tqdm(unit=" articles", disable=None, leave=False) as bar:
            outcomes = sync_all(
                base, sources, full=full, allow_removal=allow_removal, progress=_advance(bar)
            )
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if len(errors) == len(outcomes):
        raise SvaraError("\n".join(errors))
    for outcome in outcomes:
        for line in _outcome_lines(outcome):
            click.echo(line, err=line.startswith("  "))
    if failed(outcomes):
        raise SystemExit(1)


@kb.command(epilog=example("svara kb status"))
@var_option
def status(var: Path | None) -> None:
    """Show the sources: how many articles, the last sync, and what is wrong."""
    from bot.knowledge import pause
    from kb_connector.connections import DEFAULT, Connection, connections
    from kb_connector.runs import counts, problems, runs

    settings = given_settings(var=var)
    with _knowledge_base(settings) as base:
        engine = base.store.engine
        added = connections(engine)
        articles, wrong = counts(engine), problems(engine)
        last = {run.source: run for run in runs(engine)}
    between = pause(settings)
    folder = Connection(DEFAULT, DEFAULT, {"folder": str(settings.kb_folder)})
    for each in (folder, *added):
        mine = [problem for problem in wrong if problem.source == each.name]
        click.echo(f"{each.name}: {each.kind}, {articles.get(each.name, 0)} articles")
        click.echo("  " + " ".join(f"{name}={value}" for name, value in each.options.items()))
        for line in (*_run_lines(last.get(each.name), between), *_problem_lines(mine)):
            click.echo(f"  {line}")


@kb.command(epilog=example("svara kb remove shop"))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@var_option
def remove(name: str, yes: bool, var: Path | None) -> None:
    """Remove a source and its articles."""
    from kb_connector.connections import remove as forget

    settings = given_settings(var=var)
    if not yes:
        click.confirm(f"Remove {name} and all its articles?", abort=True)
    with _knowledge_base(settings) as base:
        count = forget(base.store.engine, name)
    keep_kb_secret(settings, name, None)
    click.echo(f"Removed, with {count} articles.")


@kb.command(epilog=example('svara kb search "var är mitt paket" --lang sv'))
@click.argument("query")
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@click.option("--limit", type=click.IntRange(1, 50), default=3, show_default=True)
@var_option
def search(query: str, lang: str, limit: int, var: Path | None) -> None:
    """Show the articles that answer a question, with the confidence of each."""
    from kb_connector.answer import answer

    settings = given_settings(var=var)
    with _knowledge_base(settings) as base:
        hits = base.search(query, lang, limit=limit)
        if not hits and not any(base.articles(each) for each in LANGUAGES):
            raise SvaraError("There are no articles yet. Read them in with `svara kb sync`.")
    if not hits:
        click.echo("Nothing found.")
    for hit in hits:
        text = " ".join(answer(hit.passage, query, limit=TEXT_CHARACTERS).text.split())
        click.echo(f"{hit.confidence:4.0%}  {hit.article.title}  ({hit.article.url})")
        click.echo(f"      {text}")


@kb.command(epilog=example("svara kb gaps", "svara kb gaps --days 7 --csv gaps.csv"))
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@click.option(
    "--csv", "table", type=click.Path(dir_okay=False, path_type=Path), help="Write a table."
)
@click.option(
    "--drafts",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write drafts of what agents have answered.",
)
@var_option
def gaps(days: int, table: Path | None, drafts: Path | None, var: Path | None) -> None:
    """Show what customers asked and no article answered, grouped by meaning."""
    from bot.insight.knowledge_gaps import recent_gaps, write_drafts
    from kb_connector.gaps import as_csv

    settings = given_settings(var=var)
    with _knowledge_base(settings) as base:
        found = recent_gaps(base, days)
        written = write_drafts(base, found, drafts) if drafts else []
    for gap in found:
        click.echo("\n".join(_gap_lines(gap)))
    if not found:
        click.echo(f"No question of the last {days} days was left without an answer.")
    if table:
        try:
            table.write_text(as_csv(found), encoding="utf-8-sig", newline="")
        except OSError as error:
            raise SvaraError(f"{table} cannot be written: {error.strerror}.") from error
        click.echo(f"The table is in {table}.")
    for path in written:
        click.echo(f"Draft: {path}")


@contextmanager
def _knowledge_base(settings: Settings) -> Iterator[KnowledgeBase]:
    from bot.knowledge import open_knowledge_base
    from kb_connector.errors import KnowledgeBaseError

    if not settings.database_url:
        settings.var.mkdir(parents=True, exist_ok=True)
    try:
        yield open_knowledge_base(settings)
    except KnowledgeBaseError as error:
        raise SvaraError(str(error)) from error


def _options(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--option {each!r}: expected NAME=VALUE.")
        found[name.strip()] = value.strip()
    return found


def _try(changes: Iterable[object]) -> None:
    """Reads until the first article, or the end: that the address and the key are right."""
    from kb_connector import Article

    for change in changes:
        if isinstance(change, Article):
            click.echo(f"The first article: {change.title} ({change.lang})")
            return
    click.echo("It can be read, but has no article for us yet.")


def _gap_lines(gap: Gap) -> Iterable[str]:
    languages = ", ".join(f"{lang} {count}" for lang, count in gap.languages.items())
    yield f"{gap.count:4d} x {gap.question}  ({languages})"
    for text in gap.examples:
        yield f"         {text}"
    for lang, title in gap.elsewhere.items():
        yield f"       there is an article in {lang}: {title}"


def _named(sources: Sequence[tuple[str, Open]], names: Sequence[str]) -> list[tuple[str, Open]]:
    known = [name for name, _ in sources]
    for name in names:
        if name not in known:
            raise SvaraError(f"There is no source '{name}'; there are {', '.join(known)}.")
    return [(name, opener) for name, opener in sources if not names or name in names]


def _advance(bar: tqdm[NoReturn]) -> Progress:
    def advance(source: str, count: int) -> None:
        bar.n = count
        bar.set_description(source)

    return advance


def _outcome_lines(outcome: Outcome) -> Iterable[str]:
    if outcome.error:
        yield f"  {outcome.summary.source}: not synced: {outcome.error}"
        return
    yield str(outcome.summary)
    for failure in outcome.summary.failed:
        yield f"  failed: {failure.id}: {failure.reason}"
    for cleaned in outcome.summary.cleaned:
        yield f"  cleaned: {cleaned.id}: {cleaned.reason}"


def _run_lines(run: Run | None, between: dt.timedelta) -> Iterable[str]:
    from kb_connector.syncing import next_sync

    if run is None:
        yield "not synced yet; a running Svara does it at once"
        return
    went = (
        f"failed: {run.error}"
        if run.error
        else f"{run.new} new, {run.changed} changed, {run.removed} removed, {run.failed} failed"
    )
    yield f"last sync {run.finished:%Y-%m-%d %H:%M} UTC: {went}"
    yield f"next sync {next_sync(run, between):%Y-%m-%d %H:%M} UTC, while Svara runs"


def _problem_lines(wrong: Sequence[Problem]) -> Iterable[str]:
    for problem in wrong[:_SHOWN]:
        yield f"{problem.kind}: {problem.id}: {problem.reason}"
    if len(wrong) > _SHOWN:
        yield f"and {len(wrong) - _SHOWN} more"
