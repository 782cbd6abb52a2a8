"""How long the trainer's inbox takes with 10,000 messages: `python -m tests.bench.inbox`.

The sentences are the training examples with words put before and after them, so that most are
unlike each other; personal data and repetitions are strewn in.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bot.settings import LANGUAGES
from bot.storage.database import open_database, reading, transaction
from bot.storage.model_tables import shipped
from bot.storage.tables import conversations, messages
from bot.trainer import inbox
from bot.trainer.examples import read_examples
from bot.trainer.inbox import Filter, Inbox, Seen

DATA = Path("data")
WORDS = {
    "en": ("hi", "quick one:", "listen,", "please", "again", "thanks", "today", "my friend asks"),
    "sv": ("hej", "snabb fråga:", "alltså,", "snälla", "igen", "tack", "idag", "min vän undrar"),
    "da": ("hej", "hurtigt:", "altså,", "venligst", "igen", "tak", "i dag", "min ven spørger"),
    "nb": ("hei", "kjapt:", "altså,", "vær så snill", "igjen", "takk", "i dag", "vennen min spør"),
}
PERSONAL = ("NL-104823", "anna.lind@mail.example", "070-123 45 67", "")


def fill(url: str, count: int, seed: int = 1) -> None:
    """Writes conversations of three messages each into an empty database."""
    chance = random.Random(seed)
    examples = [each for each in read_examples(DATA / "nlu") if each.language in LANGUAGES]
    intents = sorted({each.intent for each in examples})
    said = []
    start = time.time() - 86_400
    for number in range(count):
        example = chance.choice(examples)
        words = WORDS[example.language]
        text = " ".join(
            [
                chance.choice(words),
                example.text,
                chance.choice(words),
                chance.choice(words),
                chance.choice(PERSONAL),
            ]
        )
        if said and chance.random() < 0.1:
            text = chance.choice(said)["text"].upper()
        confidence = round(chance.uniform(0.2, 1.0), 4)
        fell_back = confidence < 0.75
        ranking = [(example.intent, confidence), (chance.choice(intents), (1 - confidence) / 2)]
        entries = [{"name": name, "confidence": share} for name, share in ranking]
        if fell_back:
            entries.insert(0, {"name": "nlu_fallback", "confidence": 0.75})
        said.append(
            {
                "conversation_id": f"c{number // 3}",
                "speaker": "customer",
                "text": text,
                "data": {},
                "nlu": {
                    "intent": entries[0],
                    "ranking": entries,
                    "entities": [],
                    "language": example.language,
                    "tone": chance.choice(("neutral", "neutral", "neutral", "upset")),
                },
                "created_at": start + number,
                "handled_at": start + number + 0.5,
                "push_attempts": 0,
            }
        )
    with transaction(open_database(url)) as connection:
        connection.execute(
            conversations.insert(),
            [
                {
                    "id": f"c{number}",
                    "channel": chance.choice(("webchat", "email", "telegram")),
                    "language": "en",
                    "customer": {},
                    "created_at": start,
                }
                for number in range(count // 3 + 1)
            ],
        )
        connection.execute(messages.insert(), said)


def timed(what: str, work: Callable[[], object], times: int = 1) -> None:
    """Says how long the median of some runs takes, and how much of it this process computed."""
    seconds, computed = [], []
    for _ in range(times):
        started, busy = time.perf_counter(), time.process_time()
        work()
        seconds.append(time.perf_counter() - started)
        computed.append(time.process_time() - busy)
    shown = [
        f"{value:8.1f} s " if value >= 2 else f"{value * 1000:8.1f} ms"
        for value in (float(np.median(seconds)), float(np.median(computed)))
    ]
    sys.stdout.write(f"{what:50s} {shown[0]}   {shown[1]}\n")
    sys.stdout.flush()


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--model", type=Path, help="a trained model, to read all of it again")
    parser.add_argument("--url", help="an empty database; default: a SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(DATA / "nlu", folder / "nlu")
        shutil.copy("domain.yml", folder / "domain.yml")
        url = given.url or f"sqlite:///{folder / 'svara.db'}"
        fill(url, given.count)
        box = Inbox(open_database(url), folder / "nlu", folder / "domain.yml")
        measure(box, given.count)
        if given.model:
            predict(box, given.model)


def measure(box: Inbox, count: int) -> None:
    """Every step once, and what a page asks for ten times."""
    engine = box.engine
    sys.stdout.write(f"{'':50s}       wall         CPU\n")

    timed(
        f"collecting {count} messages, without the encoder",
        lambda: inbox.collect(engine, box.folder, encode=nothing),
    )
    with reading(engine) as connection:
        found = inbox.counts(connection)
        last = inbox.open_reviews(connection, limit=1).reviews[0]
    sys.stdout.write(f"  reviews: {dict(found.by_state)}\n")
    timed("collecting again, nothing new", lambda: inbox.collect(engine, box.folder), 3)

    def page(which: Filter, after: int | None = None) -> None:
        with reading(engine) as connection:
            inbox.open_reviews(connection, which, 50, after)

    both = ("open", "known")
    timed("a page of 50", lambda: page(Filter()), 10)
    timed("a page of 50, of all states shown", lambda: page(Filter(states=both)), 10)
    timed(
        "a page of 50, with every filter",
        lambda: page(
            Filter(states=both, language="sv", channel="email", impact="upset", words="paket")
        ),
        10,
    )
    deep = last.id
    with reading(engine) as connection:
        after = None
        for _ in range(20):
            got = inbox.open_reviews(connection, Filter(), 200, after)
            after = got.next
            if after is None:
                break
            deep = after
    timed("a page of 50, far down", lambda: page(Filter(), deep), 10)

    def counting() -> None:
        with reading(engine) as connection:
            inbox.counts(connection)

    timed("the counts beside the filters", counting, 10)
    with reading(engine) as connection:
        shown = inbox.open_reviews(connection, Filter(), 120).reviews
    timed("the conversation around a message", lambda: _around(box, shown[0].id), 10)
    timed("searching the intents", lambda: inbox.search_intents("paketet kom", box.folder), 10)
    waiting = iter(shown)

    def accept() -> None:
        review = next(waiting)
        inbox.accept(box, Seen(review.id, review.version), "anna")

    timed("accepting, with its line in the file", accept, 10)
    timed("undo", lambda: inbox.undo(box, "anna"), 10)
    many = [Seen(review.id, review.version) for review in list(waiting)[:100]]
    timed("accepting 100 in one go", lambda: inbox.bulk(box, many, "anna", "accept"))


def predict(box: Inbox, model: Path) -> None:
    """A model is shipped, and reads what is open or known."""
    with transaction(box.engine) as connection:
        connection.execute(
            shipped.insert().values(
                model=model.name, shipped_by="anna", shipped_at=time.time(), why="shipped"
            )
        )
    with reading(box.engine) as connection:
        count = inbox.waiting(connection)
    timed(
        f"reading {count} messages with a model, order included",
        lambda: inbox.predict(box.engine, model.parent, encode=nothing),
    )


def nothing(texts: object) -> np.ndarray:  # type: ignore[type-arg]
    """Vectors without a meaning, in no time."""
    rows = np.random.default_rng(1).normal(size=(len(list(texts)), 384))  # type: ignore[call-overload]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _around(box: Inbox, review_id: int) -> None:
    with reading(box.engine) as connection:
        inbox.around(connection, review_id)


if __name__ == "__main__":
    main()
