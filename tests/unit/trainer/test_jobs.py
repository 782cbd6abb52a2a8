"""Long work in a process of its own, with its progress in the database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from bot.errors import JobBusy, JobUnknown
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.job_tables import jobs as table
from bot.trainer import jobs
from bot.trainer.jobs import Job


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for kind in ("count", "refuse", "die", "sleep"):
        monkeypatch.setitem(jobs.KINDS, kind, f"job_for_tests:{kind}")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return Settings(var=tmp_path / "var", database_url=f"sqlite:///{tmp_path / 'svara.db'}")


@pytest.fixture
def engine(settings: Settings) -> Engine:
    return open_database(settings.database)


def job(engine: Engine, job_id: int) -> Job:
    with reading(engine) as connection:
        return jobs.get(connection, job_id)


def wait(engine: Engine, job_id: int, until: Callable[[Job], bool], seconds: float = 30) -> Job:
    deadline = time.monotonic() + seconds
    while not until(found := job(engine, job_id)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def ended(found: Job) -> bool:
    return not found.running


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def asleep(engine: Engine, settings: Settings, tmp_path: Path) -> tuple[Job, list[int]]:
    pids = tmp_path / "pids"
    started = jobs.start(engine, settings, "sleep", {"pids": str(pids)}, "kim")
    found = wait(engine, started.id, lambda each: each.said == "Sleeping")
    return found, [int(pid) for pid in pids.read_text().split()]


def test_a_job_says_how_far_it_is_and_gives_its_result(engine: Engine, settings: Settings) -> None:
    started = jobs.start(engine, settings, "count", {"to": 1000}, "kim")
    assert (started.kind, started.by, started.running) == ("count", "kim", True)
    done = wait(engine, started.id, ended)
    assert (done.state, done.result, done.error) == ("done", {"counted": 1000}, None)
    assert (done.said, done.done, done.total) == ("Counting", 1000, 1000)
    assert done.ended_at and done.ended_at >= done.started_at
    with reading(engine) as connection:
        assert jobs.latest(connection, "count") == done


def test_what_was_wrong_with_the_data_is_said(engine: Engine, settings: Settings) -> None:
    failed = wait(engine, jobs.start(engine, settings, "refuse", {}, "kim").id, ended)
    assert failed.state == "failed"
    assert failed.error == "data/nlu/en/greet.yml, line 3: this is not YAML."


def test_a_killed_process_is_noticed(engine: Engine, settings: Settings) -> None:
    failed = wait(engine, jobs.start(engine, settings, "die", {}, "kim").id, ended)
    assert failed.state == "failed"
    assert failed.error == "Its process was killed (SIGKILL). memory is short"


def test_with_svara_itself_all_jobs_of_this_machine_end(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    begun, pids = asleep(engine, settings, tmp_path)
    with transaction(engine) as connection:
        connection.execute(
            table.insert().values(
                kind="count",
                running_kind="count",
                started_by="tove",
                arguments="{}",
                state="running",
                said="Counting",
                done=0,
                total=0,
                host="another",
                started_at=time.time(),
                seen_at=time.time(),
            )
        )
    (ended_now,) = jobs.cancel_all_here(engine, "the stop of Svara")
    assert (ended_now.id, ended_now.state) == (begun.id, "cancelled")
    assert ended_now.error == "Cancelled by the stop of Svara."
    wait_until_gone(pids)
    with reading(engine) as connection:
        elsewhere = jobs.latest(connection, "count")
    assert elsewhere is not None and elsewhere.running


def test_one_of_a_kind_runs(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    first, _pids = asleep(engine, settings, tmp_path)
    with pytest.raises(JobBusy, match="started by kim"):
        jobs.start(engine, settings, "sleep", {"pids": ""}, "alex")
    other = jobs.start(engine, settings, "count", {"to": 1}, "alex")
    assert wait(engine, other.id, ended).state == "done"
    jobs.cancel(engine, first.id, "kim")


def test_cancelling_ends_the_process_and_its_children(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    started, pids = asleep(engine, settings, tmp_path)
    assert all(alive(pid) for pid in pids)
    cancelled = jobs.cancel(engine, started.id, "alex")
    assert (cancelled.state, cancelled.error) == ("cancelled", "Cancelled by alex.")
    wait_until_gone(pids)
    assert job(engine, started.id).state == "cancelled"
    assert jobs.cancel(engine, started.id, "kim").error == "Cancelled by alex."


def test_a_job_cancelled_from_another_machine_ends_by_itself(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    started, pids = asleep(engine, settings, tmp_path)
    with transaction(engine) as connection:
        connection.execute(table.update().values(host="elsewhere"))
    jobs.cancel(engine, started.id, "kim")
    wait_until_gone(pids)


def test_a_job_whose_console_is_gone_too_is_told_dead_and_makes_room(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with transaction(engine) as connection:
        connection.execute(
            table.insert().values(
                kind="count", running_kind="count", started_by="kim", arguments="{}",
                state="running", said="", done=0, total=0, host="elsewhere", pid=1,
                started_at=1.0, seen_at=time.time() - jobs.ALIVE_SECONDS - 1,
            )
        )  # fmt: skip
    with reading(engine) as connection:
        found = jobs.latest(connection, "count")
    assert found and found.state == "failed" and "killed, or out of memory" in (found.error or "")
    again = jobs.start(engine, settings, "count", {"to": 1}, "kim")
    assert wait(engine, again.id, ended).state == "done"
    assert job(engine, found.id).state == "failed"


def test_the_last_jobs_of_each_kind_are_kept(engine: Engine, settings: Settings) -> None:
    done = {
        "started_by": "kim", "arguments": "{}", "state": "done", "said": "", "done": 0, "total": 0,
        "host": "here", "started_at": 1.0, "seen_at": 1.0,
    }  # fmt: skip
    with transaction(engine) as connection:
        connection.execute(table.insert(), [{"kind": "count", **done}] * 30)
        connection.execute(table.insert().values(kind="sleep", **done))
    started = jobs.start(engine, settings, "count", {"to": 1}, "kim")
    with reading(engine) as connection:
        ids = [row.id for row in connection.execute(table.select()) if row.kind == "count"]
        assert jobs.latest(connection, "sleep") is not None
    assert len(ids) == jobs.KEPT and max(ids) == started.id
    assert wait(engine, started.id, ended).state == "done"


def test_unknown_jobs_are_refused(engine: Engine, settings: Settings) -> None:
    with pytest.raises(JobUnknown, match="'dance'"):
        jobs.start(engine, settings, "dance", {}, "kim")
    with reading(engine) as connection, pytest.raises(JobUnknown, match="no job 7"):
        jobs.get(connection, 7)
    with pytest.raises(JobUnknown):
        jobs.cancel(engine, 7, "kim")


def test_a_job_outlives_who_started_it(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    started, (pid, _child) = asleep(engine, settings, tmp_path)
    assert os.getpgid(pid) == pid, "a signal to the console's group does not meet it"
    open_database.cache_clear()
    assert job(open_database(settings.database), started.id).running
    os.killpg(pid, signal.SIGKILL)
    assert wait(engine, started.id, ended).state == "failed"
