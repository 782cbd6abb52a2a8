"""Databases made by earlier versions, and by later ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import SchemaTooNew, StorageError, UpgradeFailed
from bot.storage.database import open_database, transaction
from bot.storage.schema import VERSION_TABLE, versions
from bot.storage.tables import messages, staff_sessions
from tests.unit.storage.schema_world import (
    NEXT,
    at_baseline,
    engine_of,
    kept,
    rows_of,
    shape,
    version,
    with_next,
)

MANY_CHANGES = """
with op.batch_alter_table("svara_staff") as staff:
    staff.alter_column("role", existing_type=sa.String(16), type_=sa.String(64))
    staff.add_column(sa.Column("team", sa.String(20), nullable=False, server_default="none"))
kept = {"sqlite_autoincrement": True}
with op.batch_alter_table("svara_messages", table_kwargs=kept) as messages:
    messages.alter_column("text", existing_type=sa.Text, nullable=True)
with op.batch_alter_table("svara_handoffs") as handoffs:
    handoffs.alter_column("reason", existing_type=sa.String(32), type_=sa.String(99))
op.add_column("svara_conversations", sa.Column("mood", sa.Text))
op.create_table("svara_more", sa.Column("id", sa.Integer, primary_key=True))
"""


def test_rows_of_every_table_survive_an_upgrade(url: str, tmp_path: Path) -> None:
    before = at_baseline(url)
    open_database(url, with_next(tmp_path, MANY_CHANGES))
    assert version(url) == NEXT
    assert kept(url, before) == before
    after = rows_of(url)
    assert [row["team"] for row in after["svara_staff"]] == ["none", "none"]
    assert [row["mood"] for row in after["svara_conversations"]] == [None, None]
    assert after["svara_more"] == []
    assert len(before) > 30
    assert all(len(rows) == 2 for rows in before.values())


def test_an_upgrade_leaves_indexes_and_keys_as_they_were(url: str, tmp_path: Path) -> None:
    at_baseline(url)
    open_database(url)
    before = shape(url)
    open_database(url, with_next(tmp_path, MANY_CHANGES))
    after = shape(url)
    for name in ("svara_staff", "svara_messages", "svara_handoffs", "svara_staff_sessions"):
        for part in ("indexes", "unique", "primary key", "foreign keys"):
            assert after[name][part] == before[name][part], (name, part)


def test_references_are_watched_after_an_upgrade_as_before(url: str, tmp_path: Path) -> None:
    at_baseline(url)
    engine = open_database(url, with_next(tmp_path, MANY_CHANGES))
    row = {"id": "s", "staff_id": 99, "expires_at": 1.0}
    with pytest.raises(sa.exc.IntegrityError), transaction(engine) as connection:
        connection.execute(staff_sessions.insert().values(row))


@pytest.mark.parametrize("kept", [(1,), ()], ids=["some left", "none left"])
def test_the_id_of_a_deleted_message_is_not_given_again(
    url: str, tmp_path: Path, kept: tuple[int, ...]
) -> None:
    at_baseline(url)
    with engine_of(url).begin() as connection:
        if connection.dialect.name == "postgresql":  # ids were given by hand
            connection.execute(sa.text("SELECT setval('svara_messages_id_seq', 2)"))
        connection.execute(messages.delete().where(messages.c.id.not_in(kept)))
    engine = open_database(url, with_next(tmp_path, MANY_CHANGES))
    values = {"conversation_id": "c", "speaker": "bot", "text": "hi", "created_at": 1.0}
    with transaction(engine) as connection:
        result = connection.execute(messages.insert().values(values))
    assert result.inserted_primary_key[0] == 3


def test_a_database_from_before_versions_is_taken_for_the_first_and_upgraded(
    url: str, tmp_path: Path
) -> None:
    before = at_baseline(url, versioned=False)
    open_database(url)
    assert version(url) == versions()[-1]
    assert kept(url, before) == before
    open_database(url, with_next(tmp_path, MANY_CHANGES))
    assert version(url) == NEXT


def test_a_database_from_before_versions_gets_the_tables_and_indexes_that_it_lacks(
    new_url: Callable[[], str],
) -> None:
    url, new = new_url(), new_url()
    before = at_baseline(url, versioned=False)
    with engine_of(url).begin() as connection:
        connection.execute(sa.text("DROP TABLE svara_erasures"))
        connection.execute(sa.text("DROP INDEX ix_svara_messages_push"))
    open_database(url)
    assert kept(url, before) == before | {"svara_erasures": []}
    open_database(new)
    assert shape(url) == shape(new)


def test_a_database_that_lacks_a_column_of_the_first_version_is_left_alone(url: str) -> None:
    at_baseline(url, versioned=False)
    with engine_of(url).begin() as connection:
        connection.execute(sa.text("ALTER TABLE svara_handoffs DROP COLUMN wait_told"))
        connection.execute(sa.text("DROP TABLE svara_erasures"))
    before = shape(url)
    with pytest.raises(UpgradeFailed, match=r"lacks svara_handoffs\.wait_told"):
        open_database(url)
    assert shape(url) == before


def test_a_newer_database_is_refused_and_told_what_to_do(url: str) -> None:
    at_baseline(url)
    with engine_of(url).begin() as connection:
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9876'"))
    before = shape(url)
    with pytest.raises(SchemaTooNew) as refused:
        open_database(url)
    for part in (url, "9876", versions()[-1], "newer Svara", "backup"):
        assert part in str(refused.value)
    assert refused.value.version == "9876"
    assert shape(url) == before
    assert version(url) == "9876"


@pytest.mark.parametrize(
    ("failing", "reason"),
    [
        ("op.execute('SELECT nothing FROM svara_staff')", "nothing"),
        ("op.drop_column('svara_staff', 'role')", r"svara_staff\.role"),
    ],
    ids=["it breaks off", "it takes a column that is needed"],
)
def test_an_upgrade_that_fails_changes_nothing(
    url: str, tmp_path: Path, failing: str, reason: str
) -> None:
    rows, before = at_baseline(url), shape(url)
    with pytest.raises(UpgradeFailed, match=reason) as failed:
        open_database(url, with_next(tmp_path, MANY_CHANGES + failing))
    assert isinstance(failed.value, StorageError)
    assert "Nothing was changed" in str(failed.value)
    assert (rows_of(url), shape(url)) == (rows, before)
    open_database(url)


def test_an_upgrade_that_would_leave_rows_that_refer_to_nothing_is_refused(
    url: str, tmp_path: Path
) -> None:
    rows = at_baseline(url)
    with pytest.raises(UpgradeFailed, match="svara_staff"):
        open_database(url, with_next(tmp_path, "op.execute('DELETE FROM svara_staff')"))
    assert rows_of(url) == rows
