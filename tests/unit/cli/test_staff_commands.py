"""`svara staff`: members, roles and passwords."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.console import staff
from bot.console.errors import LoginRefused
from bot.settings import Settings, ensure_secrets
from bot.storage.database import open_database


@pytest.fixture(autouse=True)
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    settings = ensure_secrets(Settings(var=Path("var")))
    staff.ensure_first(open_database(settings.database), settings)
    return settings


def svara(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("staff", *arguments))


def test_somebody_added_can_log_in_with_the_password_shown(first: Settings) -> None:
    told = svara("add", "tove", "--role", "trainer", "--name", "Tove Berg").output
    assert "tove (Tove Berg) is on the staff as trainer." in told
    staff.log_in(open_database(first.database), "tove", told.split("password: ")[1].strip())
    lines = svara("list").output.splitlines()
    assert lines == ["agent  admin    Kim", "tove   trainer  Tove Berg"]


def test_a_role_is_changed_and_the_last_admin_stays_one() -> None:
    svara("add", "tove")
    refused = svara("role", "agent", "trainer")
    assert refused.exit_code == 2
    assert "only admin" in refused.stderr
    assert svara("role", "tove", "admin").output == "tove (Tove) is admin now.\n"
    assert svara("role", "agent", "trainer").exit_code == 0


def test_a_new_password_ends_the_old_one_and_its_sessions(first: Settings) -> None:
    engine = open_database(first.database)
    old = svara("add", "tove").output.split("password: ")[1].strip()
    session = staff.log_in(engine, "tove", old)
    new = svara("password", "tove").output.split("password: ")[1].strip()
    with pytest.raises(LoginRefused):
        staff.log_in(engine, "tove", old)
    staff.log_in(engine, "tove", new)
    with engine.connect() as connection:
        assert staff.of_session(connection, session) is None


def test_who_is_deactivated_cannot_log_in_until_activated(first: Settings) -> None:
    engine = open_database(first.database)
    password = svara("add", "tove").output.split("password: ")[1].strip()
    session = staff.log_in(engine, "tove", password)
    assert svara("deactivate", "tove").output == "tove (Tove) can log in no more.\n"
    with engine.connect() as connection:
        assert staff.of_session(connection, session) is None
    with pytest.raises(LoginRefused, match="deactivated"):
        staff.log_in(engine, "tove", password)
    assert svara("list").output.splitlines()[1] == "tove   agent    Tove  (deactivated)"
    assert svara("activate", "tove").output == "tove (Tove) is agent again.\n"
    staff.log_in(engine, "tove", password)


def test_a_deactivated_admin_does_not_count_as_one() -> None:
    svara("add", "tove", "--role", "admin")
    svara("deactivate", "tove")
    refused = svara("role", "agent", "trainer")
    assert (refused.exit_code, "only admin" in refused.stderr) == (2, True)
    assert svara("role", "tove", "agent").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "agent"), "There is a 'agent' already"),
        (("add", "two words"), "cannot be a login"),
        (("add", "x", "--name", " "), "The name must have"),
        (("role", "nobody", "agent"), "There is no 'nobody' among the staff. Logins: agent."),
        (("password", "nobody"), "There is no 'nobody'"),
        (("deactivate", "nobody"), "There is no 'nobody'"),
        (("deactivate", "agent"), "'agent' is the only admin"),
        (("activate", "nobody"), "There is no 'nobody'"),
        (("password", "agent"), "`svara staff-password` prints it"),
    ],
)
def test_what_cannot_be_is_one_clear_line(arguments: tuple[str, ...], said: str) -> None:
    refused = svara(*arguments)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
