"""The supervisor with real, tiny processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import SupervisorError
from bot.supervisor import guard
from bot.supervisor.processes import Process, Restarts, Supervisor, how_it_ended
from tests.waiting import until

QUICK = Restarts(first=0.05, longest=0.2, steady=60)
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); "
Start = Callable[..., Supervisor]


def python(name: str, code: str) -> Process:
    return Process(name, [sys.executable, "-c", code])


def sleeper(name: str) -> Process:
    return python(name, "import time; time.sleep(100)")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def start(tmp_path: Path, lines: list[str]) -> Iterator[Start]:
    made = []

    def _start(*processes: Process, grace: float = 5, restarts: Restarts = QUICK) -> Supervisor:
        supervisor = Supervisor(processes, tmp_path, lines.append, restarts=restarts, grace=grace)
        made.append(supervisor)
        supervisor.start()
        return supervisor

    yield _start
    for supervisor in made:
        supervisor.stop()


def test_runs_all_and_writes_their_ids(start: Start, tmp_path: Path) -> None:
    supervisor = start(sleeper("one"), sleeper("two"))
    pids = json.loads((tmp_path / "pids.json").read_text())
    assert pids == supervisor.pids()
    assert set(pids) == {"one", "two"}
    assert all(alive(pid) for pid in pids.values())
    assert all(os.getpgid(pid) == pid for pid in pids.values())


def test_stop_ends_all_and_what_they_started(start: Start, tmp_path: Path) -> None:
    child = (
        "import subprocess, time; p = subprocess.Popen(['sleep', '100']); "
        "print(p.pid, flush=True); time.sleep(100)"
    )
    supervisor = start(python("parent", child), sleeper("other"))
    log = tmp_path / "log" / "parent.log"
    until(lambda: log.read_text().endswith("\n"))
    pids = [*supervisor.pids().values(), int(log.read_text())]
    supervisor.stop()
    assert not any(alive(pid) for pid in pids)
    assert not (tmp_path / "pids.json").exists()


def test_what_does_not_listen_is_killed(start: Start, lines: list[str], tmp_path: Path) -> None:
    supervisor = start(python("deaf", STUBBORN + "time.sleep(100)"), grace=0.3)
    until(lambda: "deaf" in (tmp_path / "log" / "deaf.log").read_text())
    pid = supervisor.pids()["deaf"]
    began = time.monotonic()
    supervisor.stop()
    assert 0.3 <= time.monotonic() - began < 3
    assert not alive(pid)
    assert lines == [f"deaf (pid {pid}) did not end by itself and was killed."]


def test_a_death_is_reported_with_its_last_line_and_the_process_started_again(
    start: Start, lines: list[str]
) -> None:
    supervisor = start(python("weak", "print('first'); print('out of luck'); raise SystemExit(3)"))
    until(lambda: len(lines) >= 3)
    pid = int(lines[0].split("pid ")[1].split(")")[0])
    assert lines[0].startswith(f"weak (pid {pid}) ended with exit code 3 after 0.")
    assert lines[0].endswith("Its last line: out of luck")
    assert lines[1].startswith("weak was started again (pid ")
    assert supervisor.deaths("weak") >= 1


def test_killing_a_process_brings_a_new_one(start: Start, lines: list[str]) -> None:
    supervisor = start(sleeper("rasa"), sleeper("console"))
    before = supervisor.pids()
    os.kill(before["rasa"], signal.SIGKILL)
    until(lambda: supervisor.pids().get("rasa") not in (before["rasa"], None))
    assert alive(supervisor.pids()["rasa"])
    assert supervisor.pids()["console"] == before["console"]
    assert "was ended by SIGKILL" in lines[0]
    assert lines[0].endswith("Its last line: (none)")


def test_what_a_dead_process_left_behind_is_ended_before_the_next(
    start: Start, tmp_path: Path
) -> None:
    code = "import subprocess; p = subprocess.Popen(['sleep', '100']); print(p.pid, flush=True)"
    supervisor = start(python("orphaning", code))
    until(lambda: supervisor.deaths("orphaning") >= 2)
    first = int((tmp_path / "log" / "orphaning.log").read_text().split()[0])
    until(lambda: not alive(first), 2)


def test_no_restart_after_stop(start: Start, lines: list[str]) -> None:
    slow = Restarts(first=60, longest=60)
    supervisor = start(python("short", "pass"), restarts=slow)
    until(lambda: lines)
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5
    assert supervisor.pids() == {}


def test_the_waits_double_up_to_the_longest() -> None:
    waits = [Restarts().delay(deaths) for deaths in range(1, 10)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert Restarts().delay(100_000) == 30


def test_a_process_that_lived_long_enough_starts_from_the_first_wait(start: Start) -> None:
    restarts = Restarts(first=0.01, longest=0.01, steady=0.3)
    code = "import time; time.sleep(0.5)"
    supervisor = start(python("steady", code), python("hasty", "pass"), restarts=restarts)
    until(lambda: supervisor.deaths("hasty") >= 3)
    until(lambda: supervisor.deaths("steady") == 1)
    time.sleep(1)
    assert supervisor.deaths("steady") == 1


def test_a_program_that_is_not_there_is_an_error_and_nothing_is_left(
    start: Start, tmp_path: Path
) -> None:
    good = python("good", "import os, time; print(os.getpid(), flush=True); time.sleep(100)")
    with pytest.raises(SupervisorError, match=r"Cannot start 'bad' \(/no/such\): No such file"):
        start(good, Process("bad", ["/no/such"]))
    assert not (tmp_path / "pids.json").exists()
    log = (tmp_path / "log" / "good.log").read_text()
    assert not log or not alive(int(log))


def test_children_get_the_environment_given_and_no_more(start: Start, tmp_path: Path) -> None:
    code = "import os; print(dict(os.environ)); __import__('time').sleep(100)"
    process = Process("env", [sys.executable, "-u", "-c", code], {"ONLY": "this"})
    start(process)
    log = tmp_path / "log" / "env.log"
    until(lambda: "ONLY" in log.read_text())
    assert "this" in log.read_text()
    assert "PATH" not in log.read_text()
    assert "this" not in repr(process)


def supervising(folder: Path, code: str) -> subprocess.Popen[bytes]:
    """A whole supervisor in a process of its own, which a test may kill."""
    program = f"""
