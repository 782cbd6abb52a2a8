"""Processes that open one database at the same moment, and one that dies while it upgrades."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.storage.database import open_database, reading, transaction
from bot.storage.schema import MIGRATIONS, bring_up_to_date, version_of, versions
from tests.unit.storage.schema_world import (
    NEXT,
    at_baseline,
    engine_of,
    kept,
    rows_of,
    version,
    with_next,
)

ROOT = Path(__file__).parents[3]
OPENING = """
import sys
from pathlib import Path
from bot.storage import database

database.BUSY_TIMEOUT_MS = database.STATEMENT_TIMEOUT_MS = int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
engine = database.open_database(sys.argv[1], Path(sys.argv[2]))
with database.reading(engine) as connection:
    connection.exec_driver_sql("SELECT count(*) FROM svara_messages")
print("imported" if "alembic" in sys.modules else "not imported")
"""


@contextlib.contextmanager
def processes(
    number: int, url: str, folder: Path, timeout_ms: int
) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """Processes that are about to open a database, once they read a line."""
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", OPENING, url, str(folder), str(timeout_ms)],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(number)
        ]
        for each in started:
            stack.callback(each.kill)
        for each in started:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        yield started


def opened_by(
    number: int, url: str, folder: Path = MIGRATIONS, *, timeout_ms: int = 5000
) -> list[tuple[int, str, str]]:
    """Opens a database by several processes at once: their exit codes and what they wrote."""
    with processes(number, url, folder, timeout_ms) as started:
        for each in started:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        written = [each.communicate(timeout=100) for each in started]
        return [(each.returncode, *out) for each, out in zip(started, written, strict=True)]


def test_one_of_many_processes_makes_a_new_database(url: str) -> None:
    results = opened_by(4, url)
    assert results == [(0, "not imported\n", "")] * 4
    assert version(url) == versions()[-1]


def test_one_of_many_processes_upgrades_and_the_others_wait_for_it(
    url: str, tmp_path: Path
) -> None:
    rows, ran = at_baseline(url), tmp_path / "ran"
    slow = f"""
op.add_column("svara_staff", sa.Column("team", sa.Text))
with Path({str(ran)!r}).open("a") as file:
    file.write("once")
time.sleep(3)
op.execute("UPDATE svara_staff SET team = name")
"""
    # A statement may take less long than the upgrade does.
    results = opened_by(4, url, with_next(tmp_path, slow), timeout_ms=1500)
    assert [code for code, _, _ in results] == [0] * 4, results
    assert ran.read_text() == "once"
    assert version(url) == NEXT
    assert [row["team"] for row in rows_of(url)["svara_staff"]] == [
        row["name"] for row in rows["svara_staff"]
    ]


def test_a_process_killed_while_it_upgrades_leaves_a_database_that_opens(
    url: str, tmp_path: Path
) -> None:
    before, deadly = at_baseline(url), tmp_path / "deadly"
    deadly.touch()
    folder = with_next(
        tmp_path,
        f"""
with op.batch_alter_table("svara_staff") as staff:
    staff.alter_column("role", existing_type=sa.String(16), type_=sa.String(64))
op.execute("DELETE FROM svara_staff_sessions")
if Path({str(deadly)!r}).exists():
    os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    [(code, _, _)] = opened_by(1, url, folder)
    assert code == -signal.SIGKILL
    assert rows_of(url) == before
    deadly.unlink()
    open_database(url, folder)
    assert version(url) == NEXT
    assert kept(url, before) == before | {"svara_staff_sessions": []}


def test_a_current_database_opens_while_another_process_writes(url: str) -> None:
    with transaction(open_database(url)) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7382942)")
        bring_up_to_date(engine_of(url))
    with reading(open_database(url)) as connection:
        assert version_of(connection) == versions()[-1]
