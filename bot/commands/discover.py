"""`svara discover`: what customers ask and no intent is for."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example, given_settings, var_option

if TYPE_CHECKING:
    from bot.trainer.discovery import Discovery, Rise, Topic

_SHOWN_EXAMPLES = 3


@click.command(epilog=example("svara discover", "svara discover --alerts --weeks 4"))
@click.option("--weeks", type=click.IntRange(2, 53), default=8, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--alerts", is_flag=True, help="Only what rises; exit code 1 if something does.")
@var_option
def discover(*, weeks: int, as_json: bool, alerts: bool, var: Path | None) -> None:
    """Group unhandled messages into proposed intents, and tell which topics rise."""
    from tqdm import tqdm

    from bot.storage.database import open_database
    from bot.trainer.discovery import discover as find

    engine = open_database(given_settings(var=var).database)
    with tqdm(disable=None, leave=False) as bar:

        def advance(what: str, done: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.set_description(what)

        found = find(engine, weeks=weeks, progress=advance)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(found, only_rising=alerts)))
    if alerts and found.alerts:
        raise SystemExit(1)


def _lines(found: Discovery, *, only_rising: bool) -> Iterable[str]:
    topics = [topic for topic in found.topics if topic.rise or not only_rising]
    for topic in topics:
        yield from _topic_lines(topic)
    for intent, rise in found.rising_intents.items():
        yield f"{intent} {_rises(rise)}"
    if found.rest.rise:
        yield f"What is none of these {_rises(found.rest.rise)}"
        for message in found.rest.examples[:_SHOWN_EXAMPLES]:
            yield f"         {message.text}"
    if only_rising and not found.alerts:
        yield "Nothing rises."
    if not only_rising:
        yield (
            f"{found.unhandled} unhandled messages: {len(found.topics)} topics; "
            f"{found.none_of_these} are none of these."
        )
    if found.left_out:
        yield f"{found.left_out} different messages were too many to look at: give fewer --weeks."


def _topic_lines(topic: Topic) -> Iterable[str]:
    languages = ", ".join(f"{language} {count}" for language, count in topic.languages.items())
    yield f"{topic.count:4d} x {topic.name}  ({languages})  {', '.join(topic.keywords)}"
    for message in topic.examples[:_SHOWN_EXAMPLES]:
        yield f"         {message.text}"
    if topic.near and topic.near.same:
        yield f"       looks like {topic.near.intent}"
    if topic.rise:
        yield f"       {_rises(topic.rise)}"


def _rises(rise: Rise) -> str:
    return f"rises: {rise.now} in 7 days, {rise.usual:.1f} in a usual week"
