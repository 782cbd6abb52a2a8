"""`svara inbox`: what customers have said, for trainers to label."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import by_option, example, given_settings, var_option
from bot.commands.progress import bar
from bot.errors import SvaraError
from bot.settings import LANGUAGES

if TYPE_CHECKING:
    from bot.trainer.inbox import Inbox, Review

_TEXT_CHARACTERS = 100


@click.group(epilog=example("svara inbox list", "svara inbox label 17 order_status"))
def inbox() -> None:
    """Look through what customers have said, and label it."""


@inbox.command(epilog=example("svara inbox collect"))
@var_option
def collect(var: Path | None) -> None:
    """Take in what customers have said since the last time. A running Svara does so by itself."""
    from bot.trainer.inbox import collect as take

    with _inbox(var) as box, bar() as progress:
        found = take(box.engine, box.folder, progress=progress)
    click.echo(
        f"{found.messages} messages: {found.new} new, {found.merged} said before, "
        f"{found.passed_over} passed over."
    )


@inbox.command(epilog=example("svara inbox predict"))
@var_option
def predict(var: Path | None) -> None:
    """Have the live model read what it has not read. A running Svara does so by itself."""
    from bot.trainer.inbox import predict as read

    with _inbox(var) as box, bar() as progress:
        found = read(box.engine, progress=progress)
    if found.model is None:
        click.echo("No model was ever shipped: what messages had in their turn is the newest.")
        return
    click.echo(f"{found.messages} messages read by {found.model}; {found.changed} changed.")


@inbox.command("list", epilog=example("svara inbox list --lang sv --impact rejected"))
@click.option("--lang", type=click.Choice(LANGUAGES), help="Only this language.")
@click.option("--channel", help="Only this channel.")
@click.option("--intent", help="Only those that the model took for this.")
@click.option(
    "--impact",
    type=click.Choice(["fell_back", "rejected", "handed_off", "upset"]),
    help="Only those that went wrong in this way.",
)
@click.option(
    "--state",
    type=click.Choice(["open", "known", "labelled", "skipped", "not_for_bot", "split"]),
    default="open",
    show_default=True,
)
@click.option("--words", help="Only those with these words in them.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@click.option("--after", type=int, metavar="ID", help="Only those that follow this one.")
@var_option
def list_(
    *,
    lang: str | None,
    channel: str | None,
    intent: str | None,
    impact: str | None,
    state: str,
    words: str | None,
    limit: int,
    after: int | None,
    var: Path | None,
) -> None:
    """Show what is to be labelled, what teaches most first."""
    from bot.storage.database import reading
    from bot.trainer.inbox import Filter, counts, open_reviews

    which = Filter(
        (state,), language=lang, channel=channel, intent=intent, impact=impact, words=words
    )
    with _inbox(var) as box, reading(box.engine) as connection:
        page = open_reviews(connection, which, limit, after)
        total = counts(connection, which).by_state
    for review in page.reviews:
        click.echo(_line(review))
    known = total.get("known", 0)
    hidden = f"; {known} more the model knows already (--state known)" if state == "open" else ""
    click.echo(f"{len(page.reviews)} of {total.get(state, 0)}{hidden}.")
    if page.next is not None:
        click.echo(f"Go on with --after {page.next}.")


@inbox.command(
    epilog=example(
        "svara inbox label 17 order_status",
        "svara inbox label 18 --accept",
        "svara inbox label 19 gift_card --new",
        "svara inbox label 20 --not-for-bot",
    )
)
@click.argument("review", type=int)
@click.argument("intent", required=False)
@click.option("--accept", is_flag=True, help="The intent that is suggested.")
@click.option("--new", is_flag=True, help="Make the intent: INTENT in any words.")
@click.option("--not-for-bot", is_flag=True, help="Set it aside: the bot need not understand it.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language; default as it was heard.")
@click.option("--version", type=int, help="Only if nobody has changed it since this version.")
@by_option
@var_option
def label(
    *,
    review: int,
    intent: str | None,
    accept: bool,
    new: bool,
    not_for_bot: bool,
    lang: str | None,
    version: int | None,
    by: str,
    var: Path | None,
) -> None:
    """Label one message: its text becomes an example of the intent in data/nlu."""
    from bot.storage.database import reading
    from bot.trainer import inbox as actions
    from bot.trainer.inbox import Seen, get_review

    if (intent is None) != (accept or not_for_bot) or (accept and not_for_bot):
        raise click.UsageError("Name an intent, or give --accept or --not-for-bot.")
    with _inbox(var) as box:
        with reading(box.engine) as connection:
            seen = Seen(review, version or get_review(connection, review).version)
        if not_for_bot:
            done = actions.not_for_bot(box, seen, by)
        elif intent is None:
            done = actions.accept(box, seen, by, language=lang)
        elif new:
            done = actions.new_intent(box, seen, by, intent, language=lang)
        else:
            done = actions.relabel(box, seen, by, intent, language=lang)
    click.echo(_line(done.review))
    for path in done.files:
        click.echo(f"  written: {path}")
    for note in done.notes:
        click.echo(f"  {note}")
    if new:
        click.echo(f"  write its answer: svara data answer {done.review.intent}")
    click.echo(f"  take it back: svara inbox undo {done.action_id}")


@inbox.command(epilog=example("svara inbox language 17 nb"))
@click.argument("review", type=int)
@click.argument("language", type=click.Choice(LANGUAGES))
@by_option
@var_option
def language(review: int, language: str, by: str, var: Path | None) -> None:
    """Say which language a message is in: its example goes to that language's file."""
    from bot.storage.database import reading
    from bot.trainer import inbox as actions
    from bot.trainer.inbox import Seen, get_review

    with _inbox(var) as box:
        with reading(box.engine) as connection:
            seen = Seen(review, get_review(connection, review).version)
        done = actions.set_language(box, seen, by, language)
    click.echo(_line(done.review))
    click.echo(f"  take it back: svara inbox undo {done.action_id}")


