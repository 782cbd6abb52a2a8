"""Two whole bots on one model: stock Rasa, and Svara's server. Both answer `POST {sender, message}`
at the address of Rasa's REST channel.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_ports

ROOT = Path(__file__).parents[2]
START_SECONDS = 180.0
ASK_TIMEOUT = 60.0
_QUIET = {
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
    "PYTHONPATH": str(ROOT),
    "SANIC_HOST": "127.0.0.1",  # of rasa-sdk's own entry, which binds every address otherwise
    "NO_PROXY": "127.0.0.1",
}


@dataclass
class Bot:
    """A running bot: its processes and its address."""

    name: str
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _connection: http.client.HTTPConnection | None = None

    def say(self, sender: str, text: str) -> list[dict[str, Any]]:
        """Sends a message and returns the replies, over one connection that is kept."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, ASK_TIMEOUT)
        body = json.dumps({"sender": sender, "message": text})
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/webhooks/rest/webhook", body, headers)
        answer = self._connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200 or not isinstance(said, list):
            raise RuntimeError(f"{self.name}: {answer.status} {said}")
        return said

    def cpu_seconds(self) -> float:
        """CPU time of all its processes and their threads so far."""
        return sum(_cpu_seconds(process.pid) for process in self.processes)

    def wait(self, log: Path) -> None:
        """Returns when the bot answers a message.

        Raises:
            RuntimeError: it does not, or a process of it has ended.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                if self.say(f"warm-up-{time.monotonic()}", "hello"):
                    return
            self.close()
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.5)
        raise RuntimeError(f"{self.name} did not start:\n{log.read_text()[-2000:]}")

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextlib.contextmanager
def running(folder: Path, model: Path) -> Iterator[tuple[Bot, Bot]]:
    """Stock Rasa and Svara, side by side on the same model, in a folder of their own."""
    _prepare(folder, model)
    bots: list[Bot] = []
    try:
        bots += [_stock(folder), _svara(folder)]
        for bot in bots:
            bot.wait(folder / f"{bot.name}.log")
        yield bots[0], bots[1]
    finally:
        for bot in bots:
            bot.close()
            for process in bot.processes:
                process.terminate()
        for process in (p for bot in bots for p in bot.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _prepare(folder: Path, model: Path) -> None:
    for name in ("data", "domain.yml", "endpoints.yml", "credentials.yml", "actions", "bot"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "models").mkdir()
    shutil.copy(model, folder / "models")


def _stock(folder: Path) -> Bot:
    """`rasa run` and `python -m rasa_sdk`, with Rasa's own REST channel and SQL store."""
    port, actions_port = free_ports(2)
    (folder / "stock_endpoints.yml").write_text(
        f"action_endpoint:\n  url: http://127.0.0.1:{actions_port}/webhook\n"
        f"tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: {folder / 'stock.db'}\n"
    )
    (folder / "stock_credentials.yml").write_text("rest:\n")
    rasa = [
        *("-m", "rasa", "run", "--interface", "127.0.0.1", "--port", str(port)),
        *("--endpoints", "stock_endpoints.yml", "--credentials", "stock_credentials.yml"),
        *("--model", "models"),
    ]
    actions = ["-m", "rasa_sdk", "--actions", "actions", "--port", str(actions_port)]
    return _start("stock", port, folder, [rasa, actions], _settings(folder, 1, actions_port))


def _svara(folder: Path) -> Bot:
    """The two processes of Svara that a turn goes through."""
    port, actions_port = free_ports(2)
    commands = [["-m", "bot.server"], ["-m", "bot.server.actions"]]
    return _start("svara", port, folder, commands, _settings(folder, port, actions_port))


def _settings(folder: Path, port: int, actions_port: int) -> dict[str, str]:
    return {
        "SVARA_VAR": str(folder / "var"),
        "SVARA_PORT": str(port),
        "SVARA_ACTIONS_PORT": str(actions_port),
        "SVARA_SESSION_SECRET": "bench",
        "SVARA_HANDOFF_SECRET": "whsec_YmVuY2g=",
        "SVARA_MESSAGES_PER_MINUTE": "1000000",
        "SVARA_DEMO_SHOP": "false",
    }


def _start(
    name: str, port: int, folder: Path, commands: list[list[str]], settings: dict[str, str]
) -> Bot:
    (folder / "var").mkdir(exist_ok=True)
    bot = Bot(name, port)
    with (folder / f"{name}.log").open("wb") as log:
        for command in commands:
            bot.processes.append(
                subprocess.Popen(
                    [sys.executable, *command],
                    cwd=folder,
                    env={**os.environ, **_QUIET, **settings},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
    return bot


def _cpu_seconds(pid: int) -> float:
    """By the scheduler, in nanoseconds; where it does not tell, in clock ticks."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended
            total += int((task / "schedstat").read_text().split()[0])
    if total:
        return total / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
