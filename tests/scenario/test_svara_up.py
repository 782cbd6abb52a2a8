"""`svara up` itself: what it refuses, what it keeps running, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rest_customer import RestCustomer
from running_svara import PROJECT, SVARA, RunningSvara, alive, until
from words import SWEDISH

from tests.ports import free_ports

pytestmark = pytest.mark.scenario


def refused(tmp_path: Path, *options: str, folder: Path = PROJECT) -> str:
    """Runs `svara up`, which must refuse: the one line that it says."""
    port, console_port = free_ports(2)
    defaults = {"--port": str(port), "--console-port": str(console_port)}
    defaults |= {"--var": str(tmp_path / "var")}
    defaults |= dict(zip(options[::2], options[1::2], strict=True))
    done = subprocess.run(
        [SVARA, "up", *(part for option in defaults.items() for part in option)],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith("SVARA_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningSvara]:
    """An installation that is not started yet."""
    made = RunningSvara(tmp_path)
    yield made
    made.stop()


def processes_of(svara: RunningSvara) -> list[int]:
    """Every process that was started for an installation, by its environment."""
    mark = f"SVARA_VAR={svara.var}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:  # it has ended, or is another user's
            continue
        if mark in environment and alive(int(folder.name)):
            found.append(int(folder.name))
    return found


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refused(tmp_path, "--port", port)
        assert line.startswith(f"svara: The public port {port} on 127.0.0.1 is taken")
        line = refused(tmp_path, "--console-port", port)
        assert line.startswith(f"svara: The console's port {port} on 127.0.0.1 is taken")


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    line = refused(tmp_path, "--var", str(tmp_path / "file" / "var"))
    assert line.startswith(f"svara: Cannot write to the folder '{tmp_path}/file/var': ")
    assert line.endswith("Make it writable, or choose another with --var.")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("language: en\npipeline: [\n", "config.yml: line 3: not valid YAML"),
        ("language: en\npolicies: [{name: RulePolicy}]\n", "config.yml: 'pipeline' is missing"),
        (
            "language: en\npipeline: [{name: bot.nlu.NoSuch}]\npolicies: [{name: RulePolicy}]\n",
            "config.yml: there is no component 'bot.nlu.NoSuch'",
        ),
    ],
)
def test_a_broken_config_is_one_clear_line(tmp_path: Path, content: str, complaint: str) -> None:
    copy = tmp_path / "project"
    copy.mkdir()
    for part in PROJECT.iterdir():
        if part.name not in ("config.yml", "var", ".rasa"):
            (copy / part.name).symlink_to(part)
    (copy / "config.yml").write_text(content)
    assert complaint in refused(tmp_path, folder=copy)


@pytest.mark.parametrize("name", ["actions", "dispatcher", "console", "shop"])
def test_a_killed_process_comes_back(svara: RunningSvara, name: str) -> None:
    with svara.killed(name):
        pass
    # Said after its number is published, which is what was waited for.
    until(lambda: f"{name} was started again" in svara.output.read_text(), "it to be said")
    assert SWEDISH.helped in RestCustomer(svara).say(SWEDISH.question)


def test_ctrl_c_stops_every_process(own: RunningSvara) -> None:
    own.start()
    running = processes_of(own)
    assert set(own.pids().values()) <= set(running)
    assert own.stop() == 0
    assert own.output.read_text().endswith("Stopped.\n")
    assert processes_of(own) == []
    assert not any(alive(pid) for pid in running)
    assert not (own.var / "pids.json").exists()


def test_after_the_supervisor_was_killed_all_goes_on_where_it_was(own: RunningSvara) -> None:
    own.start()
    customer = RestCustomer(own)
    customer.say(SWEDISH.question)
    assert own.process is not None
    own.process.send_signal(signal.SIGKILL)
    own.process.wait()
    until(lambda: processes_of(own) == [], "the end of every process", 30)
    own.start()
    # The bot still knows which article it showed.
    assert SWEDISH.next_article in customer.press(SWEDISH.no)[0]
