"""`svara conversation`: what would go is shown first, then it goes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import main
from bot.handoff import lifecycle, tickets
from bot.handoff.context import Facts
from bot.handoff.desks.contract import Ticket
from bot.handoff.lifecycle import HandoffRequest
from bot.settings import Settings, ensure_secrets
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import conversations as table
from bot.storage.tables import deliveries, messages

ANNA = "anna@exempel.se"


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    made = ensure_secrets(Settings(var=Path("var")))
    for name, said, days in (("web-1", f"jag är {ANNA}", 0), ("web-2", "hej", 400)):
        with transaction(open_database(made.database)) as connection:
            customer = {"email": ANNA} if name == "web-1" else {}
            conversations.start(connection, name, "webchat", language="sv", customer=customer)
            message = conversations.append(connection, name, "customer", said)
            conversations.mark_handled(connection, message.id, nlu=None)
            at = time.time() - days * 86400
            connection.execute(table.update().where(table.c.id == name).values(created_at=at))
            mine = messages.c.conversation_id == name
            connection.execute(messages.update().where(mine).values(created_at=at))
    return made


def svara(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(main, ("conversation", *arguments), input=answer)


def left(settings: Settings) -> list[str]:
    with reading(open_database(settings.database)) as connection:
        return list(connection.execute(sa.select(table.c.id).order_by(table.c.id)).scalars())


def test_it_is_shown_first_and_goes_only_after_a_yes(settings: Settings) -> None:
    shown = svara("forget", "web-1", "--dry-run")
    assert shown.exit_code == 0
    assert "web-1  webchat  " in shown.output
    assert "1 conversation: messages 1\n" in shown.output
    assert svara("forget", "web-1", answer="n\n").exit_code == 1
    assert left(settings) == ["web-1", "web-2"]
    gone = svara("forget", "web-1", "--by", "kim", answer="y\n")
    assert "Deleted 1 conversation: messages 1\n" in gone.output
    assert left(settings) == ["web-2"]
    again = svara("forget", "web-1", "--yes")
    assert (again.exit_code, again.output) == (0, "Nothing is kept that could be deleted.\n")
    log = svara("erasures").output
    assert log.endswith("  kim  by conversation: 1 conversation, messages 1, handoffs 0, files 0\n")
    assert "web-1" not in log


def test_those_of_an_address_go(settings: Settings) -> None:
    with transaction(open_database(settings.database)) as connection:
        conversations.start(connection, "web-3", "webchat", language="sv")
        said = conversations.append(connection, "web-3", "customer", f"fråga {ANNA} då")
        conversations.mark_handled(connection, said.id, nlu=None)
    shown = svara("forget", "--address", ANNA, "--dry-run").output
    assert "In 1 conversation the address is only in the customer's words" in shown
    assert "somebody else's: web-3\n" in shown
    assert svara("forget", "--address", ANNA, "--yes").exit_code == 0
    assert left(settings) == ["web-2"]
    refused = svara("forget", "--address", "Anna", "--yes")
    assert refused.exit_code == 2
    assert "neither an e-mail address nor a telephone number" in refused.stderr


def test_those_that_are_old_go(settings: Settings) -> None:
    assert svara("forget", "--older-than", "365", "--yes").exit_code == 0
    assert left(settings) == ["web-1"]
    assert "by age" in svara("erasures").output


def test_what_a_person_has_stays_unless_wanted_and_its_ticket_is_told(settings: Settings) -> None:
    with transaction(open_database(settings.database)) as connection:
        handoff = lifecycle.open_handoff(
            connection, settings, "web-1", HandoffRequest("customer_asked"), Facts(slots={})
        )
        connection.execute(deliveries.update().values(state="delivered"))
        tickets.keep(connection, handoff.id, "support", Ticket("41", "https://rt.example/41"))
    refused = svara("forget", "web-1", "--yes")
    assert refused.exit_code == 1
    assert "in the way: It waits for a person at '" in refused.stdout
    assert "not deleted: web-1: It waits for a person" in refused.stderr
    assert left(settings) == ["web-1", "web-2"]
    gone = svara("forget", "web-1", "--yes", "--even-busy")
    assert gone.exit_code == 0
    assert "lost with web-1: It waits for a person" in gone.stdout
    assert "still at the helpdesk support: ticket 41 https://rt.example/41" in gone.stdout


@pytest.mark.parametrize(
    "arguments", [(), ("web-1", "--older-than", "3"), ("--address", ANNA, "--older-than", "3")]
)
def test_exactly_one_way_to_name_them(arguments: tuple[str, ...]) -> None:
    refused = svara("forget", *arguments)
    assert refused.exit_code == 2
    assert "Give one of" in refused.stderr


def test_nothing_was_deleted_yet() -> None:
    assert svara("erasures").output == "Nothing was deleted yet.\n"
