"""What goes wrong meanwhile: kills, the receiver's weather, a clock that is off."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa
from running_svara import PROJECT, RunningSvara

from tests.chaos.receiver import FAIR, FOUL, Receiver

KILLED = ("rasa", "actions", "console", "dispatcher")
CLOCK_AHEAD_SECONDS = (240, -240)
_LIBRARIES = "*/faketime/libfaketimeMT.so.1"


class Storm:
    """Bad luck of every kind until it is over.

    Args:
        dice: says when, and what.
        kills: which processes, in this order, and then none; None for any, until it is over.
        quiet: the shortest and longest seconds between two kills, each after the last one is back.
        spells: the shortest and longest seconds of foul and of fair weather.

    Attributes:
        kills: by process.
        seconds: of each weather.
    """

    def __init__(
        self,
        svara: RunningSvara,
        receiver: Receiver,
        dice: random.Random,
        *,
        kills: Sequence[str] | None = None,
        quiet: tuple[float, float] = (2.0, 10.0),
        spells: tuple[float, float] = (2.0, 8.0),
    ) -> None:
        self.kills: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self._svara, self._receiver = svara, receiver
        self._quiet, self._spells = quiet, spells
        self._to_kill = None if kills is None else list(kills)
        self._dice = (random.Random(dice.random()), random.Random(dice.random()))
        self._over = threading.Event()
        self._problems: list[BaseException] = []

    @contextlib.contextmanager
    def raging(self) -> Iterator[None]:
        """The storm for the time of a `with` block; afterwards everything works again."""
        threads = [
            threading.Thread(target=self._until_over, args=(each,))
            for each in (self._kill, self._weather)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
            self._receiver.turn(FAIR)
        for problem in self._problems:
            raise problem

    def _until_over(self, happens: object) -> None:
        assert callable(happens)
        try:
            while not self._over.is_set():
                happens()
        except BaseException as problem:  # noqa: BLE001 (raised again where it is waited for)
            self._problems.append(problem)
            self._over.set()
            self._receiver.turn(FAIR)

    def _kill(self) -> None:
        dice = self._dice[0]
        if self._over.wait(dice.uniform(*self._quiet)):
            return
        if self._to_kill == []:
            self._over.wait()
            return
        name = dice.choice(KILLED) if self._to_kill is None else self._to_kill.pop(0)
        self.kills[name] += 1
        with self._svara.killed(name):
            pass

    def _weather(self) -> None:
        dice = self._dice[1]
        for weather in (dice.choice(FOUL), FAIR):
            began = time.monotonic()
            self._receiver.turn(weather)
            if weather == FAIR:
                # What failed would be tried again in minutes or hours. Not before it is fair: days
                # of attempts would be used up in one spell.
                bring_forward(self._svara)
            self._over.wait(dice.uniform(*self._spells))
            self.seconds[weather] += round(time.monotonic() - began)


def bring_forward(svara: RunningSvara) -> None:
    """Brings the next attempt of what waits for over a minute forward to now, one by one: Svara
    itself never changes many of them in one transaction, and so would be in our way.
    """
    patient = {"timeout": 30} if svara.database_url.startswith("sqlite") else {}
    engine = sa.create_engine(svara.database_url, future=True, connect_args=patient)
    soon = {"soon": time.time() + 60}
    late = "SELECT id FROM svara_deliveries WHERE state = 'pending' AND next_at > :soon"
    now = "UPDATE svara_deliveries SET next_at = 0 WHERE id = :id AND state = 'pending'"
    try:
        with engine.connect() as connection:
            numbers = list(connection.execute(sa.text(late), soon).scalars())
        for number in numbers:
            with engine.begin() as connection:
                connection.execute(sa.text(now), {"id": number})
    finally:
        engine.dispose()


def clock_library() -> Path | None:
    """The library that gives a process another clock (Debian's `faketime`); None without it."""
    return next(iter(sorted(Path("/usr/lib").glob(_LIBRARIES))), None)


class SecondDispatcher:
    """Another dispatcher on the same database, as on a second machine, whose clock is off.

    Args:
        library: see `clock_library`.
    """

    def __init__(self, svara: RunningSvara, library: Path) -> None:
        self._svara, self._library = svara, library

    @contextlib.contextmanager
    def running(self, ahead: int) -> Iterator[None]:
        """Runs for the time of a `with` block.

        Args:
            ahead: seconds by which its clock is ahead.
        """
        environment = {
            **self._svara.environment,
            "SVARA_VAR": str(self._svara.var),
            "LD_PRELOAD": str(self._library),
            "FAKETIME": f"{ahead:+d}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(PROJECT),
        }
        log = self._svara.var / "log" / f"second-dispatcher{ahead:+d}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.handoff.dispatcher"],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield
                assert process.poll() is None, f"it ended:\n{log.read_text(errors='replace')}"
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                process.wait()
