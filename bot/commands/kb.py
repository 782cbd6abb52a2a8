"""`svara kb`: the articles."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example, given_settings, var_option
from bot.errors import SvaraError
from bot.settings import LANGUAGES, Settings

if TYPE_CHECKING:
    from kb_connector import KnowledgeBase

TEXT_CHARACTERS = 300


@click.group(epilog=example("svara kb sync", 'svara kb search "var är mitt paket" --lang sv'))
def kb() -> None:
    """Sync and search the knowledge base."""


@kb.command(epilog=example("svara kb sync", "svara kb sync --full"))
@click.option("--full", is_flag=True, help="Read every article, not only what changed.")
@var_option
def sync(full: bool, var: Path | None) -> None:
    """Take over what changed in the articles' folder."""
    from kb_connector import MarkdownSource

    settings = given_settings(var=var)
    with _knowledge_base(settings) as base:
        summary = base.sync(MarkdownSource(settings.kb_folder), full=full)
    click.echo(str(summary))
    for failed in summary.failed:
        click.echo(f"  failed: {failed.id}: {failed.reason}", err=True)
    if summary.failed:
        raise SystemExit(1)


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