import sys, time
from pathlib import Path
from bot.supervisor.processes import Process, Supervisor
supervisor = Supervisor(
    [Process("child", [sys.executable, "-c", {code!r}])], Path({str(folder)!r}), print, grace=0.5)
supervisor.start()
time.sleep(100)
"""
    return subprocess.Popen([sys.executable, "-c", program])


@pytest.mark.parametrize(
    "code",
    ["import time; print('up', flush=True); time.sleep(100)", STUBBORN + "time.sleep(100)"],
    ids=["listens", "deaf"],
)
def test_children_do_not_survive_a_killed_supervisor(tmp_path: Path, code: str) -> None:
    parent = supervising(tmp_path, code)
    log, pids = tmp_path / "log" / "child.log", tmp_path / "pids.json"
    try:
        # What the child says may come before the supervisor has written down who it is.
        until(lambda: log.exists() and log.read_text() and pids.exists())
    finally:
        parent.kill()
        parent.wait()
    pid = json.loads(pids.read_text())["child"]
    until(lambda: not alive(pid), 5)


def test_a_guard_that_was_killed_is_replaced(start: Start, lines: list[str]) -> None:
    supervisor = start(sleeper("long"), sleeper("other"))
    first = supervisor._guard
    assert first is not None
    first.kill()
    first.wait()
    os.kill(supervisor.pids()["other"], signal.SIGKILL)
    until(lambda: len(lines) >= 2)
    assert supervisor._guard is not None
    assert supervisor._guard.poll() is None
    assert alive(supervisor.pids()["long"])


def test_the_guard_ends_only_what_has_not_ended_yet() -> None:
    kept = subprocess.Popen(["sleep", "100"], start_new_session=True)
    ended = subprocess.Popen(["sleep", "100"], start_new_session=True)
    watcher = subprocess.Popen([sys.executable, "-I", guard.__file__, "1"], stdin=subprocess.PIPE)
    watcher.communicate(f"+{kept.pid}\n+{ended.pid}\n-{kept.pid}\n".encode(), timeout=10)
    assert ended.wait(5) == -signal.SIGTERM
    assert kept.poll() is None
    kept.kill()
    kept.wait()


def test_how_it_ended() -> None:
    assert how_it_ended(0) == "ended with exit code 0"
    assert how_it_ended(-9) == "was ended by SIGKILL"
    assert how_it_ended(-100) == "was ended by signal 100"