@inbox.command(epilog=example("svara inbox undo", "svara inbox undo 41"))
@click.argument("action", type=int, required=False)
@by_option
@var_option
def undo(action: int | None, by: str, var: Path | None) -> None:
    """Take back the last thing you did, or the action of this number."""
    from bot.trainer import inbox as actions

    with _inbox(var) as box:
        done = actions.undo(box, by, action)
    for note in done.notes:
        click.echo(note)
    click.echo(_line(done.review))
    for path in done.files:
        click.echo(f"  written: {path}")


@inbox.command(epilog=example("svara inbox stats", "svara inbox stats --days 7"))
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True)
@var_option
def stats(days: int, var: Path | None) -> None:
    """Show how the inbox stands, and who has done how much."""
    import time

    from bot.storage.database import reading
    from bot.trainer.inbox import stats as look

    with _inbox(var) as box, reading(box.engine) as connection:
        found = look(connection, time.time() - days * 86_400)
    states = ", ".join(f"{number} {state}" for state, number in sorted(found.reviews.items()))
    click.echo(f"{found.messages} messages: {states or 'none yet; `svara inbox collect`'}")
    for who, done in found.done.items():
        click.echo(f"{who}: " + ", ".join(f"{name} {number}" for name, number in done.items()))
    for intent, number in found.labels.items():
        click.echo(f"{number:5d} {intent}")


@contextmanager
def _inbox(var: Path | None) -> Iterator[Inbox]:
    from sqlalchemy.exc import SQLAlchemyError

    from bot.storage.database import open_database
    from bot.trainer.inbox import Inbox

    settings = given_settings(var=var)
    if not settings.database_url:
        settings.var.mkdir(parents=True, exist_ok=True)
    try:
        yield Inbox(open_database(settings.database))
    except SQLAlchemyError as error:
        raise SvaraError(f"The database cannot be used now: {error}") from error


def _line(review: Review) -> str:
    text = review.draft or review.text
    if len(text) > _TEXT_CHARACTERS:
        text = text[: _TEXT_CHARACTERS - 1] + "…"
    heard = f"{review.confidence:.0%} {review.predicted}" if review.predicted else "nothing heard"
    label = f" -> {review.intent}" if review.intent else ""
    chosen = f", chosen: {review.chosen}" if review.chosen else ""
    return (
        f"{review.id:6d} {review.count:4d} x {review.language} {text}"
        f"  ({heard}{chosen}){label} [{review.state}]"
    )
