"""What a trainer does in the inbox: to the database and to the files, and back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from inbox_world import ANNA, BO, DOMAIN, World, a_world, nlu

from bot.errors import (
    ActionRefused,
    IntentUnknown,
    NluDataInvalid,
    NluError,
    NothingToUndo,
    ReviewChanged,
    ReviewUnknown,
)
from bot.storage.database import reading, transaction
from bot.storage.trainer_tables import review_actions
from bot.trainer import answers, inbox
from bot.trainer.answers import Place
from bot.trainer.checks import Project
from bot.trainer.checks.domain import conversation_files, read_steps
from bot.trainer.inbox import Mark, Seen, journal
from bot.trainer.inbox.intents import Catalogue
from bot.trainer.nlu_files import SourceExample, domain_intents

LATE = "my parcel never came"
BACK = "take the jacket back"
ANSWER = dict.fromkeys(("en", "sv", "da", "nb"), "We look for it.")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = a_world(tmp_path)
    made.say(LATE)
    made.say(BACK, nlu("order_status", 0.5))
    made.say("it is late and I want my money")
    made.collect()
    return made


def everything(world: World) -> dict[str, bytes]:
    """All files as they are."""
    return {
        str(path): path.read_bytes()
        for path in sorted(world.folder.rglob("*.yml"))
        if path.is_file()
    }


def test_accepting_adds_one_line_and_touches_no_other(world: World) -> None:
    before = world.file("en/order_status.yml")
    done = inbox.accept(world.inbox, world.seen(LATE), ANNA)
    assert world.file("en/order_status.yml") == before + f"    - {LATE}\n"
    assert [path.name for path in done.files] == ["order_status.yml"]
    assert (done.review.state, done.review.intent, done.review.by) == (
        "labelled",
        "order_status",
        ANNA,
    )


def test_undo_restores_database_and_files(world: World) -> None:
    before, review = everything(world), world.review(LATE)
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    inbox.undo(world.inbox, ANNA)
    after = world.review(LATE)
    assert everything(world) == before
    assert (after.state, after.intent, after.rank) == (review.state, review.intent, review.rank)
    assert after.version > review.version
    with pytest.raises(NothingToUndo):
        inbox.undo(world.inbox, ANNA)


def test_undo_goes_back_step_by_step_and_only_through_ones_own(world: World) -> None:
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    inbox.relabel(world.inbox, world.seen(BACK), ANNA, "return_item")
    inbox.skip(world.inbox, world.seen("it is late and I want my money"), BO)
    inbox.undo(world.inbox, ANNA)
    assert world.review(BACK).state == "open"
    inbox.undo(world.inbox, ANNA)
    assert world.review(LATE).state == "open"
    assert world.review("it is late and I want my money").state == "skipped"


def test_undo_leaves_an_example_that_was_there_before_the_label(world: World) -> None:
    world.say("Where is my parcel")
    world.collect()
    before = everything(world)
    seen = world.seen("Where is my parcel")
    edited = inbox.edit(world.inbox, seen, ANNA, "where is my parcel")
    done = inbox.accept(world.inbox, Seen(seen.id, edited.review.version), ANNA)
    assert "an example already" in done.notes[0]
    inbox.undo(world.inbox, ANNA)
    assert everything(world) == before


def test_undo_gets_along_with_an_example_that_somebody_deleted_by_hand(world: World) -> None:
    before = everything(world)
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    path = world.folder / "nlu/en/order_status.yml"
    path.write_text(world.file("en/order_status.yml").replace(f"    - {LATE}\n", ""))
    inbox.undo(world.inbox, ANNA)
    assert everything(world) == before
    assert world.review(LATE).state == "open"


def test_the_slower_of_two_trainers_is_told_who_was_faster(world: World) -> None:
    seen = world.seen(LATE)
    inbox.relabel(world.inbox, seen, ANNA, "refund_status")
    before = everything(world)
    with pytest.raises(
        ReviewChanged, match=r"anna was faster: .* is labelled as refund status now\."
    ) as e:
        inbox.accept(world.inbox, seen, BO)
    assert e.value.by == ANNA
    assert everything(world) == before
    with pytest.raises(ReviewChanged):
        inbox.skip(world.inbox, seen, BO)


def test_who_has_two_windows_open_is_not_told_of_somebody_else(world: World) -> None:
    seen = world.seen(LATE)
    inbox.not_for_bot(world.inbox, seen, ANNA)
    with pytest.raises(
        ReviewChanged, match=r"You did .* in another window: .* is not for the bot now\."
    ):
        inbox.accept(world.inbox, seen, ANNA)


def test_an_undo_does_not_overwrite_what_came_after(world: World) -> None:
    first = inbox.skip(world.inbox, world.seen(LATE), ANNA)
    inbox.accept(world.inbox, world.seen(LATE), BO)
    with pytest.raises(ReviewChanged, match="bo was faster"):
        inbox.undo(world.inbox, ANNA, first.action_id)
    assert world.review(LATE).state == "labelled"


def test_of_many_trainers_at_once_one_labels_and_the_others_are_told(world: World) -> None:
    seen = world.seen(LATE)
    barrier = threading.Barrier(6)
    told: list[str] = []

    def label(who: str) -> None:
        barrier.wait()
        try:
            inbox.accept(world.inbox, seen, who)
            told.append("done")
        except ReviewChanged:
            told.append("changed")

    threads = [threading.Thread(target=label, args=(f"trainer{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["changed"] * 5 + ["done"]
    assert world.file("en/order_status.yml").count(LATE) == 1


def test_a_label_that_does_not_exist_is_refused_with_those_like_it(world: World) -> None:
    before = everything(world)
    with pytest.raises(IntentUnknown, match="Did you mean order_status"):
        inbox.relabel(world.inbox, world.seen(LATE), ANNA, "order_statuss")
    # One that the model still predicts, but that somebody has taken out of the domain.
    domain = world.folder / "domain.yml"
    domain.write_text(DOMAIN.replace("- order_status\n", ""))
    with pytest.raises(IntentUnknown, match="or no longer"):
        inbox.accept(world.inbox, world.seen(LATE), ANNA)
    domain.write_text(DOMAIN)
    assert everything(world) == before
    assert world.review(LATE).state == "open"
    with pytest.raises(ReviewUnknown):
        inbox.accept(world.inbox, Seen(4711, 1), ANNA)


def test_a_broken_file_refuses_the_label_with_its_line_and_nothing_is_lost(world: World) -> None:
    seen = world.seen(LATE)
    path = world.folder / "nlu/en/return_item.yml"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"    - how", b"\t- how"))
    before = everything(world)
    with pytest.raises(NluDataInvalid, match=r"return_item.yml, line \d"):
        inbox.accept(world.inbox, seen, ANNA)
    assert everything(world) == before
    path.write_bytes(good)
    assert inbox.accept(world.inbox, seen, ANNA).review.state == "labelled"


def test_files_that_refuse_leave_the_review_as_it_was(world: World) -> None:
    # A language's new file would have to be where a folder is.
    path = world.folder / "nlu/en/order_status.yml"
    good = path.read_bytes()
    path.unlink()
    path.mkdir()
    review, before = world.review(LATE), everything(world)
    with pytest.raises(NluError, match=r"order_status\.yml"):
        inbox.accept(world.inbox, world.seen(LATE), ANNA)
    assert world.review(LATE) == review
    assert everything(world) == before
    with pytest.raises(NothingToUndo):
        inbox.undo(world.inbox, ANNA)
    told = inbox.bulk(world.inbox, [world.seen(LATE), world.seen(BACK)], ANNA, "accept")
    assert [each.error is None for each in told] == [False, False]
    path.rmdir()
    path.write_bytes(good)
    assert inbox.accept(world.inbox, world.seen(LATE), ANNA).review.state == "labelled"


def test_an_edited_text_is_what_is_written_and_the_customers_words_stay(world: World) -> None:
    done = inbox.edit(world.inbox, world.seen(LATE), ANNA, " my parcel  has never come ")
    assert (done.review.text, done.review.draft) == (LATE, "my parcel has never come")
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    assert "    - my parcel has never come\n" in world.file("en/order_status.yml")
    assert LATE not in world.file("en/order_status.yml")


@pytest.mark.parametrize(
    "half",
    [
        "[i want to send it back",
        "[i want to [send](product) it back",
        "send [it](product back",
        "send [it](product) [back",
        "send [it]{back",
    ],
)
def test_half_a_mark_is_refused_by_an_edit_as_by_marking(world: World, half: str) -> None:
    with pytest.raises(NluDataInvalid, match="brackets that Rasa would take for the mark"):
        inbox.edit(world.inbox, world.seen(BACK), ANNA, half)
    assert world.review(BACK).draft is None


def test_brackets_that_are_no_mark_and_redacted_places_can_be_edited(world: World) -> None:
    for text in ("it is [really] late :]", "order [order number] is [late](product)"):
        inbox.edit(world.inbox, world.seen(BACK), ANNA, text)
        assert world.review(BACK).draft == text


def test_entities_are_marked_by_their_places(world: World) -> None:
    start = BACK.index("jacket")
    seen = world.seen(BACK)
    done = inbox.mark(world.inbox, seen, ANNA, [Mark(start - 1, start + 6, "product")])
    assert done.review.draft == "take the [jacket](product) back"
    with pytest.raises(NluDataInvalid, match="no entity 'colour'; there are order_number"):
        inbox.mark(world.inbox, world.seen(BACK), ANNA, [Mark(0, 4, "colour")])
    with pytest.raises(NluDataInvalid, match="overlap"):
        inbox.mark(
            world.inbox, world.seen(BACK), ANNA, [Mark(0, 8, "product"), Mark(5, 9, "product")]
        )
    inbox.relabel(world.inbox, world.seen(BACK), ANNA, "return_item")
    assert "    - take the [jacket](product) back\n" in world.file("en/return_item.yml")
    inbox.undo(world.inbox, ANNA)
    assert "jacket](product)" not in world.file("en/return_item.yml")
    inbox.mark(world.inbox, world.seen(BACK), ANNA, [])
    assert world.review(BACK).draft is None


def test_words_that_look_like_a_mark_are_not_written(world: World) -> None:
    world.say("see [my order](order_number) please")
    world.collect()
    with pytest.raises(NluDataInvalid, match="brackets"):
        inbox.accept(world.inbox, world.seen("see [my order](order_number) please"), ANNA)


def test_a_message_is_split_and_each_part_gets_its_label(world: World) -> None:
    whole = "it is late and I want my money"
    done = inbox.split(world.inbox, world.seen(whole), ANNA, ["it is late", "I want my money"])
    assert len(done.made) == 2
    assert world.review(whole).state == "split"
    assert world.review("it is late").parent == world.review(whole).id
    with reading(world.engine) as connection:
        seen_around = inbox.around(connection, done.made[0])
    assert [spoken.text for spoken in seen_around.messages if spoken.this] == [whole]
    inbox.relabel(world.inbox, world.seen("I want my money"), ANNA, "refund_status")
    with pytest.raises(ReviewChanged):
        inbox.undo(world.inbox, ANNA, done.action_id)
    with pytest.raises(ActionRefused, match="2 to 10"):
        inbox.split(world.inbox, world.seen(LATE), ANNA, [LATE, "!!"])


def test_a_split_is_taken_back_while_nobody_has_touched_the_parts(world: World) -> None:
    inbox.split(world.inbox, world.seen(LATE), ANNA, ["my parcel", "never came"])
    inbox.undo(world.inbox, ANNA)
    assert world.review(LATE).state == "open"
    assert "never came" not in {review.text for review in world.reviews()}


def test_what_was_done_to_a_part_and_taken_back_does_not_keep_the_split(world: World) -> None:
    inbox.skip(world.inbox, world.seen(BACK), ANNA)
    inbox.split(world.inbox, world.seen(LATE), ANNA, ["my parcel", "never came"])
    inbox.skip(world.inbox, world.seen("never came"), ANNA)
    inbox.undo(world.inbox, ANNA)
    inbox.undo(world.inbox, ANNA)
    assert world.review(LATE).state == "open"
    assert "never came" not in {review.text for review in world.reviews()}
    inbox.undo(world.inbox, ANNA)
    assert world.review(BACK).state == "open"
    inbox.split(world.inbox, world.seen(LATE), ANNA, ["my parcel", "never came"])
    assert world.review("never came").state == "open"


def test_a_split_whose_part_somebody_has_labelled_stays_and_what_came_before_it_does_not(
    world: World,
) -> None:
    inbox.skip(world.inbox, world.seen(BACK), ANNA)
    inbox.edit(world.inbox, world.seen(LATE), ANNA, "my parcel is late")
    split = inbox.split(world.inbox, world.seen(LATE), ANNA, ["my parcel", "never came"])
    inbox.relabel(world.inbox, world.seen("my parcel"), BO, "order_status")
    inbox.skip(world.inbox, world.seen("never came"), ANNA)
    inbox.undo(world.inbox, ANNA)
    with pytest.raises(ReviewChanged, match="bo was faster: 'my parcel' is labelled") as caught:
        inbox.undo(world.inbox, ANNA)
    assert caught.value.action == split.action_id
    # Not the edit, which was done to the message that is split now.
    assert inbox.undo(world.inbox, ANNA, before=split.action_id).review.text == BACK
    with pytest.raises(NothingToUndo, match="before that"):
        inbox.undo(world.inbox, ANNA, before=split.action_id)
    inbox.undo(world.inbox, BO)
    assert inbox.undo(world.inbox, ANNA).review.state == "open"
    assert inbox.undo(world.inbox, ANNA).review.draft is None


def test_a_part_that_a_customer_has_said_by_itself_stays_when_the_split_is_taken_back(
    world: World,
) -> None:
    inbox.split(world.inbox, world.seen(LATE), ANNA, ["my parcel", "never came"])
    world.say("never came")
    world.collect()
    inbox.undo(world.inbox, ANNA)
    left = world.review("never came")
    assert (left.state, left.parent, left.count) == ("open", None, 1)


def test_a_new_intent_gets_its_file_and_its_line_and_undo_takes_both(world: World) -> None:
    before = everything(world)
    done = inbox.new_intent(world.inbox, world.seen(LATE), ANNA, "lost_parcel")
    assert "Until its answer is written" in done.notes[0]
    assert world.file("en/lost_parcel.yml").endswith(f"examples: |\n    - {LATE}\n")
    domain = (world.folder / "domain.yml").read_text()
    assert domain == DOMAIN.replace("- nlu_fallback\n", "- nlu_fallback\n- lost_parcel\n")
    inbox.undo(world.inbox, ANNA)
    assert everything(world) == before


def place_of(world: World) -> Place:
    project = Project(world.folder / "nlu", world.folder / "domain.yml", world.folder)
    return Place(project, world.folder / "answers.jsonl")


def test_a_new_intent_that_was_answered_stays_in_the_domain_when_it_is_taken_back(
    world: World,
) -> None:
    inbox.new_intent(world.inbox, world.seen(LATE), ANNA, "lost_parcel")
    answers.save(place_of(world), "lost_parcel", ANNA, answers.TEXT, ANSWER)
    done = inbox.undo(world.inbox, ANNA)
    assert "lost_parcel stays" in done.notes[1]
    assert world.review(LATE).state == "open"
    assert not (world.folder / "nlu/en/lost_parcel.yml").exists()
    named = {step.name for step in read_steps(conversation_files(world.folder))}
    assert named == {"lost_parcel"}
    assert named <= set(domain_intents(world.folder / "domain.yml"))
    again = inbox.new_intent(world.inbox, world.seen(LATE), ANNA, "lost_parcel")
    assert again.review.intent == "lost_parcel"


def test_a_new_intent_is_taken_back_wholly_once_its_answer_was(world: World) -> None:
    before = everything(world)
    inbox.new_intent(world.inbox, world.seen(LATE), ANNA, "lost_parcel")
    answers.save(place_of(world), "lost_parcel", ANNA, answers.TEXT, ANSWER)
    answers.undo(place_of(world), ANNA)
    assert len(inbox.undo(world.inbox, ANNA).notes) == 1
    now = everything(world)
    assert {name: now[name] for name in before} == before


def test_a_new_intent_is_called_as_the_trainer_says_in_small_letters(world: World) -> None:
    done = inbox.new_intent(world.inbox, world.seen(LATE), ANNA, "Förlorat paket!")
    assert done.review.intent == "forlorat_paket"
    assert "- forlorat_paket\n" in (world.folder / "domain.yml").read_text()
    assert LATE in world.file("en/forlorat_paket.yml")


@pytest.mark.parametrize("name", ["", "!?", "日本", "nlu_fallback", "Order status"])
def test_what_cannot_name_a_new_intent_is_refused(world: World, name: str) -> None:
    before = everything(world)
    with pytest.raises(IntentUnknown):
        inbox.new_intent(world.inbox, world.seen(LATE), ANNA, name)
    assert everything(world) == before


def test_a_new_intent_that_is_there_is_not_made_again(world: World) -> None:
    with pytest.raises(IntentUnknown, match="already"):
        inbox.new_intent(world.inbox, world.seen(LATE), ANNA, "order_status")


def test_the_label_may_go_to_another_language(world: World) -> None:
    inbox.accept(world.inbox, world.seen(LATE), ANNA, language="sv")
    assert LATE in world.file("sv/order_status.yml")
    with pytest.raises(ActionRefused, match="none of the languages"):
        inbox.accept(world.inbox, world.seen(BACK), ANNA, language="fi")


def test_what_is_labelled_is_not_labelled_again(world: World) -> None:
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    with pytest.raises(ActionRefused, match=r"labelled as order_status already, by anna"):
        inbox.relabel(world.inbox, world.seen(LATE), BO, "refund_status")


def test_the_same_words_in_another_intent_are_told(world: World) -> None:
    world.say("How do I return a jacket?")
    world.collect()
    done = inbox.relabel(
        world.inbox, world.seen("How do I return a jacket?"), ANNA, "refund_status"
    )
    assert "example of return_item, too" in done.notes[0]
    assert "line" in done.notes[0]


def test_a_bulk_action_tells_each_and_one_undo_takes_it_back(world: World) -> None:
    before = everything(world)
    other = world.seen(BACK)
    inbox.skip(world.inbox, other, BO)
    seen = [world.seen(LATE), other, world.seen("it is late and I want my money"), Seen(99, 1)]
    told = inbox.bulk(world.inbox, seen, ANNA, "relabel", intent="refund_status")
    assert [each.done is not None for each in told] == [True, False, True, False]
    assert isinstance(told[1].error, ReviewChanged)
    assert isinstance(told[3].error, ReviewUnknown)
    assert world.file("en/refund_status.yml").count("\n    - ") == 3
    assert "2 messages" in inbox.undo(world.inbox, ANNA).notes[0]
    assert everything(world) == before
    assert {review.state for review in world.reviews()} == {"open", "skipped"}


def test_a_bulk_action_may_be_all_or_nothing(world: World) -> None:
    before = everything(world)
    seen = [world.seen(LATE), Seen(world.seen(BACK).id, 7)]
    with pytest.raises(ReviewChanged):
        inbox.bulk(world.inbox, seen, ANNA, "accept", together=True)
    assert everything(world) == before
    assert world.review(LATE).state == "open"
    with pytest.raises(ActionRefused, match="accept, relabel"):
        inbox.bulk(world.inbox, seen, ANNA, "drop")


def test_one_example_that_the_files_refuse_does_not_stop_the_others(world: World) -> None:
    world.say("odd [thing](order_number) here")
    world.collect()
    texts = [LATE, "odd [thing](order_number) here", BACK]
    told = inbox.bulk(world.inbox, [world.seen(each) for each in texts], ANNA, "accept")
    assert [each.error is None for each in told] == [True, False, True]
    assert LATE in world.file("en/order_status.yml")


def test_one_undo_takes_back_all_that_the_files_have_taken(world: World) -> None:
    before = everything(world)
    world.say("odd [thing](order_number) here")
    world.collect()
    texts = [LATE, "odd [thing](order_number) here", BACK]
    inbox.bulk(world.inbox, [world.seen(each) for each in texts], ANNA, "accept")
    assert "2 messages" in inbox.undo(world.inbox, ANNA).notes[0]
    assert everything(world) == before
    assert {review.state for review in world.reviews()} == {"open"}


def test_several_messages_become_a_new_intent_and_one_undo_takes_it_back(world: World) -> None:
    before = everything(world)
    seen = [world.seen(LATE), world.seen(BACK), Seen(99, 1)]
    told = inbox.bulk(world.inbox, seen, ANNA, "new_intent", intent="Late parcels!")
    assert [each.done is not None for each in told] == [True, True, False]
    assert LATE in world.file("en/late_parcels.yml")
    assert (world.folder / "domain.yml").read_text().count("- late_parcels\n") == 1
    assert "2 messages" in inbox.undo(world.inbox, ANNA).notes[0]
    assert everything(world) == before


def test_who_did_what_is_kept(world: World) -> None:
    inbox.skip(world.inbox, world.seen(LATE), ANNA)
    inbox.reopen(world.inbox, world.seen(LATE), BO)
    inbox.not_for_bot(world.inbox, world.seen(LATE), BO)
    inbox.undo(world.inbox, BO)
    with reading(world.engine) as connection:
        kept = inbox.history(connection, world.review(LATE).id)
    assert [(each.name, each.by) for each in kept] == [
        ("skip", ANNA),
        ("reopen", BO),
        ("not_for_bot", BO),
        ("undo", BO),
    ]
    assert kept[2].undone_by == BO
    assert (kept[2].before["state"], kept[2].after["state"]) == ("open", "not_for_bot")


def die(world: World, when: str, act: Callable[[], object]) -> None:
    """Does something in a process that is killed before or after the files are written."""
    world.engine.dispose()  # no connection may be in two processes
    child = os.fork()
    if child == 0:
        real = journal.apply

        def killed(*arguments: Any) -> list[Path]:
            if when == "after":
                real(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

        journal.apply = killed
        try:
            act()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_label_of_a_killed_process_is_written_once(world: World, when: str) -> None:
    seen = world.seen(LATE)
    die(world, when, lambda: inbox.accept(world.inbox, seen, ANNA))
    assert world.file("en/order_status.yml").count(LATE) == (0 if when == "before" else 1)
    assert inbox.resume(world.inbox, patience=0) == 1
    assert world.file("en/order_status.yml").count(LATE) == 1
    assert world.review(LATE).state == "labelled"
    assert inbox.resume(world.inbox, patience=0) == 0
    before = everything(world)
    inbox.undo(world.inbox, ANNA)
    assert everything(world) != before
    assert LATE not in world.file("en/order_status.yml")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undo_of_a_killed_process_is_finished(world: World, when: str) -> None:
    before = everything(world)
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    die(world, when, lambda: inbox.undo(world.inbox, ANNA))
    inbox.resume(world.inbox, patience=0)
    assert everything(world) == before
    assert world.review(LATE).state == "open"


def test_the_next_action_writes_what_a_killed_process_left(world: World) -> None:
    seen = world.seen(LATE)
    die(world, "before", lambda: inbox.accept(world.inbox, seen, ANNA))
    with transaction(world.engine) as connection:
        connection.execute(review_actions.update().values(at=review_actions.c.at - 60))
    inbox.skip(world.inbox, world.seen(BACK), BO)
    assert LATE in world.file("en/order_status.yml")
    with reading(world.engine) as connection:
        states = connection.execute(sa.select(review_actions.c.files)).scalars().all()
    assert states == ["done", "done"]


def test_intents_are_found_by_name_and_by_their_examples_mistyped_or_not(world: World) -> None:
    folder = world.inbox.folder
    assert inbox.search_intents("ordr status", folder)[0].name == "order_status"
    assert inbox.search_intents("retrun", folder)[0].name == "return_item"
    found = inbox.search_intents("paket", folder, language="sv")[0]
    assert (found.name, found.example, found.readable) == (
        "order_status",
        "var är mitt paket",
        "order status",
    )
    assert [hit.name for hit in inbox.search_intents("", folder)] == [
        "order_status",
        "refund_status",
        "return_item",
    ]
    assert inbox.search_intents("qqqqqq", folder) == []


def test_the_language_that_a_trainer_says_decides_the_file_and_can_be_taken_back(
    world: World,
) -> None:
    world.say("hvor er jakken min", nlu(language="sv"))
    world.collect()
    done = inbox.set_language(world.inbox, world.seen("hvor er jakken min"), ANNA, "nb")
    assert (done.review.language, done.review.by) == ("nb", ANNA)
    inbox.accept(world.inbox, world.seen("hvor er jakken min"), ANNA)
    assert world.file("nb/order_status.yml").endswith("    - hvor er jakken min\n")
    inbox.undo(world.inbox, ANNA)
    inbox.undo(world.inbox, ANNA)
    assert world.review("hvor er jakken min").language == "sv"
    with reading(world.engine) as connection:
        actions = inbox.history(connection, done.review.id)
    assert (actions[0].name, actions[0].by, actions[0].undone_by) == ("language", ANNA, ANNA)


def test_a_corrected_language_stays_when_the_words_come_again_misheard(world: World) -> None:
    world.say("hvor er jakken min", nlu(language="sv"))
    world.collect()
    inbox.set_language(world.inbox, world.seen("hvor er jakken min"), ANNA, "nb")
    world.say("Hvor er jakken min??", nlu(language="sv"))
    assert world.collect().new == 0
    review = world.review("hvor er jakken min")
    assert (review.language, review.count) == ("nb", 2)


def test_in_its_right_language_a_message_may_be_an_example_already(world: World) -> None:
    world.say("Var är mitt paket", nlu(language="da"))
    world.collect()
    assert not world.review("Var är mitt paket").is_example
    done = inbox.set_language(world.inbox, world.seen("Var är mitt paket"), ANNA, "sv")
    assert done.review.is_example


@pytest.mark.parametrize("language", ["en", "fi", ""])
def test_no_language_or_the_same_is_refused(world: World, language: str) -> None:
    with pytest.raises(ActionRefused):
        inbox.set_language(world.inbox, world.seen(LATE), ANNA, language)
    assert world.review(LATE).version == 1


def test_several_steps_on_one_message_are_taken_back_one_by_one(world: World) -> None:
    files = everything(world)
    inbox.edit(world.inbox, world.seen(LATE), ANNA, "my parcel has never come")
    inbox.skip(world.inbox, world.seen(LATE), ANNA)
    inbox.accept(world.inbox, world.seen(LATE), ANNA)
    for state, draft in (
        ("skipped", "my parcel has never come"),
        ("open", "my parcel has never come"),
        ("open", None),
    ):
        review = inbox.undo(world.inbox, ANNA).review
        assert (review.state, review.draft) == (state, draft)
    assert everything(world) == files


def test_a_step_is_not_taken_back_from_under_what_somebody_has_done_since(world: World) -> None:
    inbox.edit(world.inbox, world.seen(LATE), ANNA, "my parcel has never come")
    inbox.accept(world.inbox, world.seen(LATE), BO)
    with pytest.raises(ReviewChanged):
        inbox.undo(world.inbox, ANNA)
    inbox.undo(world.inbox, BO)
    assert inbox.undo(world.inbox, ANNA).review.draft is None


def test_a_name_that_begins_as_what_is_typed_comes_before_examples_with_the_same_words() -> None:
    examples = (
        ("talk_to_human", "a real person please"),
        ("damaged_item", "the heel has split open, who do I talk to about a claim"),
        ("missing_item", "an item is missing from the box"),
    )
    sources = [
        SourceExample(text, text, intent, "en", Path(f"data/nlu/en/{intent}.yml"), 5)
        for intent, text in examples
    ]
    found = Catalogue(sources)
    for typed, name in (
        ("talk to h", "talk_to_human"),
        ("talk", "talk_to_human"),
        ("hum", "talk_to_human"),
        ("it", "damaged_item"),
        ("miss it", "missing_item"),
    ):
        assert found.search(typed, language="en", limit=5)[0].name == name, typed
