"""Models on disk and in the database: which one is live, going back, what is kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.errors import ModelRefused, ModelUnknown, NluError
from bot.storage.database import open_database, reading, transaction
from bot.storage.model_tables import servers
from bot.trainer.examples import Example
from bot.trainer.models import find_model, go_back, history, list_models, live, previous, ship
from bot.trainer.models.live import say_working, working
from bot.trainer.models.notes import add_to_notes, examples_path, keep_examples, read_notes
from bot.trainer.models.registry import KEPT, forget_old
from bot.trainer.models.ship_job import pin, wait_for_servers


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'svara.db'}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


def model(folder: Path, name: str, age: float = 0) -> Path:
    path = folder / f"svara-{name}.tar.gz"
    path.write_bytes(b"a model")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def now_live(engine: Engine) -> str | None:
    with reading(engine) as connection:
        found = live(connection)
    return None if found is None else found.model


def test_the_model_shipped_last_is_live_and_the_note_says_who(engine: Engine, folder: Path) -> None:
    first, second = model(folder, "a"), model(folder, "b")
    assert now_live(engine) is None
    ship(engine, first, "kim")
    ship(engine, second, "alex", gate={"passed": True})
    assert now_live(engine) == second.name
    assert [each["by"] for each in read_notes(second).shipped] == ["alex"]
    with reading(engine) as connection:
        before, past = previous(connection), history(connection)
    assert before is not None and before.model == first.name
    assert [(each.model, each.by) for each in past] == [(second.name, "alex"), (first.name, "kim")]


def test_going_back_twice_goes_forth_again(engine: Engine, folder: Path) -> None:
    first, second = model(folder, "a"), model(folder, "b")
    ship(engine, first, "kim")
    with pytest.raises(ModelUnknown, match="no model to go back to"):
        go_back(engine, folder, "kim")
    ship(engine, second, "kim")
    assert go_back(engine, folder, "kim").why == "back"
    assert now_live(engine) == first.name
    go_back(engine, folder, "kim")
    assert now_live(engine) == second.name


def test_going_back_to_a_file_that_is_gone_changes_nothing(engine: Engine, folder: Path) -> None:
    first, second = model(folder, "a"), model(folder, "b")
    ship(engine, first, "kim")
    ship(engine, second, "kim")
    first.unlink()
    with pytest.raises(ModelUnknown, match="no model"):
        go_back(engine, folder, "kim")
    assert now_live(engine) == second.name


def test_old_models_are_forgotten_but_never_the_live_one_or_the_one_before(
    engine: Engine, folder: Path
) -> None:
    old = [model(folder, f"old{number}", 1000 - number) for number in range(6)]
    keep_examples(old[2], [Example("hi", "greet", "en")])
    ship(engine, old[0], "kim")
    ship(engine, old[1], "kim")
    newest = model(folder, "new")
    for path in old[:2]:
        add_to_notes(path, shipped=[])  # as if the notes were lost: the database knows it, too
    with reading(engine) as connection:
        forget_old(newest, connection)
    left = {path.name for path in folder.glob("*.tar.gz")}
    assert {newest.name, old[0].name, old[1].name} <= left
    assert len(left) == KEPT + 2
    forget_old(newest, None, kept=1)
    assert {path.name for path in folder.iterdir() if path.suffix == ".gz"} == {newest.name}
    assert not examples_path(old[2]).exists()


def test_what_another_installation_shipped_is_kept(engine: Engine, folder: Path) -> None:
    theirs, newest = model(folder, "theirs", 1000), model(folder, "new")
    ship(engine, theirs, "kim")
    forget_old(newest, None, kept=1)
    assert theirs.exists()


def test_the_list_marks_live_and_before(engine: Engine, folder: Path) -> None:
    first, second = model(folder, "a", 100), model(folder, "b", 50)
    third = model(folder, "c", 10)
    ship(engine, first, "kim")
    ship(engine, second, "kim")
    with reading(engine) as connection:
        found = {each.path: (each.live, each.previous) for each in list_models(connection, folder)}
    assert found == {first: (False, True), second: (True, False), third: (False, False)}


def test_a_model_is_found_by_the_beginning_of_its_name(folder: Path) -> None:
    first, second = model(folder, "abc1"), model(folder, "abd2")
    assert find_model("svara-abc", folder) == find_model("abc", folder) == first
    assert find_model(second.name, folder) == find_model(str(second), folder) == second
    for name in ("ab", "x", ""):
        with pytest.raises(ModelUnknown, match="svara-abc1, svara-abd2"):
            find_model(name, folder)


def test_notes_that_are_damaged_are_an_error_that_names_the_file(folder: Path) -> None:
    path = model(folder, "a")
    (folder / "svara-a.json").write_text("{")
    with pytest.raises(NluError, match=r"svara-a\.json"):
        read_notes(path)


def test_before_the_first_ship_what_servers_answer_with_is_pinned(
    engine: Engine, folder: Path
) -> None:
    working_one, newer = model(folder, "a", 100), model(folder, "b")
    say_working(engine, "host:1", working_one.name)
    assert pin(engine, folder) == working_one != newer
    assert now_live(engine) == working_one.name


def test_a_model_that_a_server_refuses_is_taken_back(engine: Engine, folder: Path) -> None:
    good, bad = model(folder, "good"), model(folder, "bad")
    ship(engine, good, "kim")
    say_working(engine, "host:1", good.name)
    ship(engine, bad, "kim")
    say_working(engine, "host:1", good.name, refused=bad.name, error="It is damaged.")
    with pytest.raises(
        ModelRefused, match=r"It is damaged\. Customers are still answered by svara-good"
    ):
        wait_for_servers(engine, bad)
    assert now_live(engine) == good.name


def test_servers_that_are_gone_are_not_waited_for(engine: Engine, folder: Path) -> None:
    one, two = model(folder, "a"), model(folder, "b")
    say_working(engine, "host:1", one.name)
    with transaction(engine) as connection:
        connection.execute(servers.update().values(seen_at=time.time() - 60))
    say_working(engine, "host:2", two.name)
    assert wait_for_servers(engine, two) == 1
    with reading(engine) as connection:
        assert [each.name for each in working(connection)] == ["host:2"]
    with pytest.raises(ModelRefused, match="host:2 still answers with another"):
        wait_for_servers(engine, one, seconds=0)
