"""`svara test`: conversations that a model must not break."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import by_option, example, given_settings, var_option

if TYPE_CHECKING:
    from bot.trainer.stories import Story

_NONE = "There are no test stories. `svara test add CONVERSATION` makes one."
_KINDS = {"customer": "customer  ", "means": "   means  ", "bot": "     bot  "}
_FILE = click.Path(exists=True, path_type=Path)


@click.group(epilog=example("svara test stories", "svara test add webchat-4b1f0c2a"))
def test() -> None:
    """Play test stories to a model, make new ones of conversations, change and delete them."""


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
    from bot.trainer.stories import difference, run, write_junit
    from bot.trainer.training import model_to_start

    found = _stories(files)
    if not found:
        click.echo(_NONE)
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
        click.echo("If that is right, `svara test expect STORY` makes a story expect it.", err=True)
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
    until = f", up to “{story.before}”, which the bot did not understand" if story.before else ""
    click.echo(f"Written: {save(story, folder or STORIES_FOLDER)}{until}")


@test.command("list", epilog=example("svara test list"))
@click.argument("files", nargs=-1, type=_FILE)
def list_(files: Sequence[Path]) -> None:
    """Show the names of the test stories, and where they are.

    FILES are story files or folders of them; by default all of tests/stories.
    """
    found = _stories(files)
    for story in found:
        click.echo(f"{story.path}:{story.line}  {story.name}")
    if not found:
        click.echo(_NONE)


@test.command(
    epilog=example("svara test show 'Ring meg'", "svara test show tests/stories/ring-meg.yml")
)
@click.argument("story")
def show(story: str) -> None:
    """Show a test story as a conversation.

    STORY is its name, its file, or FILE:LINE as `svara test list` shows it.
    """
    from bot.trainer.stories import story_named
    from bot.trainer.stories.wording import to_read

    found = story_named(story)
    click.echo(f"{found.path}:{found.line}  {found.name}")
    for line in to_read(found):
        text = " ".join(line.text.split())
        click.echo(f"{_KINDS[line.kind]}{text}" + (f"  ({line.code})" if line.code else ""))


@test.command(
    epilog=example("svara test delete 'Ring meg'", "svara test delete tests/stories/hej.yml:3")
)
@click.argument("story")
@by_option
@var_option
def delete(story: str, by: str, var: Path | None) -> None:
    """Delete a test story; `svara test undo` brings it back.

    STORY is its name, its file, or FILE:LINE as `svara test list` shows it.
    """
    from bot.trainer.stories import delete as take_out
    from bot.trainer.stories import story_named

    done = take_out(given_settings(var=var), story_named(story), by)
    how = "with its file" if done.files[0].after is None else "from"
    click.echo(f"Deleted '{done.about}' {how} {done.path}. `svara test undo` brings it back.")


@test.command(
    epilog=example("svara test expect 'Ring meg'", "svara test expect 'Ring meg' --model 4dd3b8")
)
@click.argument("story")
@click.option(
    "--model", help="Its file, or the beginning of its name. Default: the one to start with."
)
@by_option
@var_option
def expect(story: str, model: str | None, by: str, var: Path | None) -> None:
    """Make a test story expect what a model does; `svara test undo` takes it back.

    STORY is its name, its file, or FILE:LINE as `svara test list` shows it.
    """
    from bot.trainer.models import find_model
    from bot.trainer.stories import Player, story_named
    from bot.trainer.stories import expect as renew
    from bot.trainer.training import model_to_start

    settings, found = given_settings(var=var), story_named(story)
    chosen = find_model(model) if model else model_to_start(settings, _told)
    done = renew(settings, found, Player(chosen), by)
    if done is None:
        click.echo(f"'{found.name}' expects what the model does already.")
        return
    click.echo(f"Changed: {done.path}. `git diff` shows how; `svara test undo` takes it back.")


@test.command(epilog=example("svara test undo", "svara test undo 3"))
@click.argument("change", type=int, required=False)
@by_option
@var_option
def undo(change: int | None, by: str, var: Path | None) -> None:
    """Take back what was done last: a test story deleted, or made to expect something else.

    CHANGE is the number of another change; the names of the files in var/stories have it.
    """
    from bot.trainer.stories import changes
    from bot.trainer.stories import undo as take_back

    settings = given_settings(var=var)
    if change is None:
        change = next((each.id for each in changes(settings) if each.undone_at is None), None)
    if change is None:
        click.echo("There is nothing to take back.")
        return
    done = take_back(settings, change, by)
    click.echo(f"'{done.about}' is as it was before it was {done.what}: {done.path}")


def _stories(files: Sequence[Path]) -> list[Story]:
    from bot.trainer.stories import STORIES_FOLDER, read_folder, read_stories

    return [
        story
        for path in files or [STORIES_FOLDER]
        for story in (read_stories(path) if path.is_file() else read_folder(path))
    ]


def _told(line: str) -> None:
    click.echo(line, err=True)
