"""The newest model's word on what waits in the inbox, and what the model of its turn had said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from inbox_world import ANNA, World, a_world, letters, nlu

from bot.errors import ModelUnknown
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs as jobs_table
from bot.storage.model_tables import shipped
from bot.storage.trainer_tables import reviews
from bot.trainer import inbox
from bot.trainer.inbox import Filter, Seen, Then, predicting, running
from bot.trainer.models.live import FOUND, ship
from tests.databases import own_database

LATE = "my parcel never came"
ODD = "the zipper of it is gone"
KNOWN = "has it been sent off"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        yield a_world(tmp_path)
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield a_world(tmp_path, url)


def ship_model(world: World, name: str) -> None:
    model = world.folder / "models" / f"svara-{name}.tar.gz"
    model.parent.mkdir(exist_ok=True)
    model.write_bytes(b"")
    ship(world.engine, model, ANNA)


class Model:
    """Stands for a model's pipeline: says the same of everything, but of what it is told.

    Attributes:
        asked: the texts that it was asked about.
    """

    def __init__(self, told: Mapping[str, dict[str, Any]] | None = None) -> None:
        self.told = told or {}
        self.asked: list[str] = []
        self.loaded: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def load(self, path: Path) -> predicting.Parse:
        self.loaded.append(path.name)
        return self.parse

    def parse(self, texts: Sequence[str]) -> list[Mapping[str, Any]]:
        self.asked += texts
        self.meanwhile()
        said = [self.told.get(text, nlu("refund_status", 0.9, fell_back=False)) for text in texts]
        return [{"intent": each["intent"], "intent_ranking": each["ranking"]} for each in said]


def predict(world: World, model: Model, **how: Any) -> inbox.Predicted:
    folders = world.folder / "models", world.folder / "nlu"
    return inbox.predict(world.engine, *folders, load=model.load, encode=letters, **how)


def waiting(world: World) -> int:
    with reading(world.engine) as connection:
        return inbox.waiting(connection)


def collected(world: World) -> None:
    world.say(LATE, nlu("order_status", 0.5))
    world.say(ODD, nlu("return_item", 0.4))
    world.say(KNOWN, nlu("order_status", 0.95, fell_back=False))
    world.collect()


def test_what_waits_is_what_the_newest_model_says_and_what_was_said_stays(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    unsure = nlu("return_item", 0.45, second="refund_status")
    model = Model({ODD: unsure, KNOWN: nlu("order_status", 0.6)})
    found = predict(world, model)
    assert (found.model, found.messages, found.changed) == ("svara-new.tar.gz", 3, 1)
    late = world.review(LATE)
    assert (late.predicted, late.confidence, late.suggested) == (
        "refund_status",
        0.9,
        LATE and "refund_status",
    )
    assert late.then == Then("order_status", 0.5, answered=False)
    # The model knows the one by now, and no longer the other.
    states = {review.text: review.state for review in world.reviews()}
    assert states == {LATE: "known", ODD: "open", KNOWN: "open"}
    assert world.review(KNOWN).then == Then("order_status", 0.95, answered=True)
    assert [each.intent for each in world.review(ODD).ranking] == ["return_item", "refund_status"]
    with reading(world.engine) as connection:
        by_intent = inbox.open_reviews(connection, Filter(("known",), intent="refund_status"))
    assert [review.text for review in by_intent.reviews] == [LATE]


def test_the_ranking_is_the_real_one_and_not_the_thresholds(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    predict(world, Model({LATE: nlu("return_item", 0.31)}))
    late = world.review(LATE)
    assert (late.predicted, late.confidence, late.answered) == ("return_item", 0.31, False)


def test_the_order_is_made_anew(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    sure = nlu("order_status", 0.74, second="return_item")
    wavering = nlu("order_status", 0.4, second="return_item")
    predict(world, Model({LATE: sure, ODD: wavering, KNOWN: sure}))
    assert world.reviews()[0].text == ODD
    predict(world, Model())
    ship_model(world, "newer")
    predict(world, Model({LATE: wavering, ODD: sure, KNOWN: sure}))
    assert world.reviews()[0].text == LATE


def test_a_rejected_answer_stays_open_though_the_model_is_sure(world: World) -> None:
    conversation = world.say(LATE, nlu("order_status", 0.9, fell_back=False), buttons=["/deny"])
    world.say("no", nlu("article_not_helpful", 0.9, fell_back=False), conversation=conversation)
    world.collect()
    ship_model(world, "new")
    predict(world, Model())
    assert world.review(LATE).state == "open"


def test_redacted_places_are_read_with_a_value_in_them(world: World) -> None:
    world.say("where is NL-104823 then")
    world.collect()
    ship_model(world, "new")
    model = Model()
    predict(world, model)
    (asked,) = model.asked
    assert asked.startswith("where is NL-900")


def test_without_a_shipped_model_nothing_is_read(world: World) -> None:
    collected(world)
    assert waiting(world) == 0
    assert predict(world, Model()) == inbox.Predicted(None, 0, 0)
    assert world.review(LATE).then is None


def test_reading_twice_reads_once_and_the_first_word_is_kept_over_two_models(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    predict(world, Model())
    assert waiting(world) == 0
    again = Model()
    assert predict(world, again).messages == 0
    assert again.loaded == []
    ship_model(world, "newer")
    assert waiting(world) == 3
    predict(world, Model({LATE: nlu("return_item", 0.5)}))
    late = world.review(LATE)
    assert late.predicted == "return_item"
    assert late.then == Then("order_status", 0.5, answered=False)


def test_a_message_that_the_live_model_has_answered_is_not_read_again(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    with transaction(world.engine) as connection:
        connection.execute(shipped.update().values(shipped_at=time.time() - 1000))
    assert waiting(world) == 0
    with transaction(world.engine) as connection:
        connection.execute(reviews.update().values(last_at=time.time() - 2000))
    assert waiting(world) == 3


def test_a_model_that_was_found_at_work_has_answered_the_messages_itself(world: World) -> None:
    collected(world)
    ship_model(world, "old")
    with transaction(world.engine) as connection:
        connection.execute(shipped.update().values(why=FOUND))
    assert waiting(world) == 0
    ship_model(world, "new")
    assert waiting(world) == 3


def test_when_it_is_said_again_the_turns_own_prediction_is_the_newest(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    predict(world, Model())
    with transaction(world.engine) as connection:
        connection.execute(shipped.update().values(shipped_at=time.time() - 1000))
    world.say(LATE, nlu("return_item", 0.66))
    world.collect()
    late = world.review(LATE)
    assert (late.predicted, late.confidence, late.then) == ("return_item", 0.66, None)
    assert waiting(world) == 0


def test_what_a_trainer_has_done_is_left_alone(world: World) -> None:
    collected(world)
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    inbox.skip(world.inbox, world.seen(ODD), ANNA)
    ship_model(world, "new")
    model = Model()
    predict(world, model)
    assert model.asked == [KNOWN]
    assert world.review(LATE).predicted == "order_status"
    inbox.undo(world.inbox, ANNA)
    assert waiting(world) == 1


def test_a_label_given_while_the_model_reads_is_kept(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    model = Model()
    model.meanwhile = lambda: inbox.accept(world.inbox, world.seen(LATE), ANNA) and None
    predict(world, model)
    late = world.review(LATE)
    assert (late.state, late.intent, late.predicted) == ("labelled", "order_status", "order_status")


def test_accepted_is_what_the_trainer_saw_though_the_model_has_changed_its_mind(
    world: World,
) -> None:
    collected(world)
    late = world.review(LATE)
    ship_model(world, "new")
    predict(world, Model())
    seen = Seen(late.id, late.version, late.suggested)
    assert inbox.accept(world.inbox, seen, ANNA).review.intent == "order_status"
    odd = world.review(ODD)
    (told,) = inbox.bulk(world.inbox, [Seen(odd.id, odd.version, "return_item")], ANNA, "accept")
    assert told.done is not None and told.done.review.intent == "return_item"


def test_the_parts_of_a_split_message_get_a_prediction(world: World) -> None:
    world.say("where is it and how do i send it back")
    world.collect()
    ship_model(world, "new")
    predict(world, Model())
    seen = world.seen("where is it and how do i send it back")
    inbox.split(world.inbox, seen, ANNA, ["where is it", "how do i send it back"])
    assert waiting(world) == 2
    predict(world, Model({"where is it": nlu("order_status", 0.7)}))
    part = world.review("where is it")
    assert (part.predicted, part.then) == ("order_status", Then(None, None, answered=False))
    sure = world.review("how do i send it back")
    assert sure.answered and (part.state, sure.state) == ("open", "open"), "it is to be labelled"
    inbox.undo(world.inbox, ANNA)
    assert [review.state for review in world.reviews()] == ["known"]


def test_a_message_that_a_trainer_has_worked_on_stays_however_sure_the_model_is(
    world: World,
) -> None:
    world.say("my parcell is late")
    world.collect()
    inbox.edit(world.inbox, world.seen("my parcell is late"), ANNA, "my parcel is late")
    ship_model(world, "new")
    predict(world, Model())
    review = world.review("my parcell is late")
    assert review.answered and review.state == "open"
    world.say("my parcell is late")
    world.collect()
    assert world.review("my parcell is late").state == "open"


def test_broken_off_it_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "AT_ONCE", 2)
    collected(world)
    ship_model(world, "new")
    model = Model()
    told: list[tuple[int, int]] = []

    def progress(what: str, done: int, total: int) -> None:
        told.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        predict(world, model, progress=progress)
    assert told == [(2, 3)]
    assert waiting(world) == 1
    predict(world, model)
    assert sorted(model.asked) == sorted([LATE, ODD, KNOWN])


def test_a_model_shipped_meanwhile_reads_what_the_one_before_has_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "AT_ONCE", 2)
    collected(world)
    ship_model(world, "new")
    model = Model()

    def meanwhile() -> None:
        model.meanwhile = lambda: None
        ship_model(world, "newer")

    model.meanwhile = meanwhile
    assert predict(world, model).model == "svara-newer.tar.gz"
    assert model.loaded == ["svara-new.tar.gz", "svara-newer.tar.gz"]
    assert waiting(world) == 0


def test_a_model_whose_file_is_gone_is_told(world: World) -> None:
    collected(world)
    ship_model(world, "new")
    (world.folder / "models" / "svara-new.tar.gz").unlink()
    with pytest.raises(ModelUnknown, match="svara-new"):
        predict(world, Model())


def test_the_job_starts_by_itself_and_not_again_when_it_failed(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    settings = Settings(var=world.folder, database_url=f"sqlite:///{world.folder / 'svara.db'}")
    assert running.start_reading(world.engine, settings) is None
    collected(world)
    ship_model(world, "new")  # which is no model that could be loaded
    job = running.start_reading(world.engine, settings)
    assert job is not None and job.kind == "predict"
    assert running.start_reading(world.engine, settings) is None
    until = time.monotonic() + 60
    while (state := _state(world)) == "running" and time.monotonic() < until:
        time.sleep(0.1)
    assert state == "failed"
    assert running.start_reading(world.engine, settings) is None
    ship_model(world, "newer")
    with transaction(world.engine) as connection:
        connection.execute(jobs_table.update().values(started_at=0.0))
    assert running.start_reading(world.engine, settings) is not None
    until = time.monotonic() + 60
    while _state(world) == "running" and time.monotonic() < until:
        time.sleep(0.1)


def _state(world: World) -> str:
    with reading(world.engine) as connection:
        query = sa.select(jobs_table.c.state).order_by(jobs_table.c.id.desc()).limit(1)
        return str(connection.execute(query).scalar())
