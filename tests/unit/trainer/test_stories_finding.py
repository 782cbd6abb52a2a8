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
from bot.trainer.stories import save, story_from
from bot.trainer.stories.finding import StoriesFound, stories_of


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    yield open_database(f"sqlite:///{tmp_path / 'svara.db'}")
    open_database.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "stories"


def talk(engine: Engine, conversation_id: str, *said: str) -> None:
    with transaction(engine) as connection:
        conversations.start(connection, conversation_id, "webchat", language="sv")
        for text in said:
            parsed = {"intent": {"name": "order_status"}}
            for event in (
                {"event": "user", "text": text, "parse_data": parsed},
                {"event": "action", "name": "action_answer"},
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
