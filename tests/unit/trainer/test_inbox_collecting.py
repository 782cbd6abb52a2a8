"""What customers said, in the inbox: once each, redacted, with what became of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from inbox_world import World, a_world, nlu
from numpy.typing import NDArray

from bot.nlu.vectors import unit
from bot.storage.database import reading, transaction
from bot.storage.tables import messages
from bot.storage.trainer_tables import review_sources, reviews
from bot.trainer import inbox
from bot.trainer.inbox import Filter
from tests.databases import own_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        yield a_world(tmp_path)
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield a_world(tmp_path, url)


def test_the_same_words_are_one_review_with_a_count_and_every_channel(world: World) -> None:
    world.say("Where is it??", channel="webchat")
    world.say("where is it", channel="email")
    world.say("WHERE IS IT!", channel="webchat")
    found = world.collect()
    assert (found.messages, found.new, found.merged) == (3, 1, 2)
    (review,) = world.reviews()
    assert (review.text, review.count, review.channels) == (
        "Where is it??",
        3,
        ("email", "webchat"),
    )
    assert review.first_at < review.last_at


def test_the_same_words_in_another_language_are_another_review(world: World) -> None:
    world.say("Hej", nlu(language="sv"))
    world.say("hej", nlu(language="da"))
    assert world.collect().new == 2


def test_numbers_and_typing_errors_make_no_other_message_but_a_not_does(world: World) -> None:
    world.say("my order with 3 shirts has not arrived yet")
    world.say("my order with 12 shirts has not arived yet")
    world.say("my order with 3 shirts has arrived yet")
    world.say("my order with 3 shirts has not arrived yet", nlu("return_item"))
    world.collect()
    assert sorted((review.count, review.text) for review in world.reviews()) == [
        (1, "my order with 3 shirts has arrived yet"),
        (3, "my order with 3 shirts has not arrived yet"),
    ]


def test_near_identical_ones_stay_apart_when_the_model_hears_something_else(world: World) -> None:
    world.say("please change the big delivery box", nlu("order_status"))
    world.say("please change the big delivery boxes", nlu("return_item"))
    assert world.collect().new == 2


def test_personal_data_does_not_come_into_the_inbox(world: World) -> None:
    world.say(
        "Hi, I am Anna Lindqvist, anna.lindqvist@mail.example, order NL-104823, where is it",
        nlu(entities=[{"entity": "email", "value": "anna.lindqvist@mail.example"}]),
        customer={"name": "Anna Lindqvist"},
    )
    world.collect()
    with reading(world.engine) as connection:
        row = connection.execute(sa.select(reviews)).one()
        around = inbox.around(connection, row.id)
    kept = str(dict(row._mapping)) + str(around)
    for part in ("Anna", "Lindqvist", "mail.example", "104823"):
        assert part not in kept
    assert "where is it" in row.text
    assert row.entities == [["email", ""]]


def test_buttons_numbers_files_and_words_to_a_person_are_passed_over(world: World) -> None:
    world.say("Track my order", data={"payload": "/order_status"})
    world.say("12 34")
    world.say("👍👍")
    world.say("", data={"attachments": [{"id": "a", "name": "a.png"}]})
    world.say("are you there, agent?", data={"handoff": "h1"})
    found = world.collect()
    assert (found.messages, found.passed_over) == (0, 5)
    assert world.reviews() == []


def test_a_message_whose_turn_failed_is_taken_without_a_prediction(world: World) -> None:
    world.say("hello there", {})
    world.collect()
    review = world.review("hello there")
    assert (review.predicted, review.ranking, review.state) == (None, (), "open")


def test_the_ranking_is_the_real_one(world: World) -> None:
    world.say("something odd", nlu("return_item", 0.42))
    world.collect()
    review = world.review("something odd")
    assert (review.predicted, review.confidence, review.answered) == ("return_item", 0.42, False)
    assert [ranked.intent for ranked in review.ranking] == ["return_item", "return_item"]
    assert review.fell_back == 1


def test_collecting_twice_changes_nothing(world: World) -> None:
    world.say("one thing")
    world.say("another matter")
    world.collect()
    before = world.reviews()
    again = world.collect()
    assert (again.messages, again.new, again.passed_over, again.ordered) == (0, 0, 0, False)
    assert world.reviews() == before


def test_a_turn_that_ends_late_is_collected_late(world: World) -> None:
    world.say("the slow one", handled=False, answer=None)
    world.say("the quick one")
    assert world.collect().messages == 1
    with transaction(world.engine) as connection:
        # Stamped before the quick one's, and committed after it was collected.
        connection.execute(
            messages.update()
            .where(messages.c.text == "the slow one")
            .values(handled_at=sa.select(sa.func.max(messages.c.handled_at)).scalar_subquery() - 5)
        )
    assert world.collect().messages == 1
    assert {review.text for review in world.reviews()} == {"the slow one", "the quick one"}


def test_what_comes_after_the_message_is_seen_when_it_has_come(world: World) -> None:
    conversation = world.say("how do I pay", nlu("order_status", 0.9, fell_back=False))
    world.collect()
    assert world.review("how do I pay").state == "known"
    world.say("No", data={"payload": "/article_not_helpful"}, conversation=conversation)
    world.collect()
    review = world.review("how do I pay")
    assert (review.rejected, review.state) == (1, "open")


def test_a_no_counts_as_a_rejection_only_where_the_bot_asked(world: World) -> None:
    asked = world.say("first matter", buttons=["/article_helpful", "/article_not_helpful"])
    world.say("no", nlu("deny", 0.9, fell_back=False), conversation=asked)
    other = world.say("second matter")
    world.say("no", nlu("deny", 0.9, fell_back=False), conversation=other)
    world.collect()
    assert world.review("first matter").rejected == 1
    assert world.review("second matter").rejected == 0


def test_the_question_before_a_handoff_led_to_it(world: World) -> None:
    conversation = world.say("first question")
    world.say("second question", conversation=conversation)
    world.say(
        "a person please",
        nlu("talk_to_human", 0.95, fell_back=False),
        conversation=conversation,
    )
    world.hand_off(conversation)
    world.collect()
    handed = {review.text: review.handed_off for review in world.reviews()}
    assert handed == {"first question": 0, "second question": 1, "a person please": 0}


def test_the_customers_own_choice_is_suggested_before_the_models(world: World) -> None:
    conversation = world.say(
        "what about the thing", buttons=["/order_status", "/refund_status", "/rephrase"]
    )
    world.say("My refund", data={"payload": "/refund_status"}, conversation=conversation)
    world.collect()
    review = world.review("what about the thing")
    assert (review.predicted, review.chosen, review.suggested) == (
        "order_status",
        "refund_status",
        "refund_status",
    )


def test_an_example_is_known_until_it_is_taken_out_of_the_files(world: World) -> None:
    world.say("Where is my parcel?")
    world.collect()
    assert world.review("Where is my parcel?").state == "known"
    path = world.folder / "nlu/en/order_status.yml"
    path.write_text(world.file("en/order_status.yml").replace("    - where is my parcel\n", ""))
    world.collect()
    assert world.review("Where is my parcel?").state == "open"


def test_a_labelled_message_that_comes_again_only_counts(world: World) -> None:
    world.say("it never came")
    world.collect()
    inbox.accept(world.inbox, world.seen("it never came"), "anna")
    world.say("It never came!")
    world.collect()
    review = world.review("it never came")
    assert (review.state, review.count) == ("labelled", 2)


def test_two_that_collect_at_once_take_each_message_once(world: World) -> None:
    for number in range(60):
        world.say(f"question {'abcdefghij'[number % 10] * 6} of mine")
    barrier = threading.Barrier(3)
    errors: list[Exception] = []

    def run() -> None:
        barrier.wait()
        try:
            world.collect()
        except Exception as error:  # noqa: BLE001 (shown below)
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [review.count for review in world.reviews()] == [6] * 10


def test_what_teaches_most_comes_first(world: World) -> None:
    world.say("surely a parcel", nlu(confidence=0.97, fell_back=False))
    world.say("who knows what", nlu(confidence=0.34))
    world.say("quite surely back", nlu(confidence=0.9))
    world.collect()
    order = [review.text for review in world.reviews()]
    assert order[0] == "who knows what"
    assert order[-1] == "surely a parcel"


@pytest.mark.parametrize(
    ("examples", "second"),
    [
        (["parcel", "parcel please", "parcel please please", "parcel now"], "refund please"),
        (["parcel", "parcel now", "parcel now now", "parcel here"], "parcel"),
    ],
    ids=["manner is no matter", "manner may matter"],
)
def test_what_the_examples_of_an_intent_differ_in_makes_no_two_kinds_of_messages(
    world: World, examples: list[str], second: str
) -> None:
    lines = "".join(f"    - {each}\n" for each in examples)
    path = world.folder / "nlu/en/order_status.yml"
    path.write_text(world.file("en/order_status.yml") + lines, encoding="utf-8")
    for text in ("parcel", "refund please", "parcel, please"):
        world.say(text, nlu())
    inbox.collect(world.engine, world.folder / "nlu", encode=words)
    # The first is like both of the others, so the next one is what is more unlike it.
    asked = [review.text for review in world.reviews()]
    assert asked[:2] == ["parcel, please", second]


def words(texts: Sequence[str]) -> NDArray[Any]:
    """Unit vectors by words, manner counting more than matter."""
    weights = {"parcel": 1.0, "refund": 1.0, "please": 1.2, "now": 1.0, "here": 1.0}
    found = np.array(
        [[weight * text.count(word) for word, weight in weights.items()] for text in texts]
    )
    return unit(np.hstack([found, np.full((len(texts), 20), 0.01)]))


def test_pages_follow_each_other_without_gap_or_repetition(world: World) -> None:
    for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"):
        world.say(f"{word} is what I ask about")
    world.collect()
    seen: list[int] = []
    after = None
    with reading(world.engine) as connection:
        for _ in range(4):
            page = inbox.open_reviews(connection, Filter(), limit=2, after=after)
            seen += [review.id for review in page.reviews]
            after = page.next
    assert after is None
    assert len(seen) == len(set(seen)) == 7


def test_filters_and_their_counts(world: World) -> None:
    world.say("english question", nlu("order_status"), channel="email")
    world.say("svensk fråga", nlu("return_item", language="sv"))
    world.say("rasande fråga", nlu("return_item", language="sv", tone="upset"))
    world.say("answered question", nlu("order_status", 0.95, fell_back=False))
    world.collect()

    def texts(**which: object) -> set[str]:
        return {review.text for review in world.reviews(Filter(**which))}  # type: ignore[arg-type]

    assert texts(language="sv") == {"svensk fråga", "rasande fråga"}
    assert texts(channel="email") == {"english question"}
    assert texts(intent="return_item", impact="upset") == {"rasande fråga"}
    assert texts(words="SVENSK") == {"svensk fråga"}
    assert texts(words="%") == set()
    assert texts(until=0.0) == set()
    assert texts(states=("known",)) == {"answered question"}
    with reading(world.engine) as connection:
        found = inbox.counts(connection, Filter(language="sv"))
    assert found.by_state == {"open": 2}
    assert found.languages == {"sv": 2, "en": 1}
    assert found.channels == {"webchat": 2}
    assert found.intents == {"return_item": 2}
    assert found.impact == {"fell_back": 2, "rejected": 0, "handed_off": 0, "upset": 1}


def test_a_deleted_conversation_leaves_a_redacted_text_and_a_number(world: World) -> None:
    gone = world.say("where is the thing I bought", conversation="whatsapp:+46701234567")
    stays = world.say("Where is the thing I bought?")
    world.collect()
    review = world.review("where is the thing I bought")
    with transaction(world.engine) as connection:
        connection.execute(messages.delete().where(messages.c.conversation_id == gone))
        assert inbox.forget(connection, gone) == 1
    with reading(world.engine) as connection:
        left = inbox.around(connection, review.id)
        sources = connection.execute(sa.select(review_sources.c.conversation_id)).scalars().all()
    assert left.of == 1
    assert sorted(sources) == ["", stays]
    assert world.review("where is the thing I bought").count == 2
    world.say("where is the thing I bought!")
    world.collect()
    assert world.review("where is the thing I bought").count == 3


def test_an_answer_that_a_form_took_is_not_in_the_inbox(world: World) -> None:
    world.say("på torsdag klokka 14", {**nlu(language="sv"), "taken_by_form": True})
    world.say("my parcel is late", {**nlu(fell_back=False), "taken_by_form": True})
    world.say("some day perhaps")
    assert world.collect().passed_over == 1
    assert {review.text for review in world.reviews()} == {"my parcel is late", "some day perhaps"}


def test_a_person_taking_over_is_not_about_the_answer_that_a_form_took(world: World) -> None:
    visit = world.say("can i come by to try it on")
    world.say("friday 3pm", {**nlu(), "taken_by_form": True}, conversation=visit)
    world.hand_off(visit)
    world.collect()
    (review,) = world.reviews()
    assert (review.text, review.handed_off) == ("can i come by to try it on", 1)
