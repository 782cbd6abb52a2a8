"""`svara up` as a program, in a project whose other programs are small stand-ins."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.ports import free_ports
from tests.waiting import until

SVARA = Path(sys.executable).with_name("svara")
SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int({port})), Handler).serve_forever()
"""
SLEEPER = "import time; time.sleep(100)"
TRAIN = "import sys; print('It fits.'); assert sys.argv[1:] == ['train', '--to-start']"


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Project:
    """A folder to run `svara up` in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.console_port, self.actions_port, self.shop_port = free_ports(4)
        self.write("config.yml", "language: en\npipeline: [{name: X}]\npolicies: [{name: Y}]\n")
        self.write("domain.yml", "intents: [a]\nresponses: {b: []}\nactions: [c]\n")
        for package in ("bot", "bot/server", "bot/console", "bot/handoff", "demo_shop"):
            self.write(f"{package}/__init__.py", "")
        self.write("bot/server/__main__.py", SERVER.format(port="os.environ['SVARA_PORT']"))
        self.write(
            "bot/console/__main__.py", SERVER.format(port="os.environ['SVARA_CONSOLE_PORT']")
        )
        self.write("bot/server/actions.py", SLEEPER)
        self.write("bot/handoff/dispatcher.py", SLEEPER)
        self.write("demo_shop/__main__.py", SERVER.format(port="sys.argv[2]"))
        self.write("bot/cli.py", TRAIN)
        self.started: list[subprocess.Popen[str]] = []

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def up(self, *options: str) -> subprocess.Popen[str]:
        ours = {
            "SVARA_PORT": self.port,
            "SVARA_CONSOLE_PORT": self.console_port,
            "SVARA_ACTIONS_PORT": self.actions_port,
            "SVARA_SHOP_PORT": self.shop_port,
        }
        child = subprocess.Popen(
            [SVARA, "up", *options],
            cwd=self.folder,
            env=os.environ | {name: str(port) for name, port in ours.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(child)
        return child

    def ready(self, *options: str) -> tuple[subprocess.Popen[str], str]:
        """Starts, waits until the addresses are shown, and returns what was shown."""
        child = self.up(*options)
        assert child.stdout is not None
        shown = ""
        while "Ctrl-C stops everything." not in shown:
            line = child.stdout.readline()
            assert line, f"ended early: {child.communicate()}"
            shown += line
        return child, shown

    def pids(self) -> dict[str, int]:
        found: dict[str, int] = json.loads((self.folder / "var" / "pids.json").read_text())
        return found

    def environment_of(self, name: str) -> dict[str, str]:
        raw = Path(f"/proc/{self.pids()[name]}/environ").read_text().split("\0")
        return dict(line.split("=", 1) for line in raw if "=" in line)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    for child in made.started:
        child.terminate()
        try:
            child.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise


def refused(child: subprocess.Popen[str]) -> list[str]:
    """The lines of a refusal."""
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 2, errors
    return errors.splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_starts_everything_and_stops_everything(project: Project, number: int) -> None:
    child, _ = project.ready()
    pids = project.pids()
    assert set(pids) == {"rasa", "actions", "console", "dispatcher", "shop"}
    assert all(alive(pid) for pid in pids.values())
    child.send_signal(number)
    output, errors = child.communicate(timeout=15)
    assert child.returncode == 0
    assert output.endswith("Stopped.\n")
    assert errors == ""
    assert not any(alive(pid) for pid in pids.values())


def test_a_signal_that_another_thread_is_given_stops_everything_as_well(project: Project) -> None:
    """As after Ctrl-Z, kill and fg: of a process that was stopped any thread may be given it."""
    child, _ = project.ready()
    threads = [int(each.name) for each in Path(f"/proc/{child.pid}/task").iterdir()]
    assert ctypes.CDLL(None).tgkill(child.pid, max({*threads} - {child.pid}), signal.SIGINT) == 0
    output, _ = child.communicate(timeout=15)
    assert (child.returncode, output.endswith("Stopped.\n")) == (0, True)


def test_shows_the_addresses_and_no_password(project: Project) -> None:
    _, shown = project.ready()
    public, staff = (f"http://127.0.0.1:{p}" for p in (project.port, project.console_port))
    assert re.search(r"Svara is ready \(\d+\.\d s\)\.", shown)
    assert f"Shop with the chat   {public}/\n" in shown
    assert f"Help centre          {public}/help/sv/\n" in shown
    assert f"Staff console        {staff}/\n" in shown
    assert "log in as 'agent'; `svara staff-password` prints the password" in shown
    assert f"Health check         {public}/healthz\n" in shown
    secrets = json.loads((project.folder / "var" / "secrets.json").read_text())
    assert not any(secret in shown for secret in secrets.values())
    assert "\x1b" not in shown
    assert requests.get(f"{public}/healthz", timeout=5).status_code == 200


def test_no_secret_is_in_an_argument_list_and_the_shop_gets_its_key(project: Project) -> None:
    project.ready()
    secrets = json.loads((project.folder / "var" / "secrets.json").read_text())
    for pid in project.pids().values():
        arguments = Path(f"/proc/{pid}/cmdline").read_text()
        assert not any(secret in arguments for secret in secrets.values())
    key = secrets["order_system_key"]
    assert project.environment_of("shop")["SVARA_ORDER_SYSTEM_KEY"] == key
    assert "SVARA_ORDER_SYSTEM_KEY" not in project.environment_of("rasa")
    assert project.environment_of("rasa")["RASA_TELEMETRY_ENABLED"] == "false"


def test_options_reach_the_processes_over_the_environment_and_the_file(project: Project) -> None:
    project.write("svara.yml", "console_port: 1\nhost: 127.0.0.1\n")
    other, console = free_ports(2)
    project.ready("--port", str(other), "--console-port", str(console), "--var", "var")
    assert project.environment_of("console")["SVARA_PORT"] == str(other)
    assert project.environment_of("console")["SVARA_CONSOLE_PORT"] == str(console)


def test_without_the_demo_shop(project: Project) -> None:
    _, shown = project.ready("--no-demo-shop")
    assert "shop" not in project.pids()
    assert "Shop" not in shown
    assert project.environment_of("rasa")["SVARA_DEMO_SHOP"] == "False"


def test_a_killed_process_comes_back_and_the_log_says_so(project: Project) -> None:
    project.ready()
    before = project.pids()
    os.kill(before["rasa"], signal.SIGKILL)
    until(lambda: project.pids().get("rasa") not in {before["rasa"], None})
    log = project.folder / "var" / "log" / "svara.log"
    until(lambda: "was started again" in log.read_text())
    assert f"rasa (pid {before['rasa']}) was ended by SIGKILL" in log.read_text()


def test_an_internal_port_that_is_taken_is_another_one(project: Project) -> None:
    with socket.create_server(("127.0.0.1", project.actions_port)):
        project.ready()
        moved = project.environment_of("rasa")["SVARA_ACTIONS_PORT"]
        assert moved == project.environment_of("actions")["SVARA_ACTIONS_PORT"]
        assert moved != str(project.actions_port)


def test_a_public_port_that_is_taken_is_one_clear_line(project: Project) -> None:
    with socket.create_server(("127.0.0.1", project.port)):
        lines = refused(project.up())
    assert len(lines) == 1
    assert lines[0].startswith(f"svara: The public port {project.port} on 127.0.0.1 is taken")
    assert re.search(r"choose another: --port \d+$", lines[0])
    assert not (project.folder / "var" / "secrets.json").exists()


def test_every_problem_is_a_line(project: Project) -> None:
    (project.folder / "config.yml").unlink()
    project.write("domain.yml", "intents: [a]\nresponses: {: :\n")
    lines = refused(project.up())
    assert len(lines) == 2
    assert lines[0].startswith("svara: config.yml is not in ")
    assert lines[1].startswith("svara: domain.yml: line 2: not valid YAML")


def test_a_folder_that_cannot_be_written_is_one_clear_line(project: Project) -> None:
    project.write("occupied", "a file")
    lines = refused(project.up("--var", "occupied/var"))
    assert lines == [
        "svara: Cannot write to the folder 'occupied/var': Not a directory. "
        "Make it writable, or choose another with --var."
    ]


def test_a_second_run_in_the_same_folder_is_refused(project: Project) -> None:
    first, _ = project.ready()
    lines = refused(project.up())
    assert len(lines) == 1
    assert f"already running in the folder 'var' (process {first.pid})" in lines[0]
    assert all(alive(pid) for pid in project.pids().values())


def test_a_run_that_was_killed_is_followed_by_a_whole_one(project: Project) -> None:
    first, _ = project.ready()
    before = project.pids()
    first.kill()
    first.communicate()
    project.ready()
    assert not any(alive(pid) for pid in before.values())
    assert not set(before.values()) & set(project.pids().values())


def test_a_process_that_never_starts_ends_it_all(project: Project) -> None:
    project.write("bot/server/__main__.py", "raise SystemExit('no luck today')")
    lines = refused(project.up())
    assert "rasa (pid " in lines[0]
    assert "ended with exit code 1" in lines[0]
    assert "no luck today" in lines[0]
    assert lines[-1] == (
        "svara: 'rasa' ended 4 times in a row while starting. Its log says why: var/log/rasa.log"
    )
    assert not (project.folder / "var" / "pids.json").exists()


def test_a_training_that_refuses_the_data_has_the_last_word(project: Project) -> None:
    project.write(
        "bot/cli.py", "import sys; print('svara: bad data', file=sys.stderr); sys.exit(2)"
    )
    assert refused(project.up()) == ["svara: bad data"]


def test_a_training_that_was_killed_is_told(project: Project) -> None:
    project.write("bot/cli.py", "import os; os.kill(os.getpid(), 9)")
    assert refused(project.up()) == [
        "svara: The training was ended by SIGKILL. Run `svara train` to see why."
    ]


def test_a_stop_during_the_training_ends_it(project: Project) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(100)"
    project.write("bot/cli.py", code)
    child = project.up()
    assert child.stdout is not None
    training = int(child.stdout.readline())
    child.terminate()
    child.communicate(timeout=15)
    assert child.returncode == 0
    assert not alive(training)
