"""`svara inbox`, from a customer's words to a line in a file and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from inbox_world import World, nlu, write_files

from bot.cli import main
from bot.storage.database import open_database
from bot.trainer.models.live import ship


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project in the working directory."""
    write_files(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "nlu").rename(tmp_path / "data/nlu")
    (tmp_path / "var").mkdir()
    monkeypatch.chdir(tmp_path)
    made = World(open_database(f"sqlite:///{tmp_path / 'var/svara.db'}"), tmp_path / "data")
    made.say("my parcel never came")
    made.say("My parcel never came!")
    made.say("is a gift card all right", nlu(language="en"))
    made.say("Track my order", data={"payload": "/order_status"})
    made.say("where is my parcel")
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["inbox", *arguments])


def test_what_customers_said_is_collected_listed_labelled_and_taken_back(world: World) -> None:
    assert "4 messages: 3 new, 1 said before, 1 passed over." in run("collect").output
    listed = run("list").output
    assert "2 x en my parcel never came  (60% order_status) [open]" in listed
    assert "2 of 2; 1 more the model knows already (--state known)." in listed
    assert "1 of 1." in run("list", "--state", "known").output
    assert "0 of 0" in run("list", "--lang", "sv").output
    number = str(world.review("my parcel never came").id)
    before = world.file("en/order_status.yml")
    labelled = run("label", number, "--accept", "--by", "anna")
    assert labelled.exit_code == 0, labelled.output
    assert f"written: {Path('data/nlu/en/order_status.yml')}" in labelled.output
    assert world.file("en/order_status.yml") == before + "    - my parcel never came\n"
    stats = run("stats").output
    assert "4 messages: 1 known, 1 labelled, 1 open" in stats
    assert "anna: accept 1" in stats
    assert "Taken back: accept." in run("undo", "--by", "anna").output
    assert world.file("en/order_status.yml") == before


def test_the_language_is_corrected_by_command(world: World) -> None:
    run("collect")
    number = str(world.review("is a gift card all right").id)
    assert " nb is a gift card" in run("language", number, "nb", "--by", "anna").output
    again = run("language", number, "nb", "--by", "anna")
    assert again.exit_code != 0
    assert "already" in again.output


def test_predict_says_what_was_read_and_what_is_missing(world: World) -> None:
    run("collect")
    assert "No model was ever shipped" in run("predict").output
    model = Path("models/svara-new.tar.gz")
    model.parent.mkdir()
    model.write_bytes(b"")
    ship(world.engine, model, "anna")
    broken = run("predict")
    assert broken.exit_code != 0
    assert "svara-new" in broken.output


def test_a_new_intent_and_not_for_the_bot(world: World) -> None:
    run("collect")
    number = str(world.review("is a gift card all right").id)
    done = run("label", number, "gift_card", "--new", "--by", "anna")
    assert "svara data answer gift_card" in done.output
    assert "- gift_card" in Path("domain.yml").read_text()
    other = str(world.review("my parcel never came").id)
    assert "[not_for_bot]" in run("label", other, "--not-for-bot", "--by", "anna").output


def test_what_cannot_be_done_is_said_and_changes_nothing(world: World) -> None:
    run("collect")
    number = str(world.review("my parcel never came").id)
    wrong = run("label", number, "ordr_status", "--by", "anna")
    assert wrong.exit_code == 2
    assert "Did you mean order_status" in wrong.output
    assert run("label", "999", "--accept").exit_code == 2
    assert "Name an intent" in run("label", number).output
    assert "nothing that could be taken back" in run("undo", "--by", "anna").output
    run("label", number, "order_status", "--by", "anna")
    late = run("label", number, "refund_status", "--by", "bo", "--version", "1")
    assert "anna was faster" in late.output
