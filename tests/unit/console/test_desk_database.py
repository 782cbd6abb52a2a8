"""The desk's own tables, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.console import members, staff
from bot.console.desk import actions, inbox, presence, queue, related, replies, tickets
from bot.console.desk.inbox import Event
from bot.console.errors import StaffRefused
from bot.console.staff import Staff
from bot.storage.database import open_database, reading, transaction
from bot.storage.desk_tables import desk_presence
from tests.databases import own_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "sqlite":
        yield open_database(f"sqlite:///{tmp_path / 'desk.db'}")
        return
    with own_database(request.getfixturevalue("postgres_url")) as url:
        yield open_database(url)


@pytest.fixture
def kim(engine: Engine) -> Staff:
    with transaction(engine) as connection:
        return staff.add(connection, "kim", "Kim", "a-long-password", "agent")


@pytest.fixture
def robin(engine: Engine, kim: Staff) -> Staff:
    with transaction(engine) as connection:
        return staff.add(connection, "robin", "Robin", "a-long-password", "agent")


def come(engine: Engine, customer: str, said: str, **slots: str) -> int:
    name = f"ho_{uuid.uuid4().hex}"
    data = {
        "handoff_id": name,
        "conversation_id": f"web-{name}",
        "channel": "webchat",
        "customer": {"name": customer, "language": "sv"},
        "reason": {"code": "customer_asked"},
        "slots": slots,
        "transcript": {"messages": [{"speaker": "customer", "text": said}]},
    }
    with transaction(engine) as connection:
        assert inbox.take(connection, Event(f"msg_{name}", "handoff.requested", data))
        found = tickets.of_handoff(connection, name)
    assert found is not None
    return found.id


def test_a_conversation_goes_from_hand_to_hand(engine, kim, robin) -> None:
    ticket = come(engine, "Åsa Öberg", "Var är paketet?", order_number="NL-1")
    other = come(engine, "Bo B", "Hej")

    def shown(view: str, who: Staff) -> list[int]:
        with reading(engine) as connection:
            return [row.id for row in queue.rows(connection, view, who.id)]

    assert shown("waiting", kim) == [ticket, other]
    with transaction(engine) as connection:
        actions.accept(connection, ticket, kim)
        actions.write(connection, ticket, kim, "Hej!", client_id="0123456789")
        actions.give(connection, ticket, kim, robin, note="Din?")
        actions.give(connection, other, kim, robin)
    assert shown("mine", kim) == []
    assert shown("mine", robin) == [other, ticket]
    with transaction(engine) as connection:
        assert queue.counts(connection, robin.id) == queue.Counts(0, 2, 2, 3)
        actions.leave(connection, ticket, robin)
    assert shown("waiting", kim) == [ticket]
    assert shown("open", kim) == [other, ticket]


@pytest.mark.parametrize("asked", ["åsa", "ÖBERG nl-1", "PAKETET", "din?"])
def test_search_folds_capitals_of_every_letter(engine, kim, asked) -> None:
    ticket = come(engine, "Åsa Öberg", "Var är Paketet?", order_number="NL-1")
    come(engine, "Bo B", "Hej_då")
    with transaction(engine) as connection:
        actions.annotate(connection, ticket, kim, "Är den din?", client_id="0123456789")
        assert [row.id for row in queue.found(connection, asked)] == [ticket]


def test_letters_that_databases_take_for_wildcards_are_letters(engine) -> None:
    come(engine, "Åsa", "100 kronor")
    ticket = come(engine, "Bo", "100_% rabatt \\ nu")
    with reading(engine) as connection:
        for asked in ("_%", "0_", "\\"):
            assert [row.id for row in queue.found(connection, asked)] == [ticket], asked


def test_several_pages_of_one_agent_say_at_once_that_they_are_there(engine, kim, robin) -> None:
    ticket = come(engine, "Åsa", "Hej")
    failed: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(5):
                with transaction(engine) as connection:
                    presence.look(connection, ticket, kim.id, writing=True)
        except sa.exc.SQLAlchemyError as error:
            failed.append(error)

    pages = [threading.Thread(target=look) for _ in range(4)]
    for page in pages:
        page.start()
    for page in pages:
        page.join(20)
    assert failed == []
    with reading(engine) as connection:
        assert presence.others(connection, ticket, robin.id) == [presence.Other("Kim", True)]
        assert (
            connection.execute(sa.select(sa.func.count()).select_from(desk_presence)).scalar() == 1
        )


def test_other_tickets_are_those_of_the_same_address(engine, kim) -> None:
    first = come(engine, "Åsa", "Hej", email="asa@example.com")
    second = come(engine, "Å. Öberg", "Hej igen", email="ASA@example.com")
    come(engine, "Bo", "Hej", email="bo@example.com")
    with transaction(engine) as connection:
        actions.accept(connection, second, kim)
        (found,) = related.of_customer(connection, tickets.get(connection, first))
    assert (found.id, found.agent, found.same) == (second, "Kim", "e-mail")


def test_replies_are_kept_once_in_each_language(engine, kim) -> None:
    ticket = come(engine, "Åsa", "Hej", order_number="NL-1")
    with transaction(engine) as connection:
        replies.save(
            connection, kim, "late", {"en": "Sorry", "sv": "Hej {customer}, {order_number}"}
        )
        replies.save(connection, kim, "late", {"sv": "Hej {customer}!", "da": ""}, before="late")
        assert replies.every(connection) == [replies.Reply("late", {"sv": "Hej {customer}!"})]
        (filled,) = replies.for_ticket(connection, tickets.get(connection, ticket), kim)
    assert (filled.text, filled.missing) == ("Hej Åsa!", ())


def test_two_admins_who_take_each_other_away_at_once_leave_one(engine: Engine) -> None:
    with transaction(engine) as connection:
        for login in ("ada", "bo"):
            staff.add(connection, login, login, "a-long-password", "admin")
    both = threading.Barrier(2)
    refused: list[StaffRefused] = []

    def take_away(login: str, other: str) -> None:
        both.wait()
        try:
            with transaction(engine) as connection:
                members.deactivate(connection, login, by=other)
        except StaffRefused as error:
            refused.append(error)

    threads = [
        threading.Thread(target=take_away, args=pair) for pair in (("ada", "bo"), ("bo", "ada"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with reading(engine) as connection:
        active = [each.login for each in members.every(connection) if each.active]
    assert len(active) == 1
    assert [str(error) for error in refused] == [
        f"'{active[0]}' is the only admin. Make somebody else one first."
    ]
