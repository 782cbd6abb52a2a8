"""A deleted conversation is gone from everywhere, as a whole, and nobody else's is touched."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conversation_world import ANNA, SECRETS, World

from bot.attachments import files
from bot.channels.intake import Intake
from bot.channels.turn import Reply, Turn
from bot.console.desk import inbox as desk_inbox
from bot.errors import StorageError
from bot.handoff import dispatcher, fallback, inbound, lifecycle, lookup, outbox
from bot.handoff.desks.contract import FromAgent
from bot.privacy import erasure
from bot.privacy.erasure import Asked, Outcome, erase, erasures_so_far
from bot.privacy.kept import kept_of
from bot.privacy.stores import STORES
from bot.storage import (
    conversations,
    desk_tables,
    job_tables,
    model_tables,
    privacy_tables,
    tables,
    trainer_tables,
)
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries, desk_messages, messages
from bot.storage.trainer_tables import review_sources, reviews
from bot.trainer.inbox import collecting
from bot.trainer.inbox.around import GONE
from kb_connector import tables as knowledge

KIM = Asked("kim", erasure.BY_ID)
NOT_OF_CUSTOMERS = {
    "svara_desk_cursors",
    "svara_desk_replies",
    "svara_erasures",
    "svara_jobs",
    "svara_model_servers",
    "svara_models_shipped",
    "svara_received",  # ids of webhooks alone
    "svara_review_actions",  # redacted texts,
    "svara_review_collection",
    "svara_review_predictions",
    "svara_reviews",  # ... here too
    "svara_staff",
    "svara_staff_deactivated",
    "svara_staff_sessions",
}


def forget(world: World, *ids: str, **how: Any) -> Outcome:
    return erase(world.engine, world.settings, ids, KIM, **how)


def test_every_table_is_emptied_or_known_to_have_nothing_of_customers() -> None:
    modules = (
        tables,
        desk_tables,
        job_tables,
        model_tables,
        privacy_tables,
        trainer_tables,
        knowledge,
    )
    there = {name for module in modules for name in module.metadata.tables}
    emptied = {store.table.name for store in STORES} | {"svara_review_sources"}
    others = {name for name in there - emptied if not name.startswith("kb_")}
    assert others == NOT_OF_CUSTOMERS
    assert {name for name in emptied if name.startswith("kb_")} == {"kb_feedback"}


def test_nothing_is_left_of_a_conversation_in_any_table_or_folder(world: World, nlu: Path) -> None:
    kept = world.everything("web-anna")
    world.collect(nlu)
    before = world.tables_with((*SECRETS, "web-anna"))
    emptied = {store.table.name for store in STORES} - {"svara_desk_presence", "svara_tickets"}
    assert before >= emptied - {"svara_handoff_changes"}  # it really was everywhere
    assert files.path_of(world.settings, kept.id).exists()

    done = forget(world, "web-anna")
    assert done.busy == ()
    assert world.tables_with((*SECRETS, "web-anna", "Anna", "ho_")) <= {"svara_received"}
    rows = world.rows()
    assert {store.table.name for store in STORES} & set(rows) == set()
    assert not files.path_of(world.settings, kept.id).exists()
    with reading(world.engine) as connection:
        assert kept_of(connection, "web-anna").nothing


def test_the_inbox_keeps_redacted_words_and_how_often_they_came(world: World, nlu: Path) -> None:
    world.everything("web-anna")
    world.talk("web-bo", customer={"name": "Bo Ek"})
    world.collect(nlu)
    forget(world, "web-anna")
    world.collect(nlu)
    with reading(world.engine) as connection:
        row = connection.execute(sa.select(reviews.c.text, reviews.c.count)).first()
        sources = sa.select(review_sources.c.conversation_id)
        assert set(connection.execute(sources).scalars()) == {GONE, "web-bo"}
    assert row is not None
    assert (row.text, row.count) == (
        "hej, mitt paket är borta, skriv till [email] eller ring [phone]",
        2,
    )


def test_nobody_elses_conversation_is_touched(world: World) -> None:
    world.everything("web-bo")
    alone = world.rows()
    kept = world.everything("web-anna")
    forget(world, "web-anna")
    after = world.rows()
    for name in ("svara_erasures", "svara_received"):
        after.pop(name, None)
        alone.pop(name, None)
    assert after == alone
    assert not files.path_of(world.settings, kept.id).exists()
    assert len(list(files.folder(world.settings).iterdir())) == 1


def test_asked_again_there_is_nothing_to_do(world: World) -> None:
    world.everything("web-anna")
    assert len(forget(world, "web-anna").erased) == 1
    assert forget(world, "web-anna", "web-nobody") == Outcome((), ())
    with reading(world.engine) as connection:
        assert len(erasures_so_far(connection)) == 1


def test_who_deleted_how_much_is_kept_and_not_whose(world: World) -> None:
    world.everything("web-anna")
    world.talk("web-bo")
    forget(world, "web-anna", "web-bo")
    with reading(world.engine) as connection:
        (found,) = erasures_so_far(connection)
    assert (found.by, found.why, found.conversations) == ("kim", "conversation", 2)
    assert (found.messages, found.handoffs, found.files) == (6, 1, 1)
    assert abs(found.began_at - time.time()) < 60
    assert world.tables_with(("web-anna", "web-bo", "Anna")) == set()


@pytest.mark.parametrize("state", ["waiting", "accepted"])
def test_a_conversation_that_a_person_has_is_kept(world: World, state: str) -> None:
    world.talk("web-anna")
    handoff = world.hand_over("web-anna")
    if state == "accepted":
        with transaction(world.engine) as connection:
            lifecycle.mark_accepted(connection, handoff.id, {"id": "1", "name": "Robin"})
    before = world.rows()
    (refused,) = forget(world, "web-anna").busy
    said = "Robin has it" if state == "accepted" else "It waits for a person"
    assert str(refused) == f"web-anna: {said} at '{handoff.desk}'."
    assert world.rows() == before
    (erased,) = forget(world, "web-anna", even_busy=True).erased
    assert erased.in_the_way == (f"{said} at '{handoff.desk}'.",)
    assert world.tables_with(SECRETS) == set()


def test_what_is_still_to_be_delivered_is_not_lost_silently(world: World) -> None:
    world.talk("telegram-7", channel="telegram")
    with transaction(world.engine) as connection:
        conversations.append(connection, "telegram-7", "bot", "Hej igen", push="waiting")
        conversations.append(connection, "telegram-7", "customer", "är du där?")
    (refused,) = forget(world, "telegram-7").busy
    assert str(refused) == (
        "telegram-7: Replies still to be brought to the customer: 1. "
        "Messages still to be answered: 1."
    )
    world.age("telegram-7", 8)  # what did not go out in a week is not waited for
    assert len(forget(world, "telegram-7").erased) == 1


def test_a_webhook_that_waits_holds_it_and_one_that_is_on_its_way_always_does(
    world: World,
) -> None:
    world.everything("web-anna")
    with transaction(world.engine) as connection:
        handoff = lookup.of_conversation(connection, "web-anna")[0]
        data = {"handoff_id": handoff.id, "conversation_id": "web-anna"}
        outbox.enqueue(connection, "message.created", data, destination="console")
    (refused,) = forget(world, "web-anna").busy
    assert "Webhooks still to be delivered: 1." in str(refused)
    with transaction(world.engine) as connection:
        (due,) = outbox.due(connection)
        assert outbox.claim(connection, due, outbox.CLAIM_SECONDS)
    (refused,) = forget(world, "web-anna", even_busy=True).busy
    assert "on its way this very moment" in str(refused)
    with transaction(world.engine) as connection:
        outbox.failed(connection, due, status=500, error="x")
        connection.execute(deliveries.update().values(next_at=time.time() + 300))
    assert len(forget(world, "web-anna", even_busy=True).erased) == 1


def test_a_webhook_that_fails_for_good_at_that_moment_and_the_deletion_wait_for_each_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.talk("web-anna")
    world.hand_over("web-anna")
    with transaction(world.engine) as connection:
        last = {"state": "pending", "attempts": len(outbox.SCHEDULE) - 1, "next_at": 0}
        connection.execute(deliveries.update().values(**last, destination="no-such-desk"))
        (due,) = outbox.due(connection)
    inside, goes_on = threading.Event(), threading.Event()

    def no_other_desk(*_: object) -> bool:
        inside.set()
        goes_on.wait(10)
        return False

    monkeypatch.setattr(fallback, "take_over", no_other_desk)
    with ThreadPoolExecutor(2) as pool:
        failing = pool.submit(dispatcher.deliver, world.engine, world.settings, due)
        assert inside.wait(10)
        deleting = pool.submit(forget, world, "web-anna", even_busy=True)
        time.sleep(0.3)
        goes_on.set()
        assert not failing.result(10)
        assert len(deleting.result(10).erased) == 1
    assert world.tables_with(("web-anna",)) == set()


def test_a_file_that_cannot_be_deleted_keeps_its_conversation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = world.everything("web-anna")
    before = world.rows()
    path = files.path_of(world.settings, kept.id)
    path.unlink()
    path.mkdir()  # what cannot be unlinked
    with pytest.raises(StorageError, match="cannot be deleted"):
        forget(world, "web-anna")
    assert world.rows() == before
    path.rmdir()
    assert len(forget(world, "web-anna").erased) == 1


def test_killed_half_way_it_goes_on_when_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = world.everything("web-anna")
    world.talk("web-bo")
    real = erasure._delete_files

    def killed(*arguments: Any) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(erasure, "_delete_files", killed)
    with pytest.raises(KeyboardInterrupt):
        forget(world, "web-anna", "web-bo")
    monkeypatch.undo()
    with reading(world.engine) as connection:
        assert kept_of(connection, "web-anna").counts["messages"] == 4
        assert erasures_so_far(connection) == []
    assert not files.path_of(world.settings, kept.id).exists()
    assert len(forget(world, "web-anna", "web-bo").erased) == 2
    assert world.tables_with(SECRETS) == set()


def test_a_process_that_is_killed_has_deleted_conversations_wholly_or_not_at_all(
    world: World,
) -> None:
    ids = [f"web-{number}" for number in range(60)]
    kept = {each: (world.talk(each), world.send_file(each))[1] for each in ids}
    whole = world.rows()["svara_messages"] // len(ids)
    code = (
        "import sys; from pathlib import Path; from bot.privacy.erasure import Asked, erase; "
        "from bot.settings import Settings; from bot.storage.database import open_database; "
        "erase(open_database(sys.argv[1]), Settings(var=Path(sys.argv[2])), sys.argv[3:], "
        "Asked('kim', 'age'), pause=0.02)"
    )
    url = world.engine.url.render_as_string(hide_password=False)
    killed = subprocess.Popen([sys.executable, "-c", code, url, str(world.settings.var), *ids])

    def done() -> int:
        with reading(world.engine) as connection:
            return sum(each.conversations for each in erasures_so_far(connection))

    until = time.monotonic() + 60
    while done() < 5:
        assert killed.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    killed.kill()
    killed.wait()

    gone = done()
    assert 5 <= gone < len(ids)
    with reading(world.engine) as connection:
        left = {each: kept_of(connection, each) for each in ids}
    there = {each for each, found in left.items() if not found.nothing}
    assert len(there) == len(ids) - gone
    assert all(left[each].counts["messages"] == whole for each in there)
    paths = {each: files.path_of(world.settings, file.id) for each, file in kept.items()}
    assert not any(path.exists() for each, path in paths.items() if each not in there)
    missing = [each for each in there if not paths[each].exists()]
    assert len(missing) <= 1  # the one that it was at

    assert len(forget(world, *ids).erased) == len(there)
    assert world.tables_with(SECRETS) == set()
    assert list(files.folder(world.settings).iterdir()) == []


def test_the_deleted_words_are_not_left_in_the_files_of_sqlite(sqlite_world: World) -> None:
    world = sqlite_world
    world.everything("web-anna")

    def in_files() -> set[str]:
        parts = b"".join(path.read_bytes() for path in world.settings.var.glob("svara.db*"))
        return {word for word in (*SECRETS, "web-anna") if word.encode() in parts}

    assert ANNA in in_files()
    forget(world, "web-anna")
    assert in_files() == set()


def test_an_agents_late_word_finds_no_conversation(world: World) -> None:
    world.everything("web-anna")
    with reading(world.engine) as connection:
        handoff = lookup.of_conversation(connection, "web-anna")[0]
    forget(world, "web-anna")
    late = FromAgent(
        id="9", type="message.created", ticket=handoff.id[-6:], agent={"name": "Kim"}, text="x"
    )
    assert not inbound.take(world.engine, world.settings, handoff.desk, late)
    assert world.tables_with(("web-anna",)) == set()


def test_the_customer_may_write_again_and_it_is_a_new_conversation(world: World) -> None:
    world.everything("web-anna")
    forget(world, "web-anna")
    with transaction(world.engine) as connection:
        new = conversations.start(connection, "web-anna", "webchat", language="sv")
        conversations.append(connection, "web-anna", "customer", "hej")
    assert new.customer == {}
    with reading(world.engine) as connection:
        assert kept_of(connection, "web-anna").counts == {"messages": 1}


def test_a_message_that_comes_at_that_moment_belongs_to_a_new_conversation(world: World) -> None:
    world.talk("web-anna")
    inside, goes_on = threading.Event(), threading.Event()

    def write() -> None:
        with transaction(world.engine) as connection:
            conversations.start(connection, "web-anna", "webchat")
            inside.set()
            goes_on.wait(10)
            said = conversations.append(connection, "web-anna", "customer", "är du där?")
            conversations.mark_handled(connection, said.id, nlu=None)

    writing = threading.Thread(target=write)
    writing.start()
    assert inside.wait(10)
    deleting = threading.Thread(target=forget, args=(world, "web-anna"))
    deleting.start()
    time.sleep(0.3)
    assert deleting.is_alive()  # it waits
    goes_on.set()
    writing.join(10)
    deleting.join(10)
    with reading(world.engine) as connection:
        assert connection.execute(sa.select(messages.c.id)).all() == []
        assert conversations.find(connection, "web-anna") is None


def test_a_turn_that_is_under_way_leaves_nothing(world: World) -> None:
    world.talk("web-anna")
    with transaction(world.engine) as connection:
        message = conversations.append(connection, "web-anna", "customer", "snabeldrake")
    turn = Turn(world.settings, message, "webchat", "sv", silent=False, replies=[Reply("Hej!")])
    assert len(forget(world, "web-anna", even_busy=True).erased) == 1
    with transaction(world.engine) as connection:
        assert not turn.finish(connection, slots={"email": ANNA})
    assert world.tables_with((*SECRETS, "web-anna", "Hej!")) == set()


def test_who_waits_for_the_answer_to_a_deleted_message_waits_no_longer(world: World) -> None:
    with transaction(world.engine) as connection:
        message = conversations.append(connection, "web-anna", "customer", "hej")
    intake = Intake(world.engine, world.settings, lambda: None, lambda _: None)
    forget(world, "web-anna", even_busy=True)
    asyncio.run(asyncio.wait_for(intake.settled(message), 5))


def test_a_collecting_that_has_read_it_brings_nothing_back(
    world: World, nlu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.talk("web-anna")
    real = collecting.ready_for_inbox

    def read_and_then(*arguments: Any) -> Any:
        found = real(*arguments)
        if found[0]:
            threading.Thread(target=forget, args=(world, "web-anna")).start()
            time.sleep(0.5)
        return found

    monkeypatch.setattr(collecting, "ready_for_inbox", read_and_then)
    assert world.collect(nlu).messages == 0
    assert world.tables_with(("web-anna",)) == set()


def test_a_webhook_that_comes_to_the_desk_too_late_goes_with_the_next_time(world: World) -> None:
    world.everything("web-anna")
    with reading(world.engine) as connection:
        body = connection.execute(sa.select(deliveries.c.body).limit(1)).scalar()
    forget(world, "web-anna")
    with transaction(world.engine) as connection:
        data = json.loads(body)["data"]
        desk_inbox.take(connection, desk_inbox.Event("late", "handoff.requested", data))
    assert "svara_desk_tickets" in world.tables_with(SECRETS)
    assert len(forget(world, "web-anna").erased) == 1
    assert world.tables_with(SECRETS) == set()
    with reading(world.engine) as connection:
        assert connection.execute(sa.select(desk_messages)).all() == []
