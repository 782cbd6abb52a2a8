"""How fast handoffs are: `make chaos ARGS=--speed`.

The dispatcher is the real process; the helpdesk is on loopback and answers at once.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rest_customer import RestCustomer
from running_svara import PROJECT, SECRET, RunningSvara, until
from sqlalchemy.engine import Engine

from bot.handoff import lifecycle, outbox
from bot.handoff.context import Facts
from bot.handoff.desks.contract import MESSAGE
from bot.handoff.lifecycle import HandoffRequest
from bot.settings import Settings, load_settings
from bot.storage import conversations
from bot.storage.database import open_database, transaction

PATIENCE = 1200.0
CUSTOMERS, WORDS, PAUSE_SECONDS = 4, 100, 0.2
"""Who talk to a person at the same time, how much, and how long each waits between two words."""
ASKING, INTAKE_SECONDS = 8, 30.0
OPENED = 3000
BACKLOG, BACKLOG_CONVERSATIONS = 100_000, 10_000
HANGING_HANDOFFS, QUICK_WORDS = 200, 200
_BATCH = 1000


@dataclass(frozen=True)
class Times:
    """Milliseconds."""

    p50: float
    p99: float


@dataclass(frozen=True)
class Speed:
    """What was measured on one database.

    Attributes:
        word: from a customer's word stored to its arrival at the helpdesk.
        intake: handoffs a second, from customers' words by REST through Rasa to their arrival.
        opened: handoffs a second, opened by `lifecycle.open_handoff` one after another, to arrival.
        drained: deliveries a second of the backlog.
        memory: resident megabytes of the dispatcher when it has begun, in the middle, at the end.
        alone, beside: of events to a desk by itself, and beside one that hangs.
    """

    database: str
    word: Times
    intake: float
    opened: float
    backlog: int
    drained: float
    memory: tuple[float, float, float]
    alone: Times
    beside: Times


class _Server(ThreadingHTTPServer):
    request_queue_size = 256


class Arrivals:
    """A helpdesk that notes when what came.

    Attributes:
        at: seconds since the epoch, by webhook-id.
        spent: seconds from a customer's word stored to its arrival.
    """

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.spent: list[float] = []
        arrivals = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                now = time.time()
                body = self.rfile.read(int(self.headers["content-length"]))
                arrivals.at.setdefault(self.headers["webhook-id"], now)
                self.send_response(204)
                self.send_header("content-length", "0")
                self.end_headers()
                if b'"time":' in body and body.startswith(b'{"type":"message.created"'):
                    said = body.split(b'"time":"', 1)[1].split(b'"', 1)[0].decode()
                    arrivals.spent.append(now - datetime.fromisoformat(said).timestamp())

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    @contextlib.contextmanager
    def listening(self) -> Iterator[Arrivals]:
        """Listens for the time of a `with` block."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


class Dispatcher:
    """The dispatcher's process, and the database that it works on.

    Args:
        folder: for everything that is written.
        settings: by name, without the `SVARA_`.
    """

    def __init__(self, folder: Path, **settings: object) -> None:
        given = {
            "var": folder / "var",
            "desks_file": folder / "desks.yml",
            "handoff_secret": SECRET,
            "session_secret": "chaos",
            **settings,
        }
        svara = RunningSvara(folder, **given)
        self.folder = folder
        self.settings: Settings = load_settings(svara.environment)
        self.settings.var.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = open_database(self.settings.database)
        self._environment = svara.environment | {"PYTHONPATH": str(PROJECT)}
        self._process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Runs for the time of a `with` block."""
        log = self.folder / "dispatcher.txt"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.handoff.dispatcher"],
                cwd=PROJECT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield
                assert self._process.poll() is None, log.read_text(errors="replace")
            finally:
                self._process.kill()
                self._process.wait()

    def memory(self) -> float:
        """Its resident megabytes."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def measure(folder: Path, *, database: str, database_url: Callable[[], str], backlog: int) -> Speed:
    """Measures everything on one kind of database.

    Args:
        folder: for everything that is written.
        database: its name, for the report.
        database_url: gives the SQLAlchemy URL of a fresh one; empty for SQLite in the folder.
        backlog: how many deliveries wait when the dispatcher starts.
    """

    def settings(name: str) -> dict[str, Any]:
        url = database_url()
        (folder / name).mkdir()
        return {"folder": folder / name, **({"database_url": url} if url else {})}

    word, intake = _through_rasa(**settings("rasa"))
    drained, memory = _drained(backlog, **settings("backlog"))
    return Speed(
        database=database,
        word=word,
        intake=intake,
        opened=_opened(**settings("opened")),
        backlog=backlog,
        drained=drained,
        memory=memory,
        alone=_beside(hanging=False, **settings("alone")),
        beside=_beside(hanging=True, **settings("beside")),
    )


def _through_rasa(folder: Path, **settings: str) -> tuple[Times, float]:
    """A customer's word to a person, and handoffs a second, with all of Svara running."""
    with Arrivals().listening() as arrivals:
        svara = RunningSvara(folder, handoff_url=arrivals.url, demo_shop=False, **settings)
        svara.environment["SVARA_MESSAGES_PER_MINUTE"] = "100000"
        try:
            svara.start()
            with ThreadPoolExecutor(ASKING) as pool:
                list(pool.map(lambda _: _talk(svara), range(CUSTOMERS)))
                until(lambda: len(arrivals.spent) >= CUSTOMERS * WORDS, "every word", PATIENCE)
                words = _times(arrivals.spent)
                before = len(arrivals.at)
                began = time.monotonic()
                asked = sum(pool.map(lambda _: _ask(svara, began + INTAKE_SECONDS), range(ASKING)))
                _wait_for(arrivals, before + asked)
                return words, asked / (time.monotonic() - began)
        finally:
            svara.stop()


