"""`svara test`: conversations that a model must not break."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bot.commands.options import example, given_settings, var_option

_FILE = click.Path(exists=True, path_type=Path)


@click.group(epilog=example("svara test stories", "svara test add webchat-4b1f0c2a"))
def test() -> None:
    """Play test stories to a model, and make new ones of conversations."""


@test.command(
    epilog=example("svara test stories", "svara test stories tests/stories/hello.yml --junit o.xml")
)
@click.argument("files", nargs=-1, type=_FILE)
@click.option(
    "--model", help="Its file, or the beginning of its name. Default: the one to start with."
)
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the results, as build servers read them.",
)
@var_option
def stories(files: Sequence[Path], model: str | None, junit: Path | None, var: Path | None) -> None:
    """Play test stories to a model; the exit code is 1 when it breaks one.

    FILES are story files or folders of them; by default all of tests/stories.
    """
    from bot.commands.progress import bar
    from bot.trainer.models import find_model
    from bot.trainer.stories import (
        STORIES_FOLDER,
        difference,
        read_folder,
        read_stories,
        run,
        write_junit,
    )
    from bot.trainer.training import model_to_start

    found = [
        story
        for path in files or [STORIES_FOLDER]
        for story in (read_stories(path) if path.is_file() else read_folder(path))
    ]
    if not found:
        click.echo("There are no test stories. `svara test add CONVERSATION` makes one.")
        return
    chosen = find_model(model) if model else model_to_start(given_settings(var=var), _told)
    with bar() as progress:
        results = run(found, chosen, progress)
    failed = [result for result in results if not result.passed]
    for result in failed:
        click.echo(f"{difference(result)}\n")
    if junit is not None:
        write_junit(results, junit)
    seconds = sum(result.seconds for result in results)
    click.echo(f"{len(results) - len(failed)} of {len(results)} stories passed in {seconds:.1f} s.")
    if failed:
        raise SystemExit(1)


@test.command(epilog=example("svara test add webchat-4b1f0c2a --name 'A parcel that is late'"))
@click.argument("conversation")
@click.option("--name", help="The story's name. Default: the customer's first words.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Default: tests/stories."
)
@var_option
def add(conversation: str, name: str | None, folder: Path | None, var: Path | None) -> None:
    """Make a test story of a conversation, with made-up names and numbers."""
    from bot.storage.database import open_database, reading
    from bot.trainer.stories import STORIES_FOLDER, save, story_from

    settings = given_settings(var=var)
    with reading(open_database(settings.database)) as connection:
        story = story_from(connection, conversation, name)
    click.echo(f"Written: {save(story, folder or STORIES_FOLDER)}")


def _told(line: str) -> None:
    click.echo(line, err=True)
