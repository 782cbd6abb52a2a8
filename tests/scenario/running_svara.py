"""Svara as its operator runs it: `svara up`, in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import requests
import sqlalchemy as sa

from tests.ports import free_ports

PROJECT = Path(__file__).parents[2]
SVARA = Path(sys.executable).with_name("svara")
READY = "Ctrl-C stops everything."
START_SECONDS = 420
"""The first start trains a model when the data has changed."""

LANGUAGES = ("en", "sv", "da", "nb")
SECRET = "whsec_c2NlbmFyaW8gdGVzdHM6IHRoZSBjdXJyZW50IG9uZQ=="
OLD_SECRET = "whsec_c2NlbmFyaW8gdGVzdHM6IHRoZSBsYXN0IG9uZSEhIQ=="
REST_TOKEN = "scenario-rest-token"
STAFF_PASSWORD = "scenario-password"

T = TypeVar("T")


def until(condition: Callable[[], T], what: str, seconds: float = 20) -> T:
    """Waits until the condition gives something true, and returns that."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.03)
    return found


def kept_port() -> socket.socket:
    """A port that stays ours while nothing listens on it, so that connections to it are refused.

    A server that may go away and come back listens on its number; as long as this socket is open,
    nobody else is given it meanwhile.
    """
    kept = socket.socket()
    # Another socket may be bound beside this one, which does not listen, if both allow it.
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


def project_of_its_own(folder: Path) -> Path:
    """The project with training files, rules and domain of its own, in an empty folder.

    All else is looked at only. The model is of the same data as the project's own, so it is trained
    once, for all scenarios.
    """
    _see_to_a_model()
    own = ("data", "tests", "models", "var", "svara.yml", "domain.yml")
    for path in PROJECT.iterdir():
        if path.name not in own and path.name[0] != ".":
            (folder / path.name).symlink_to(path)
    shutil.copytree(PROJECT / "data", folder / "data")
    shutil.copy2(PROJECT / "domain.yml", folder / "domain.yml")
    for name in ("blind", "stories"):
        shutil.copytree(PROJECT / "tests" / name, folder / "tests" / name)
    (folder / "models").mkdir()
    for path in (PROJECT / "models").glob("svara-*"):
        shutil.copy2(path, folder / "models")
    return folder


def _see_to_a_model() -> None:
    with tempfile.TemporaryDirectory() as var:
        done = subprocess.run(
            [SVARA, "train", "--to-start", "--var", var],
            check=False,
            cwd=PROJECT,
            env=_others(),
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
        )
    assert done.returncode == 0, done.stdout + done.stderr


def _others() -> dict[str, str]:
    """The environment without what is set for Svara."""
    return {k: v for k, v in os.environ.items() if not k.startswith("SVARA_")}


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class RunningSvara:
    """One installation: a folder, ports that stay the same over restarts, and its settings.

    Args:
        settings: by name, without the `SVARA_`.
        project: the folder with the trainer's files and the models.
    """

    def __init__(self, folder: Path, *, project: Path = PROJECT, **settings: object) -> None:
        self.var = folder / "var"
        self.project = project
        self.port, self.console_port, self.actions_port, shop = free_ports(4)
        given = {
            "actions_port": self.actions_port,
            "shop_port": shop,
            "handoff_secret": f"{SECRET},{OLD_SECRET}",
            "rest_token": REST_TOKEN,
            "staff_password": STAFF_PASSWORD,
            "desks_file": folder / "desks.yml",  # none: somebody is always there
        }
        ours = {name.upper(): str(value) for name, value in {**given, **settings}.items()}
        self.environment = _others() | {f"SVARA_{name}": value for name, value in ours.items()}
        self.database_url = ours.get("DATABASE_URL") or f"sqlite:///{self.var / 'svara.db'}"
        self.url = f"http://127.0.0.1:{self.port}"
        self.staff_url = f"http://127.0.0.1:{self.console_port}"
        self.output = folder / "svara-up.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RunningSvara:
        """Starts it and returns when it says that it is ready."""
        with self.output.open("wb") as output:
            ports = ["--port", str(self.port), "--console-port", str(self.console_port)]
            self.process = subprocess.Popen(
                [SVARA, "up", *ports, "--var", str(self.var)],
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self.process

        def ready() -> bool:
            said = self.output.read_text(errors="replace")
            assert process.poll() is None, f"`svara up` ended with {process.returncode}:\n{said}"
            return READY in said

        until(ready, "`svara up` to be ready", START_SECONDS)
        return self

    def stop(self) -> int:
        """Stops it as Ctrl-C does; the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(45)
            assert "did not end by itself" not in self.output.read_text(errors="replace")
            return code
        except subprocess.TimeoutExpired:
            self.process.kill()  # the guard ends the rest
            self.process.wait()
            raise
        finally:
            self.process = None

    def restart(self) -> None:
        """Stops and starts it, with the same folder and ports."""
        assert self.stop() == 0, self.output.read_text()
        self.start()

    def pids(self) -> dict[str, int]:
        """Process ids by name, as the supervisor publishes them."""
        found: dict[str, int] = json.loads((self.var / "pids.json").read_text())
        return found

    def pid(self, name: str) -> int:
        """The process id of one, once it runs."""
        return until(lambda: self.pids().get(name, 0), f"the process '{name}'", 60)

    @contextlib.contextmanager
    def killed(self, name: str) -> Iterator[None]:
        """Kills a process with SIGKILL, and at the end waits until it is back."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        yield
        until(lambda: self.pids().get(name, pid) != pid, f"a new '{name}'", 60)
        until(lambda: self.answers(name), f"'{name}' to answer again", 90)

    @contextlib.contextmanager
    def hanging(self, name: str) -> Iterator[None]:
        """A process that is there and does nothing, for a while."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def answers(self, name: str) -> bool:
        """Whether a process does its work; of the dispatcher only whether it is there."""
        urls = {
            "rasa": f"{self.url}/healthz",
            "console": f"{self.staff_url}/healthz",
            "actions": f"http://127.0.0.1:{self.actions_port}/health",
        }
        if name not in urls:
            return alive(self.pid(name))
        try:
            return requests.get(urls[name], timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.var / "log" / f"{name}.log").read_text(errors="replace")

    def sql(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """Runs a statement in its database; the rows of a SELECT."""
        engine = sa.create_engine(self.database_url, future=True)
        try:
            with engine.begin() as connection:
                result = connection.execute(sa.text(statement), values)
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    def make_deliveries_due(self) -> None:
        """Brings the next attempt of every delivery forward to now."""
        self.sql("UPDATE svara_deliveries SET next_at = 0 WHERE state = 'pending'")


@contextlib.contextmanager
def running_svara(folder: Path, **settings: object) -> Iterator[RunningSvara]:
    """Svara for the time of a `with` block."""
    svara = RunningSvara(folder, **settings)
    try:
        yield svara.start()
    finally:
        svara.stop()


def authorised(headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """Headers of a caller of the REST channel."""
    return {"Authorization": f"Bearer {REST_TOKEN}", **(headers or {})}
