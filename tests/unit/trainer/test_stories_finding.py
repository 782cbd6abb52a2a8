"""The test stories that a conversation was made into are found by what the customer says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import events
from bot.trainer.stories import Done, Said, Story, save, story_from
from bot.trainer.stories.finding import StoriesFound, stories_of


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    yield open_database(f"sqlite:///{tmp_path / 'svara.db'}")
    open_database.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "stories"


def talk(engine: Engine, conversation_id: str, *said: str, lost: str = "") -> None:
    """Keeps a conversation.

    Args:
        lost: the one of the messages that the bot does not understand.
    """
    with transaction(engine) as connection:
        conversations.start(connection, conversation_id, "webchat", language="sv")
        for text in said:
            parsed = {"intent": {"name": "nlu_fallback" if text == lost else "order_status"}}
            did = "action_not_understood" if text == lost else "action_answer"
            for event in (
                {"event": "user", "text": text, "parse_data": parsed},
                {"event": "action", "name": did},
                {"event": "action", "name": "action_listen"},
            ):
                row = {"sender_id": conversation_id, "type_name": event["event"]}
                connection.execute(events.insert().values(**row, data=json.dumps(event)))


def found(engine: Engine, folder: Path, *ids: str) -> StoriesFound:
    with reading(engine) as connection:
        return stories_of(connection, ids, folder)


def test_a_story_is_found_whatever_the_bot_is_to_do_in_it_now(engine: Engine, folder: Path) -> None:
    talk(engine, "web-1", "jag heter Anna Berg, mejla anna@exempel.se", "var är NL-104823?")
    talk(engine, "web-2", "var är NL-104823?")
    with reading(engine) as connection:
        path = save(story_from(connection, "web-1", "the name is another"), folder)
    assert found(engine, folder, "web-1") == StoriesFound((path,), ())
    assert found(engine, folder, "web-2", "web-nobody") == StoriesFound((), ())
    path.write_text(path.read_text().replace("action_answer", "utter_greet"))
    assert found(engine, folder, "web-2", "web-1").files == (path,)
    path.write_text(path.read_text().replace("var är", "vart är"))
    assert found(engine, folder, "web-1").files == ()


def test_a_file_that_cannot_be_read_is_told_and_holds_up_nothing(
    engine: Engine, folder: Path
) -> None:
    talk(engine, "web-1", "var är den?")
    with reading(engine) as connection:
        path = save(story_from(connection, "web-1"), folder)
    broken = folder / "broken.yml"
    broken.write_text("stories: [")
    assert found(engine, folder, "web-1") == StoriesFound((path,), (broken,))


def test_without_a_folder_there_is_no_story(engine: Engine, folder: Path) -> None:
    talk(engine, "web-1", "var är den?")
    assert found(engine, folder, "web-1") == StoriesFound((), ())


def older(folder: Path, *said: str) -> Path:
    """A story as it was made before stories ended where the bot did not understand."""
    steps = [step for text in said for step in (Said(text, None), Done("action_answer"))]
    return save(Story(said[0], tuple(steps)), folder)


def test_a_story_is_found_that_goes_on_after_what_was_not_understood_and_one_that_does_not(
    engine: Engine, folder: Path
) -> None:
    words = ("jag heter Anna Berg", "qwerty", "hej då")
    talk(engine, "web-1", *words, lost="qwerty")
    before = older(folder, "jag heter Kim Exempelsson", *words[1:])
    with reading(engine) as connection:
        now = save(story_from(connection, "web-1"), folder)
    assert now != before
    assert found(engine, folder, "web-1").files == tuple(sorted((before, now)))


def test_an_older_story_is_found_of_which_none_would_be_made_today(
    engine: Engine, folder: Path
) -> None:
    talk(engine, "web-1", "qwerty", "hej då", lost="qwerty")
    path = older(folder, "qwerty", "hej då")
    assert found(engine, folder, "web-1").files == (path,)
