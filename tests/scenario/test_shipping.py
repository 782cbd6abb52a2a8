"""A new model takes the old one's place while customers write: nobody notices."""

from __future__ import annotations

import os
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from rest_customer import RestCustomer
from running_svara import PROJECT, RunningSvara, until

from bot.errors import ModelRefused
from bot.storage.database import open_database, reading
from bot.trainer.models import go_back, live, ship, working
from bot.trainer.models.ship_job import pin, wait_for_servers

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(900)]

CUSTOMERS = 3
QUESTION = "How long does delivery take?"
ANSWERED = "working days"
LONGEST_TURN_SECONDS = 10.0


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files with models of its own, so that nobody else's are touched."""
    made: Path = tmp_path_factory.mktemp("project")
    for path in PROJECT.iterdir():
        if path.name in ("models", "var", "svara.yml") or path.name.startswith("."):
            continue
        (made / path.name).symlink_to(path)
    (made / "models").mkdir()
    for path in (PROJECT / "models").glob("svara-*.tar.gz"):
        shutil.copy2(path, made / "models")  # if it is of today's data, there is nothing to train
    return made


@pytest.fixture(scope="module")
def svara(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSvara]:
    running = RunningSvara(
        tmp_path_factory.mktemp("svara"), project=project, turn_timeout=60, action_timeout=50
    )
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="module")
def first(svara: RunningSvara, project: Path) -> Path:
    """The model that it has started with."""
    found = requests.get(f"{svara.url}/healthz?short=1", timeout=10).json()["model"]
    return project / "models" / found


def another(first: Path, name: str) -> Path:
    """A second model: the same but for its name, so that only the change can break a turn."""
    path = first.with_name(f"svara-{name}.tar.gz")
    shutil.copy2(first, path)
    os.utime(path, (1, 1))  # old: only a ship may bring it to customers
    return path


def answering(svara: RunningSvara) -> str:
    found: str = requests.get(f"{svara.url}/healthz?short=1", timeout=30).json()["model"]
    return found


@dataclass
class Writer:
    """A customer who writes all the time.

    Attributes:
        took: seconds of each turn.
        failed: what was not answered as it should be.
    """

    svara: RunningSvara
    stop: threading.Event
    took: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Asks, and says that the answer helped: two turns that hang together."""
        customer = RestCustomer(self.svara)
        while not self.stop.is_set():
            self._turn(customer, QUESTION, ANSWERED)
            self._turn(customer, None, "")
            time.sleep(6)  # no faster than a customer may write

    def _turn(self, customer: RestCustomer, text: str | None, expected: str) -> None:
        began = time.monotonic()
        try:
            replies = customer.say(text) if text else customer.press("Yes, thanks")
        except (AssertionError, requests.RequestException) as error:
            self.failed.append(f"{text}: {error}")
            return
        self.took.append(time.monotonic() - began)
        shown = " ".join(replies)
        if not replies or expected not in shown or "something went wrong" in shown:
            self.failed.append(f"{text}: {replies}")


def test_no_turn_fails_while_models_change(
    svara: RunningSvara, first: Path, record_property: pytest.RecordProperty
) -> None:
    engine = open_database(svara.database_url)
    second = another(first, "second")
    # The first turn of all waits for what is loaded when it is needed.
    until(lambda: ANSWERED in " ".join(RestCustomer(svara).say(QUESTION)), "an answer", 120)
    talking = RestCustomer(svara)
    talking.say(QUESTION)
    stop = threading.Event()
    writers = [Writer(svara, stop) for _ in range(CUSTOMERS)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(15)
    quiet = [seconds for writer in writers for seconds in writer.took]
    for thread in threads:
        assert thread.is_alive()
    assert pin(engine, first.parent) == first
    ship(engine, second, "tove")
    assert wait_for_servers(engine, second) == 1
    assert answering(svara) == second.name
    # The conversation that was begun with the first model goes on with the second.
    assert talking.press("Yes, thanks")
    time.sleep(7)
    go_back(engine, first.parent, "tove")
    assert wait_for_servers(engine, first) == 1
    assert answering(svara) == first.name
    time.sleep(7)
    stop.set()
    for thread in threads:
        thread.join(60)
    took = [seconds for writer in writers for seconds in writer.took]
    longest, usual = max(took), statistics.median(quiet)
    record_property("turns", len(took))
    record_property("longest_turn_seconds", round(longest, 3))
    print(
        f"\n{len(took)} turns of {CUSTOMERS} customers, longest {longest:.2f} s; before the ship "
        f"the median was {usual:.2f} s and the longest {max(quiet):.2f} s"
    )
    assert [each for writer in writers for each in writer.failed] == []
    assert longest < LONGEST_TURN_SECONDS


def test_a_damaged_model_is_refused_and_the_old_one_stays(svara: RunningSvara, first: Path) -> None:
    engine = open_database(svara.database_url)
    before = pin(engine, first.parent)
    assert before is not None
    wait_for_servers(engine, before)
    damaged = first.with_name("svara-damaged.tar.gz")
    damaged.write_bytes(first.read_bytes()[:100_000])
    ship(engine, damaged, "tove")
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        wait_for_servers(engine, damaged)
    with reading(engine) as connection:
        now, (server,) = live(connection), working(connection)
    assert now is not None and (now.model, now.why) == (before.name, "refused")
    assert server.model == before.name
    assert RestCustomer(svara).say(QUESTION)


def test_a_start_takes_the_shipped_model_and_not_the_newest(
    svara: RunningSvara, first: Path
) -> None:
    engine = open_database(svara.database_url)
    third = another(first, "third")
    ship(engine, third, "tove")
    wait_for_servers(engine, third)
    first.touch()
    svara.restart()
    assert answering(svara) == third.name
    assert "Answering with the shipped model svara-third" in svara.output.read_text()
    until(lambda: _servers_models(svara) == [third.name], "the server to say so")


def _servers_models(svara: RunningSvara) -> list[str]:
    with reading(open_database(svara.database_url)) as connection:
        return sorted({each.model for each in working(connection)})
