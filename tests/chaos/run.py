"""A run: many conversations in a storm, and then the count."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from running_svara import RunningSvara, until
from tqdm import tqdm

from tests.chaos import verdict
from tests.chaos.receiver import Receiver, receiving
from tests.chaos.storm import (
    CLOCK_AHEAD_SECONDS,
    SecondDispatcher,
    Storm,
    bring_forward,
    clock_library,
)
from tests.chaos.talk import Talk, converse, shown

AT_A_TIME = 12
DRAIN_SECONDS = 300.0
_OTHER_CLOCK = (
    "a second dispatcher's clock was 4 minutes ahead, then 4 minutes behind (libfaketime)"
)
_NO_OTHER_CLOCK = "no process had another clock: there is no libfaketime"
_AGENTS_CLOCK = "the clock that signs the agents' events was up to 4 minutes off"


@dataclass
class Outcome:
    """What a run found.

    Attributes:
        faults: by the names of `verdict.FAULTS`.
        problems: what kept conversations from their end, or is wrong at all.
        numbers: what happened, by name.
    """

    database: str
    seed: int
    conversations: int
    seconds: float
    faults: dict[str, int]
    problems: list[str]
    kills: dict[str, int]
    weather_seconds: dict[str, int]
    attempts: dict[str, int]
    clock: str
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether nothing went wrong at all."""
        return not self.problems and not any(self.faults.values())


def run(
    folder: Path,
    *,
    conversations: int,
    database: str,
    database_url: str = "",
    seed: int | None = None,
    kills: Sequence[str] | None = None,
    at_a_time: int = AT_A_TIME,
) -> Outcome:
    """Starts Svara, lets the storm loose, and counts.

    Args:
        folder: for everything that is written.
        database: its name, for the report.
        database_url: SQLAlchemy URL; empty for SQLite in the folder.
        seed: of the dice; default another one each time.
        kills: see `Storm`.
    """
    seed = random.randrange(2**32) if seed is None else seed
    dice = random.Random(seed)
    settings = {"database_url": database_url} if database_url else {}
    with receiving(random.Random(dice.random())) as receiver:
        svara = RunningSvara(folder, handoff_url=receiver.url, demo_shop=False, **settings)
        try:
            svara.start()
            storm = Storm(svara, receiver, dice, kills=kills)
            began = time.monotonic()
            talks = _talk(svara, receiver, storm, dice, conversations, at_a_time)
            seconds = time.monotonic() - began
            return _count(svara, receiver, storm, talks, database, seed, seconds)
        finally:
            svara.stop()


def _talk(
    svara: RunningSvara,
    receiver: Receiver,
    storm: Storm,
    dice: random.Random,
    conversations: int,
    at_a_time: int,
) -> list[Talk]:
    seeds = [dice.randrange(2**32) for _ in range(conversations)]
    half = threading.Event()
    talks: list[Talk] = []
    with (
        storm.raging(),
        _another_clock(svara, half),
        ThreadPoolExecutor(at_a_time) as pool,
    ):
        going = [pool.submit(converse, svara, receiver, each) for each in seeds]
        for done in tqdm(as_completed(going), total=len(going), unit=" conversations"):
            talks.append(done.result())
            if len(talks) * 2 >= len(going):
                half.set()
    return talks


@contextlib.contextmanager
def _another_clock(svara: RunningSvara, half: threading.Event) -> Iterator[None]:
    """The second dispatcher, with a clock that is ahead and after `half` one that is behind."""
    library = clock_library()
    if library is None:
        yield
        return
    over = threading.Event()
    second = SecondDispatcher(svara, library)

    def behind(ahead: int) -> None:
        with second.running(ahead):
            over.wait()

    with contextlib.ExitStack() as first, ThreadPoolExecutor(1) as pool:
        first.enter_context(second.running(CLOCK_AHEAD_SECONDS[0]))

        def turn() -> None:
            half.wait()
            first.close()
            if not over.is_set():
                behind(CLOCK_AHEAD_SECONDS[1])

        turning = pool.submit(turn)
        try:
            yield
        finally:
            over.set()
            half.set()
            turning.result()


def _count(
    svara: RunningSvara,
    receiver: Receiver,
    storm: Storm,
    talks: list[Talk],
    database: str,
    seed: int,
    seconds: float,
) -> Outcome:
    problems = [f"{talk.id}: {talk.problem}" for talk in talks if talk.problem]
    problems += _drain(svara)
    problems += [f"came unsigned or wrongly signed: {what}" for what in receiver.refused]
    problems += [f"{name} came again with another body" for name in receiver.changed]
    if receiver.followed:
        problems.append(f"{receiver.followed} requests went where a redirect pointed")
    found: Counter[str] = Counter(dict.fromkeys(verdict.FAULTS, 0))
    for talk in talks:
        of_talk = verdict.faults(talk, shown(talk), receiver.of(talk.id))
        if of_talk:
            problems.append(f"{talk.id}: {dict(of_talk)}")
        found.update(of_talk)
    states = dict(svara.sql("SELECT state, count(*) FROM svara_deliveries GROUP BY state"))
    if states.get("dead"):
        problems.append(f"{states['dead']} deliveries are dead")
    kinds = Counter(event.type for event in receiver.stored.values())
    clock = _OTHER_CLOCK if clock_library() else _NO_OTHER_CLOCK
    return Outcome(
        database=database,
        seed=seed,
        conversations=len(talks),
        seconds=seconds,
        faults=dict(found),
        problems=problems,
        kills=dict(storm.kills),
        weather_seconds=dict(storm.seconds),
        attempts=dict(receiver.attempts),
        clock=f"{clock}; {_AGENTS_CLOCK}",
        numbers={
            "handoffs": kinds["handoff.requested"],
            "customers' words to a person": kinds["message.created"],
            "handoffs cancelled": kinds["handoff.cancelled"],
            "ratings": kinds["conversation.rated"],
            "agents' words": sum(len(talk.answered) for talk in talks),
            "apologies, with a person": sum(
                talk.words.technical_error in text for talk in talks for text in talk.heard
            ),
            "forged events sent": sum(len(talk.forged) for talk in talks),
            "forged events without an answer": sum(talk.unanswered_forged for talk in talks),
            "attempts to deliver that arrived": sum(receiver.attempts.values()),
            "events stored": len(receiver.stored),
        },
    )


def _drain(svara: RunningSvara) -> list[str]:
    """Waits until nothing is to be delivered; what is left after a while is a problem."""

    def empty() -> bool:
        bring_forward(svara)
        time.sleep(1)  # between two looks
        return svara.sql("SELECT 1 FROM svara_deliveries WHERE state = 'pending' LIMIT 1") == []

    try:
        until(empty, "the outbox to be empty", DRAIN_SECONDS)
    except AssertionError as problem:
        return [str(problem)]
    return []
