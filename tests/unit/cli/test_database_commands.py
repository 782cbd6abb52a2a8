"""`svara database`: the version of the tables."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import main
from bot.storage import schema
from bot.storage.database import open_database
from bot.storage.schema import VERSION_TABLE, versions

URL = "sqlite:///svara.db"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SVARA_DATABASE_URL", f"{URL}")
    open_database.cache_clear()  # the address is the same in each test, the folder is not
    return tmp_path


def svara(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("database", *arguments))


def change(statement: str) -> None:
    engine = sa.create_engine(URL, future=True)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_without_a_database_the_version_is_told_and_none_is_made(folder: Path) -> None:
    told = svara("version")
    assert told.output == f"{URL}: no tables yet: `svara up` makes them.\n"
    assert told.exit_code == 0
    assert list(folder.iterdir()) == []


def test_after_the_upgrade_the_version_is_the_newest() -> None:
    newest = f"{URL}: version {versions()[-1]}, the newest.\n"
    assert svara("upgrade").output == newest
    told = svara("version")
    assert (told.output, told.exit_code) == (newest, 0)


def test_an_older_version_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    open_database(URL).dispose()
    monkeypatch.setattr(schema, "versions", lambda: (*versions(), "4711"))
    told = svara("version")
    assert told.output == (
        f"{URL}: version {versions()[-1]}; `svara database upgrade` brings it to 4711.\n"
    )
    assert told.exit_code == 1


def test_a_database_from_before_versions_is_told_and_upgraded() -> None:
    open_database(URL).dispose()
    change(f"DROP TABLE {VERSION_TABLE}")
    told = svara("version")
    assert "from before versions; `svara database upgrade` brings it to" in told.output
    assert told.exit_code == 1
    open_database.cache_clear()
    assert svara("upgrade").exit_code == 0
    assert "the newest" in svara("version").output


def test_a_newer_version_is_told_and_not_upgraded() -> None:
    open_database(URL).dispose()
    change(f"UPDATE {VERSION_TABLE} SET version_num = '9876'")
    told = svara("version")
    assert told.output == (
        f"{URL}: version 9876, from a newer Svara: this one knows up to {versions()[-1]}.\n"
    )
    assert told.exit_code == 1
    open_database.cache_clear()
    refused = svara("upgrade")
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"svara: The database {URL} has version 9876")


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVARA_DATABASE_URL", "postgresql://svara:s3cret@127.0.0.1:1/nothing")
    for command in ("version", "upgrade"):
        told = svara(command)
        assert told.exit_code == 2
        assert "s3cret" not in told.stderr
        assert "svara:***@127.0.0.1" in told.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql//svara:s3cret@127.0.0.1:1/nothing",
        "postgresql://svara:s3cret@127.0.0.1:port/nothing",
        "postgresql://svara@127.0.0.1:1/nothing?password=s3cret",
    ],
)
def test_nor_is_one_in_a_mistyped_url_or_among_its_options(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SVARA_DATABASE_URL", url)
    for command in ("version", "upgrade"):
        told = svara(command)
        assert told.exit_code == 2
        assert told.stderr.startswith("svara: ")
        assert "s3cret" not in told.stderr