def _talk(svara: RunningSvara) -> None:
    customer = RestCustomer(svara, language="en")
    customer.say("I want to talk to a person")
    for number in range(WORDS):
        customer.say(f"word {number}")
        time.sleep(PAUSE_SECONDS)


def _ask(svara: RunningSvara, until_when: float) -> int:
    asked = 0
    while time.monotonic() < until_when:
        RestCustomer(svara, language="en").say("I want to talk to a person")
        asked += 1
    return asked


def _opened(folder: Path, **settings: str) -> float:
    """Handoffs a second: opened one after another while the dispatcher delivers them."""
    with Arrivals().listening() as arrivals:
        dispatcher = Dispatcher(folder, handoff_url=arrivals.url, **settings)
        names = [f"c-{number}" for number in range(OPENED)]
        for start in range(0, OPENED, _BATCH):
            with transaction(dispatcher.engine) as connection:
                for name in names[start : start + _BATCH]:
                    conversations.start(connection, name, "rest", language="en")
                    for speaker in ("customer", "bot") * 3:
                        conversations.append(connection, name, speaker, f"Some words of {speaker}")
        with dispatcher.running():
            _warm_up(dispatcher, arrivals)
            began = time.monotonic()
            for name in names:
                with transaction(dispatcher.engine) as connection:
                    request = HandoffRequest("customer_asked")
                    lifecycle.open_handoff(
                        connection, dispatcher.settings, name, request, Facts(language="en")
                    )
            _wait_for(arrivals, 1 + OPENED)
            return OPENED / (time.monotonic() - began)


def _drained(
    backlog: int, folder: Path, **settings: str
) -> tuple[float, tuple[float, float, float]]:
    """Deliveries a second of a backlog, and the dispatcher's memory meanwhile."""
    with Arrivals().listening() as arrivals:
        dispatcher = Dispatcher(folder, handoff_url=arrivals.url, **settings)
        for start in range(0, backlog, _BATCH):
            with transaction(dispatcher.engine) as connection:
                for number in range(start, min(start + _BATCH, backlog)):
                    _put(connection, f"b-{number % BACKLOG_CONVERSATIONS}", number)
        memory = []
        with dispatcher.running():
            until(lambda: arrivals.at, "the first delivery", PATIENCE)
            began = time.monotonic()
            for share in (0.05, 0.5, 0.99):
                _wait_for(arrivals, int(share * backlog))
                memory.append(dispatcher.memory())
            _wait_for(arrivals, backlog)
            seconds = time.monotonic() - began
        return backlog / seconds, (memory[0], memory[1], memory[2])


def _beside(*, hanging: bool, folder: Path, **settings: str) -> Times:
    """From an event's commit to its arrival, at a desk beside another one."""
    with Arrivals().listening() as arrivals, _mute() as mute_url:
        desks = {"mute": mute_url, "quick": arrivals.url}
        lines = [f"  {name}: {{kind: webhook, url: '{url}'}}" for name, url in desks.items()]
        (folder / "desks.yml").write_text("\n".join(["desks:", *lines, ""]))
        dispatcher = Dispatcher(folder, **settings)
        with dispatcher.running():
            _warm_up(dispatcher, arrivals, "quick")
            if hanging:
                with transaction(dispatcher.engine) as connection:
                    for number in range(HANGING_HANDOFFS):
                        _put(connection, f"m-{number}", number, "mute")
                time.sleep(1)  # until its workers wait
            took = []
            for number in range(QUICK_WORDS):
                with transaction(dispatcher.engine) as connection:
                    name = _put(connection, "q", number, "quick")
                began = time.time()
                _wait_for(arrivals, number + 2)  # with the one that warmed up
                took.append(arrivals.at[name] - began)
        return _times(took)


@contextlib.contextmanager
def _mute() -> Iterator[str]:
    """An address that takes connections and never answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            time.sleep(60)

        def log_message(self, *_: object) -> None:
            pass

    class Mute(_Server):
        block_on_close = False
        daemon_threads = True

    server = Mute(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _wait_for(arrivals: Arrivals, count: int) -> None:
    until(lambda: len(arrivals.at) >= count, f"{count} events", PATIENCE)


def _warm_up(dispatcher: Dispatcher, arrivals: Arrivals, destination: str = "helpdesk") -> None:
    with transaction(dispatcher.engine) as connection:
        _put(connection, "first", 0, destination)
    until(lambda: arrivals.at, "the dispatcher to deliver", PATIENCE)


def _put(connection: Any, conversation_id: str, number: int, destination: str = "helpdesk") -> str:
    data: Mapping[str, Any] = {
        "handoff_id": f"ho_{conversation_id}",
        "conversation_id": conversation_id,
        "message": {
            "id": number,
            "speaker": "customer",
            "text": f"Some words of a customer {number}",
        },
    }
    return outbox.enqueue(connection, MESSAGE, data, destination=destination)


def _times(seconds: Sequence[float]) -> Times:
    ordered = sorted(1000 * each for each in seconds)
    return Times(statistics.median(ordered), ordered[int(len(ordered) * 0.99)])
